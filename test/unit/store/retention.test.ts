import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cutoff, Retention } from '../../../src/main/archives/retention.ts'
import { openStoreInThread, type RawRecord, type Store } from '../../../src/main/store/index.ts'
import type {
  ArchiveId,
  ArchiveLink,
  CommunityId,
  EngineKind,
  MessageId,
  Millis,
  Seconds,
  Topic4,
} from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const cid = `0x02${'ab'.repeat(32)}` as CommunityId
const topic = 'c09a9d22' as Topic4
const DAY = 24 * 3600
const s = (n: number) => n as Seconds
const at = (n: number) => n as Millis
const START = 1_700_000_000

let store: Store
let clock: FakeClock
let days: number
let engines: EngineKind[]
let retention: Retention
beforeEach(async () => {
  clock = new FakeClock((START + 60 * DAY) * 1000)
  store = await openStoreInThread(':memory:', clock)
  days = 30
  engines = ['torrent', 'codex']
  retention = new Retention({ store, clock, days: () => days, engines: () => engines })
})
afterEach(() => store.close())

function record(n: number, change: Partial<RawRecord> = {}): RawRecord {
  const id = n.toString(16).padStart(64, '0')
  return {
    communityId: cid,
    hash: Buffer.from(id, 'hex'),
    sig: new Uint8Array(65),
    timestamp: s(START + n),
    topic: Buffer.from(topic, 'hex'),
    payload: new Uint8Array(1000).fill(n),
    padding: new Uint8Array(35),
    thirdPartyId: '',
    messageId: `0x${id}` as MessageId,
    archivable: true,
    ...change,
  }
}
const ingest = (...records: RawRecord[]) =>
  store.records.ingest(records.map((one) => ({ record: one, effect: null, source: 'live' })))

/** Claims and stages the records of a range; `publish` makes them public. */
async function stage(from: number, to: number) {
  const range = { from: s(START + from), to: s(START + to) }
  const [claimed] = await store.archives.claim(cid, [], [range], clock.now())
  if (!claimed) throw new Error('nothing claimed')
  await store.archives.stage(claimed.id, {
    topics: [topic],
    parts: [{ file: `/staging/${claimed.id}`, bytes: 2400, messages: claimed.records }],
    dropped: 0,
  })
  return claimed
}

let number = 0
/** Everything that the engine lacks, under this clock. @returns the outbox id of the announcement */
async function publish(engine: EngineKind, clockOf: number): Promise<string> {
  const parts = await store.archives.unpublished(cid, engine)
  const entries = parts.map(({ id, from, to, topics }) => {
    number += 1
    const locator =
      engine === 'torrent'
        ? ({ kind: 'torrent', offset: number * 102_400, size: 102_400, padding: 100_000 } as const)
        : ({ kind: 'codex', cid: `z${number}` } as const)
    return { entry: { id: `0x${number}` as ArchiveId, from, to, topics, locator }, part: id }
  })
  const id = `announcement ${clockOf}`
  const sealed = {
    pubsubTopic: 'p' as never,
    contentTopic: 'c' as never,
    payload: new Uint8Array([1]),
    timestamp: 1n as never,
    ephemeral: false,
  }
  const link = `${engine}:${number}` as ArchiveLink
  await store.archives.commit({
    communityId: cid,
    clock: at(clockOf),
    at: clock.now(),
    announcement: { id, sealed, createdAt: clock.now() },
    engines: [{ engine, link, committedBytes: 0, entries }],
  })
  return id
}

async function payloads(partition: number | null) {
  const all = await store.records.scan({ communityId: cid, from: s(0), to: s(9e9), partition, limit: 1000 })
  return all.map(({ payload }) => payload.length)
}

