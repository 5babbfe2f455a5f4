/** Owners with many archived weeks, and one week more on demand. */
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { indexCodec } from '../../../src/main/archives/index.ts'
import type { ArchiveEntry } from '../../../src/main/distribution/index.ts'
import { interpret } from '../../../src/main/messages/index.ts'
import type { InboxItem } from '../../../src/main/store/records.ts'
import { PIECE_LENGTH } from '../../../src/main/wire/index.ts'
import { contextOf, type HistoryRooms, openRooms } from '../../support/history-rooms.ts'
import { type Said, say } from '../../support/history-said.ts'
import { communityId } from '../../support/people.ts'

/** Messages in a week: as many as a corpus of ten years has on average. */
const PER_WEEK = 17
/** Weeks before the tests' usual first one, so that ten years end in the past. */
const YEARS_AGO = 540

export interface BenchOwner {
  readonly rooms: HistoryRooms
  readonly network: string
  /** Weeks archived so far. */
  weeks: number
  close(): Promise<void>
}

export async function ownerOf(
  weeks: number,
  torrent: Parameters<typeof openRooms>[0]['torrent'] = {},
): Promise<BenchOwner> {
  const folder = mkdtempSync(join(tmpdir(), 'chronicle-bench-'))
  const network = join(folder, 'network')
  const rooms = await openRooms({ folder: join(folder, 'owner'), network, role: 'owner', torrent })
  for (let week = 0; week < weeks; week += 1) await rooms.store.records.ingest(await itemsOf(week))
  rooms.archives.startOwner(communityId)
  await until(async () => (await publishedCount(rooms)) === weeks)
  await quiet(rooms)
  const close = async () => {
    await rooms.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { rooms, network, weeks, close }
}

export interface Publication {
  /** ms */
  readonly took: number
  /** bytes */
  readonly hashed: number
  /** bytes, padding included, of the one new archive */
  readonly newBytes: number
  readonly entries: readonly ArchiveEntry[]
  readonly index: Uint8Array
}

/** Has one more week published; what was said is in the database before the clock starts. */
export async function publishOneMore(owner: BenchOwner): Promise<Publication> {
  const { store, archives, engine } = owner.rooms
  await store.records.ingest(await itemsOf(owner.weeks))
  owner.weeks += 1
  const before = engine.status().hashed
  const known = new Set((await store.archives.published(communityId, 'torrent'))?.entries.map(({ id }) => id))
  const began = performance.now()
  const made = await archives.archiveNow(communityId)
  const took = performance.now() - began
  await quiet(owner.rooms)
  const set = await store.archives.published(communityId, 'torrent')
  const fresh = set?.entries.filter(({ id }) => !known.has(id)) ?? []
  if (made !== 1 || fresh.length !== 1 || set === null)
    throw new Error(`${made} archives were published instead of one`)
  return {
    took,
    hashed: engine.status().hashed - before,
    newBytes: fresh.reduce((sum, { locator }) => sum + (locator.kind === 'torrent' ? locator.size : 0), 0),
    entries: set.entries,
    index: await engine.openIndex(communityId, set.link),
  }
}

/** ms that encoding, hashing and writing this index takes by itself. */
export async function costOfIndex(entries: readonly ArchiveEntry[], folder: string): Promise<number> {
  const began = performance.now()
  const bytes = await indexCodec('torrent').encode(entries)
  for (let at = 0; at < bytes.length; at += PIECE_LENGTH) hash('sha1', bytes.subarray(at, at + PIECE_LENGTH), 'buffer')
  const file = await open(join(folder, 'index'), 'w')
  await file.writeFile(bytes)
  await file.sync()
  await file.close()
  return performance.now() - began
}

export interface Relay {
  /** `ip:port` */
  readonly address: string
  /** Bytes that came through from the other side since the last call. */
  take(): number
  close(): void
}

/** Stands between the nodes and counts. */
export async function relayTo(port: number): Promise<Relay> {
  let counted = 0
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    far.on('data', (bytes) => {
      counted += bytes.length
    })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => {
      const taken = counted
      counted = 0
      return taken
    },
    close: () => server.close(),
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(20)
}

/** Its loop looks around once more after each publication; what is said after that waits for `archiveNow`. */
async function quiet({ archives }: HistoryRooms): Promise<void> {
  await archives.archiveNow(communityId)
  await pause(100)
}

async function publishedCount({ store }: HistoryRooms): Promise<number> {
  return (await store.archives.published(communityId, 'torrent'))?.entries.length ?? 0
}

async function itemsOf(week: number): Promise<InboxItem[]> {
  return (await say({ week: week - YEARS_AGO, count: PER_WEEK, length: 250 })).map(itemOf)
}

/** As the owner's inbox takes it in. */
export function itemOf({ record }: Pick<Said, 'record'>): InboxItem {
  const found = interpret(record, contextOf('live', true))
  if (found.kind !== 'item') throw new Error(`not an item: ${found.kind}`)
  return found.item
}
