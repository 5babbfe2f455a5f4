/** `chronicle service-node`: the Waku node alone, for a LAN or a server that several communities share. */
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import type { Command } from 'commander'
import { dataFolder } from '../data-folder.ts'
import { startServiceNode } from '../node/index.ts'
import { type Cli, type JsonOption, jsonOption, whole } from './context.ts'
import { createOutput, type Output } from './output.ts'

export interface ServiceNodeArguments {
  readonly folder: string
  readonly host: string
  readonly tcpPort: number
  readonly wsPort: number
  readonly retentionDays: number
  readonly maxAgeSeconds: number | null
  readonly nodes: readonly string[]
}

interface Options extends JsonOption {
  readonly folder?: string
  readonly host: string
  readonly tcpPort: number
  readonly wsPort: number
  readonly retention: number
  readonly maxAge?: number
  readonly node: string[]
}

export function registerServiceNode(program: Command, cli: Cli): void {
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
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const home = dataFolder({ env: process.env, platform: process.platform, home: homedir() })
      const { host, tcpPort, wsPort, retention: retentionDays, node: nodes } = options
      const folder = path.resolve(options.folder ?? path.join(home, 'service-node'))
      const given = { folder, host, tcpPort, wsPort, retentionDays, maxAgeSeconds: options.maxAge ?? null, nodes }
      await serviceNodeCommand(given, createOutput(options), cli.stopped)
    })
}

/** Runs until the signal is aborted. @throws WakuError if a port, a file or an address cannot be used. */
export async function serviceNodeCommand(given: ServiceNodeArguments, output: Output, signal: AbortSignal) {
  await mkdir(given.folder, { recursive: true, mode: 0o700 })
  const node = await startServiceNode({
    storeFile: path.join(given.folder, 'waku.sqlite'),
    identityFile: path.join(given.folder, 'waku.key'),
    host: given.host,
    tcpPort: given.tcpPort,
    wsPort: given.wsPort,
    retentionMs: given.retentionDays * 86_400_000,
    maxAgeMs: given.maxAgeSeconds === null ? null : given.maxAgeSeconds * 1000,
    nodes: given.nodes,
  })
  const addresses = await node.service.addresses()
  output.result(
    { addresses },
    `Other nodes reach this one at:\n${addresses.map((address) => `  ${address}`).join('\n')}`,
  )
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  await node.stop()
}
