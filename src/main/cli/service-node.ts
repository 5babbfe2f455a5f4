/** `chronicle service-node`: the Waku node alone, for a LAN or a server that several communities share. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { startServiceNode } from '../node/index.ts'
import type { Output } from './output.ts'

export interface ServiceNodeArguments {
  readonly folder: string
  readonly host: string
  readonly tcpPort: number
  readonly wsPort: number
  readonly retentionDays: number
  readonly maxAgeSeconds: number | null
  readonly nodes: readonly string[]
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
