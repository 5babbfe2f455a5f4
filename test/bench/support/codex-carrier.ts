/**
 * One end of a transfer, in a process of its own: `node codex-carrier.ts '<json>'`. Either raw bytes over a stream of the
 * engine's own libp2p host, or a dataset between two engines. It is told what to do, and says what it did, in lines of
 * JSON.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { createCodexEngine } from '../../../src/main/distribution/codex/embedded/engine.ts'
import { startHost } from '../../../src/main/distribution/codex/embedded/host.ts'
import { loadIdentity } from '../../../src/main/distribution/codex/embedded/identity.ts'
import type { ArchiveEntry, StagedArchive } from '../../../src/main/distribution/engine.ts'
import type { ArchiveLink, CommunityId } from '../../../src/shared/domain.ts'
import { plainCodec } from '../../support/torrent-codec.ts'

export interface CarrierTask {
  readonly folder: string
  readonly kind: 'raw' | 'engine'
  readonly communityId: CommunityId
  /** What this end gives; null for the end that gets. */
  readonly gives: StagedArchive | null
}

export interface CarrierReady {
  readonly addresses: readonly string[]
  readonly link?: ArchiveLink
  readonly entry?: ArchiveEntry
}

/** The bytes go from that address to here. */
export interface CarrierOrder extends CarrierReady {
  readonly bytes: number
}

const protocol = '/chronicle/raw-bytes/1.0.0'
const chunk = new Uint8Array(64 * 1024).fill(7)

const task = JSON.parse(process.argv[2] ?? '{}') as CarrierTask
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
mkdirSync(task.folder, { recursive: true })
const work = task.kind === 'raw' ? await raw() : await engine()
for await (const line of createInterface({ input: process.stdin })) {
  const { took } = await work(JSON.parse(line) as CarrierOrder)
  say({ took })
}
process.exit(0)

type Work = (order: CarrierOrder) => Promise<{ readonly took: number }>

async function raw(): Promise<Work> {
  const settings = {
    bindHost: '127.0.0.1',
    reach: 'machine',
    port: 0,
    mdns: false,
    mdnsPort: 0,
    bootstrap: [],
  } as const
  const key = await loadIdentity(join(task.folder, 'identity.key'))
  const host = await startHost({ settings, key, lastPort: null, isBanned: () => false })
  await host.handle(protocol, ({ stream }) => void pour(stream, task.gives?.bytes ?? 0).catch(() => {}))
  say({ addresses: host.getMultiaddrs().map(String) } satisfies CarrierReady)
  return async ({ addresses: [address = ''], bytes }) => {
    await host.dial(multiaddr(address))
    const began = performance.now()
    const stream = await host.dialProtocol(multiaddr(address), protocol)
    let got = 0
    for await (const part of stream.source) got += part.byteLength
    if (got !== bytes) throw new Error(`${got} bytes came`)
    await stream.close()
    return { took: performance.now() - began }
  }
}

async function pour(stream: Stream, bytes: number): Promise<void> {
  await stream.sink(
    (async function* () {
      for (let left = bytes; left > 0; left -= chunk.length) yield left < chunk.length ? chunk.subarray(0, left) : chunk
    })(),
  )
}

async function engine(): Promise<Work> {
  if (task.gives !== null) {
    const owner = createCodexEngine({ root: join(task.folder, 'engine') })
    await owner.start()
    const { link, entries } = await owner.publish(task.communityId, null, [task.gives], plainCodec)
    const [entry] = entries
    say({ addresses: owner.status().addresses, link, ...(entry === undefined ? {} : { entry }) } satisfies CarrierReady)
    return () => Promise.reject(new Error('This end only gives.'))
  }
  const member = createCodexEngine({ root: join(task.folder, 'engine') })
  await member.start()
  say({ addresses: [] } satisfies CarrierReady)
  return async ({ addresses, link, entry, bytes }) => {
    if (link === undefined || entry === undefined) throw new Error('nothing to fetch')
    member.addPeers(task.communityId, addresses)
    await member.openIndex(task.communityId, link) // connected, as the other side is when its clock begins
    const before = member.status().downloaded
    const began = performance.now()
    await member.fetch(task.communityId, link, entry)
    const took = performance.now() - began
    // Which it tells a moment later: all of it came from the other process.
    while (member.status().downloaded - before < bytes) await new Promise((told) => member.on('status', told))
    // The same engine, as the same host on the other side, and nothing of the dataset left in it.
    await member.remove(task.communityId, link)
    return { took }
  }
}