describe('raw records', () => {
  it('go only when they are old AND archived AND on every engine AND announced', async () => {
    await ingest(record(1), record(2))
    const nothing = { records: 0, bytes: 0, returned: 0 }
    expect(await retention.prune(cid)).toEqual(nothing)
    const { id } = await stage(0, 10)
    expect(await retention.prune(cid)).toEqual(nothing)
    await store.outbox.sent(await publish('torrent', 1000), clock.now())
    expect(await retention.prune(cid)).toEqual(nothing)
    expect(await retention.view(cid)).toMatchObject({ records: 0, held: 2, oldestKept: START + 1 })
    const announcement = await publish('codex', 2000)
    expect(await retention.prune(cid)).toEqual(nothing)
    await store.outbox.sent(announcement, clock.now())
    clock.jump((START + 10 + 30 * DAY) * 1000 - 1)
    expect(await retention.prune(cid)).toEqual(nothing)
    clock.jump((START + 10 + 30 * DAY) * 1000)
    expect(await retention.view(cid)).toMatchObject({ records: 2, bytes: 2200, held: 0, oldestKept: null })
    expect(await payloads(id)).toEqual([1000, 1000])
    expect(await retention.prune(cid)).toEqual({ ...nothing, records: 2, bytes: 2200 })
    expect(await payloads(id)).toEqual([0, 0])
    expect(await retention.prune(cid)).toEqual(nothing)
    expect(await retention.view(cid)).toMatchObject({ days: 30, records: 0, bytes: 0, held: 0, oldestKept: null })
  })

  it('stay for good where the owner keeps everything, or publishes nowhere', async () => {
    await ingest(record(1))
    const { id } = await stage(0, 10)
    await store.outbox.sent(await publish('torrent', 1000), clock.now())
    engines = []
    await retention.prune(cid)
    engines = ['torrent']
    days = 0
    await retention.prune(cid)
    expect(await retention.view(cid)).toMatchObject({ days: 0, records: 0 })
    expect(await payloads(id)).toEqual([1000])
    days = 1
    expect((await retention.prune(cid)).records).toBe(1)
  })

  it('that wait for an archive, or are too heavy for any, are the only copy and stay', async () => {
    engines = ['torrent']
    await ingest(record(1), record(2, { payload: new Uint8Array(30_000_001) }), record(50))
    const { id } = await stage(0, 10)
    await store.outbox.sent(await publish('torrent', 1000), clock.now())
    expect(await retention.view(cid)).toMatchObject({ records: 1, held: 1, oldestKept: START + 50 })
    await retention.prune(cid)
    expect(await payloads(id)).toEqual([0, 30_000_001])
    expect(await payloads(null)).toEqual([1000])
  })

  it('seen again after they were freed are known, and are not archived a second time', async () => {
    engines = ['torrent']
    const segment = record(3, { messageId: null })
    await ingest(record(1), record(2), segment)
    await stage(0, 10)
    await store.outbox.sent(await publish('torrent', 1000), clock.now())
    await retention.prune(cid)
    // The same bytes, the same message in an earlier envelope, a segment whose message is known now.
    const earlier = record(1, { hash: new Uint8Array(32).fill(7), timestamp: s(START) })
    await ingest(record(1), record(2), segment, earlier)
    await ingest(record(3))
    expect(await store.archives.unarchived(cid)).toBe(0)
    expect(await store.records.count(cid)).toEqual({ records: 3, waiting: 0 })
    expect(await store.archives.claim(cid, [], [{ from: s(0), to: s(9e9) }], clock.now())).toEqual([])
  })

  it('R1.2 found archived after their partition was freed are freed with the next day', async () => {
    engines = ['torrent']
    await ingest(record(1))
    const { id } = await stage(0, 10)
    await store.outbox.sent(await publish('torrent', 1000), clock.now())
    await retention.prune(cid)
    await ingest(record(5))
    await store.archives.markArchived(cid, { from: s(START), to: s(START + 10) }, [record(5).hash], clock.now())
    expect((await retention.prune(cid)).records).toBe(1)
    expect(await payloads(id)).toEqual([0, 0])
  })

  it('of an index of ours that was found, not made, wait until every engine has as much of it', async () => {
    await ingest(record(1))
    const range = { from: s(START), to: s(START + 10) }
    await store.archives.markArchived(cid, range, [record(1).hash], clock.now())
    const found = (engine: EngineKind, id: string) => ({
      communityId: cid,
      clock: at(engine === 'torrent' ? 1000 : 2000),
      at: clock.now(),
      announcement: null,
      engines: [
        {
          engine,
          link: `${engine}:found` as ArchiveLink,
          committedBytes: 0,
          entries: [
            {
              part: null,
              entry: {
                ...range,
                id: id as ArchiveId,
                topics: [topic],
                locator:
                  engine === 'torrent'
                    ? ({ kind: 'torrent', offset: 0, size: 102_400, padding: 100_000 } as const)
                    : ({ kind: 'codex', cid: 'z' } as const),
              },
            },
          ],
        },
      ],
    })
    await store.archives.commit(found('torrent', '0xa'))
    expect((await retention.prune(cid)).records).toBe(0)
    await store.archives.commit(found('codex', '0xb'))
    expect((await retention.prune(cid)).records).toBe(1)
  })

  it('go slice by slice; a slice that finds the rule broken frees nothing', async () => {
    engines = ['torrent']
    await ingest(...Array.from({ length: 600 }, (_, i) => record(i)))
    const { id } = await stage(0, 1000)
    await store.outbox.sent(await publish('torrent', 1000), clock.now())
    const rule = { before: s(START + 1000), partition: id, records: 250, bytes: 1 << 20, at: clock.now() }
    const first = await store.retention.free(cid, { ...rule, engines, after: null })
    expect(first.records).toBe(250)
    // Switched on in between: it has yet to get this archive.
    const second = await store.retention.free(cid, { ...rule, engines: ['torrent', 'codex'], after: first.after })
    expect(second).toEqual({ records: 0, bytes: 0, after: null })
    // Killed in between, or begun anew: what is left goes, counted once.
    expect((await retention.prune(cid)).records).toBe(350)
    const light = await store.retention.free(cid, { ...rule, engines, after: null, bytes: 1 })
    expect(light.records).toBe(0)
  })

  it('leave room in the file that is given back, or used before it grows', async () => {
    engines = ['torrent']
    await ingest(...Array.from({ length: 300 }, (_, i) => record(i, { payload: new Uint8Array(50_000) })))
    await stage(0, 1000)
    await store.outbox.sent(await publish('torrent', 1000), clock.now())
    const before = await store.retention.space()
    const freed = await retention.prune(cid)
    expect(freed.bytes).toBeGreaterThan(15_000_000)
    const after = await store.retention.space()
    expect(freed.returned).toBe(before.total - after.total)
    expect(freed.returned).toBeGreaterThan(8_000_000)
    expect((await retention.view(cid)).reusable).toBe(after.reusable)
    expect(after.reusable).toBeLessThanOrEqual(4 << 20)
  })

  it('older than never are none: the rule has no date before the first day', () => {
    expect(cutoff(at(5000), 30)).toBe(0)
    expect(cutoff(at(40 * DAY * 1000), 30)).toBe(10 * DAY)
    expect(cutoff(at(40 * DAY * 1000), 0)).toBeNull()
  })
})
