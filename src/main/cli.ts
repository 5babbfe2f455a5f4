/**
 * Entry: commands for people and scripts. Results go to stdout, everything else to stderr; `--json` on every one. The
 * commands of a subject are in cli/<subject>.ts.
 */
import './supported-node.ts'

import { Command } from 'commander'
import { registerActivity } from './cli/activity.ts'
import { registerArchive } from './cli/archive.ts'
import { registerCodex } from './cli/codex.ts'
import { registerCommunity } from './cli/community.ts'
import type { Cli } from './cli/context.ts'
import { registerDemo } from './cli/demo.ts'
import { registerEngines } from './cli/engines.ts'
import { exitCodes, explain } from './cli/failure.ts'
import { registerImport } from './cli/imports.ts'
import { registerMessages } from './cli/messages.ts'
import { registerProfile } from './cli/profile.ts'
import { registerServe } from './cli/serve.ts'
import { registerServiceNode } from './cli/service-node.ts'
import { registerSettings } from './cli/settings.ts'
import { readVersion } from './version.ts'

const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // Told twice: whatever holds it up is not waited for.
    if (stopped.signal.aborted) process.exit(130)
    stopped.abort(new Error('It was stopped.'))
  })

let exitCode: number = exitCodes.ok
const cli: Cli = {
  stopped: stopped.signal,
  end: (code) => {
    exitCode = code
  },
}

const program = new Command('chronicle')
  .description('Keeps the whole message history of a community alive.')
  .version(readVersion(), '--version')
  .helpCommand(false)
  .exitOverride()

registerDemo(program, cli)
registerProfile(program)
registerCommunity(program)
registerMessages(program, cli)
registerArchive(program, cli)
registerActivity(program)
registerCodex(program, cli)
registerImport(program, cli)
registerSettings(program)
registerEngines(program)
registerServiceNode(program, cli)
registerServe(program, cli)

try {
  await program.parseAsync()
} catch (error) {
  exitCode = explain(error, process.argv.includes('--json'))
}
// Whatever a library left open must not keep a finished command alive.
process.exit(exitCode)
