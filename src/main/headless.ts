/**
 * Entry: the daemon. The same program as the desktop's, served to browsers on this machine. Prints one line with a
 * sign-in link, then runs until it is told to stop.
 */
import './supported-node.ts'

import { homedir } from 'node:os'
import path from 'node:path'
import { openApi } from './api/index.ts'
import { readAssets } from './assets.ts'
import { systemClock } from './clock.ts'
import { dataFolder } from './data-folder.ts'
import { type DaemonOptions, help, readCommandLine, serve, UsageError } from './http/index.ts'
import { joinSocket, shareOverSocket } from './sockets/index.ts'
import { readVersion } from './version.ts'

/** Lies beside this file in the build; from source the build's is used. */
const renderer = path.join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? '../../out' : '..', 'renderer')

const log = (line: string): void => console.error(line)

async function run({ port, folder, json }: DaemonOptions): Promise<void> {
  const version = readVersion()
  const assets = await readAssets(renderer)
  const home = folder ?? dataFolder({ env: process.env, platform: process.platform, home: homedir() })
  const neighbours = { share: shareOverSocket, join: joinSocket }
  const api = await openApi({ folder: home, mode: 'headless', version, log, neighbours })
  const server = await serve({ api, assets, port, log, clock: systemClock }).catch(async (error: unknown) => {
    await api.close()
    throw error
  })

  const printLink = (): void => {
    const url = server.signInLink()
    console.log(json ? JSON.stringify({ url, port: server.port, folder: home, version }) : `Open Chronicle: ${url}`)
  }
  const stop = async (): Promise<void> => {
    await server.close()
    await api.close()
  }
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // Told twice: whatever holds it up is not waited for.
      if (stopping) process.exit(130)
      stopping = true
      stop().then(() => process.exit(0), fail)
    })
  if (process.platform !== 'win32') process.on('SIGUSR2', printLink)
  if (process.stdin.isTTY) process.stdin.on('data', printLink)
  printLink()
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(error instanceof UsageError ? 2 : 1)
}

try {
  const options = readCommandLine(process.argv.slice(2))
  if (options.show === 'help') process.stdout.write(help)
  else if (options.show === 'version') console.log(readVersion())
  else await run(options)
} catch (error) {
  fail(error)
}
