/** Entry: commands for people and scripts. Results go to stdout, everything else to stderr; `--json` on every one. */
import './supported-node.ts'

import { homedir } from 'node:os'
import path from 'node:path'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { codexCidCommand } from './cli/codex.ts'
import { demoCommand } from './cli/demo.ts'
import { exitCodes, UsageError } from './cli/failure.ts'
import { inspectCommand } from './cli/inspect.ts'
import { createOutput } from './cli/output.ts'
import { serviceNodeCommand } from './cli/service-node.ts'
import { dataFolder } from './data-folder.ts'
import { readVersion } from './version.ts'
import { type ManifestFormat, manifestFormats } from './wire/index.ts'

const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // Told twice: whatever holds it up is not waited for.
    if (stopped.signal.aborted) process.exit(130)
    stopped.abort(new Error('It was stopped.'))
  })

const json = new Option('--json', 'print the result as JSON, and nothing else, to stdout').default(false)
const whole =
  (lowest: number, highest: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value
    throw new InvalidArgumentError(`It takes a whole number from ${lowest} to ${highest}.`)
  }

const program = new Command('chronicle')
  .description('Keeps the whole message history of a community alive.')
  .version(readVersion(), '--version')
  .helpCommand(false)
  .exitOverride()

let exitCode: number = exitCodes.ok

program
  .command('demo')
  .description('archive a history and restore it, through a real Waku network and real transfers on this machine')
  .option('--corpus <file>', 'messages to publish, one JSON object a line, plain or .gz (default: own sample)')
  .addOption(
    new Option('--engine <engine>', 'how archives travel').choices(['torrent', 'codex', 'both']).default('torrent'),
  )
  .option('--members <n>', 'members that restore the history', whole(1, 50), 1)
  .option('--keep <dir>', 'leave archives and histories in this folder, for others to check')
  .addOption(json)
  .action(
    async (options: {
      corpus?: string
      engine: 'torrent' | 'codex' | 'both'
      members: number
      keep?: string
      json: boolean
    }) => {
      exitCode = await demoCommand(options, createOutput(options), stopped.signal)
    },
  )

program
  .command('archive')
  .description('look at archives')
  .command('inspect')
  .argument('<path>', 'a folder with index and data, or one such file, of any implementation')
  .description('decode an index and its archives, verify all of it, and list what is inside or wrong')
  .option('--messages', 'list every message (with --json)', false)
  .addOption(json)
  .action(async (target: string, options: { messages: boolean; json: boolean }) => {
    exitCode = await inspectCommand(target, options, createOutput(options))
  })

program
  .command('codex')
  .description('datasets of Codex (Logos Storage)')
  .command('cid')
  .argument('<file>', 'any file that is not empty')
  .description('the CIDs of tree and manifest that a file has there; nothing is stored or sent')
  .addOption(new Option('--format <format>', 'form of the manifest').choices([...manifestFormats]).default('v0'))
  .addOption(json)
  .action(async (file: string, options: { format: ManifestFormat; json: boolean }) => {
    exitCode = await codexCidCommand(file, options, createOutput(options))
  })

program
  .command('service-node')
  .description('run the embedded Waku service node alone')
  .option('--folder <dir>', 'where messages and the key of the node are kept')
  .option('--host <address>', 'address to listen on; 0.0.0.0 for all', '127.0.0.1')
  .option('--tcp-port <port>', '0 for any', whole(0, 65_535), 0)
  .option('--ws-port <port>', '0 for any', whole(0, 65_535), 0)
  .option('--retention <days>', 'how long messages are kept, from receipt', whole(1, 36_500), 30)
  .option('--max-age <seconds>', 'refuse messages whose time is off by more (default: none)', whole(1, 2 ** 31))
  .option('--node <multiaddr...>', 'other service nodes to relay with', [])
  .addOption(json)
  .action(
    async (options: {
      folder?: string
      host: string
      tcpPort: number
      wsPort: number
      retention: number
      maxAge?: number
      node: string[]
      json: boolean
    }) => {
      const home = dataFolder({ env: process.env, platform: process.platform, home: homedir() })
      const { host, tcpPort, wsPort, retention: retentionDays, node: nodes } = options
      const folder = path.resolve(options.folder ?? path.join(home, 'service-node'))
      const given = { folder, host, tcpPort, wsPort, retentionDays, maxAgeSeconds: options.maxAge ?? null, nodes }
      await serviceNodeCommand(given, createOutput(options), stopped.signal)
    },
  )

try {
  await program.parseAsync()
} catch (error) {
  exitCode = explain(error)
}
// Whatever a library left open must not keep a finished command alive.
process.exit(exitCode)

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  if (error instanceof Error && process.env.CHRONICLE_DEBUG) process.stderr.write(`${error.stack}\n`)
  return error instanceof UsageError ? exitCodes.usage : exitCodes.failed
}
