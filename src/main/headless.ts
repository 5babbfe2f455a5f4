/**
 * Entry: the daemon. The same program as the desktop's, served to browsers on this machine. Prints one line with a
 * sign-in link, then runs until it is told to stop.
 */
import './supported-node.ts'

import { RequestError } from '../shared/client.ts'
import { runDaemon } from './http/index.ts'
import { UsageError } from './usage-error.ts'

const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // Told twice: whatever holds it up is not waited for.
    if (stopped.signal.aborted) process.exit(130)
    stopped.abort()
  })

const describe = (error: unknown): string =>
  error instanceof RequestError
    ? `${error.message} ${error.action}`
    : error instanceof Error
      ? error.message
      : `${error}`

try {
  await runDaemon({ args: process.argv.slice(2), stopped: stopped.signal })
  process.exit(0)
} catch (error) {
  console.error(describe(error))
  process.exit(error instanceof UsageError ? 2 : 1)
}
