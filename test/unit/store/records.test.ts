import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStoreInThread, type RawRecord, type Store } from '../../../src/main/store/index.ts'
import { migrate } from '../../../src/main/store/migrate.ts'
import { migrations } from '../../../src/main/store/migrations/index.ts'
import { openRepositories } from '../../../src/main/store/repositories.ts'
import type { ContentTopic, Nanos, PubsubTopic } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { chat, community, hashOf, idOf, ms, other, raw, record, s } from './support.ts'

let store: Store
beforeEach(async () => {
  store = await openStoreInThread(':memory:', new FakeClock())
})
afterEach(() => store.close())

const everything = (from: Store = store) =>
  from.records.scan({ communityId: community, from: s(0), to: s(2 ** 40), partition: null, limit: 1000 })
const keep = (...records: RawRecord[]) => store.records.ingest(records.map(raw))

describe('raw records', () => {
  it('are read back byte for byte, ordered by time, topic and hash', async () => {
    const records = [
      record('c', { timestamp: s(2) }),
      record('a', { timestamp: s(1), topic: new Uint8Array([0, 0, 0, 2]) }),
      record('b', { timestamp: s(1), topic: new Uint8Array([0, 0, 0, 1]), thirdPartyId: 'x', archivable: false }),
      record('d', { timestamp: s(1), topic: new Uint8Array([0, 0, 0, 1]), padding: new Uint8Array() }),
    ]
    await keep(...records)
    const [c, a, b, d] = records
    const twins = [b, d].sort((x, y) => Buffer.compare(x?.hash ?? Buffer.of(), y?.hash ?? Buffer.of()))
    expect(await everything()).toEqual([...twins, a, c])
  })

  it('R2.4 keeps the earliest record of a message', async () => {
    await keep(record('m', { timestamp: s(20), hash: hashOf(1) }))
    expect(await keep(record('m', { timestamp: s(30), hash: hashOf(2) }))).toEqual({
      fresh: [],
      chatIds: [],
      duplicates: 1,
    })
    expect((await everything()).map(({ timestamp }) => timestamp)).toEqual([20])
    await keep(record('m', { timestamp: s(10), hash: hashOf(3), payload: new Uint8Array([9]) }))
    expect(await everything()).toMatchObject([{ timestamp: 10, hash: hashOf(3), payload: new Uint8Array([9]) }])
  })

  it('R2.4 leave a record alone once an archive has claimed it', () => {
    const db = new Database(':memory:')
    migrate(db, migrations, ms(1))
    const { records } = openRepositories(db)
    records.ingest([raw(record('m', { timestamp: s(20), hash: hashOf(1) }))])
    db.exec('UPDATE raw_records SET partition_id = 7')
    records.ingest([raw(record('m', { timestamp: s(10), hash: hashOf(2) }))])
    const range = { communityId: community, from: s(0), to: s(99), limit: 9 }
    expect(records.scan({ ...range, partition: 7 })).toMatchObject([{ timestamp: 20 }])
    expect(records.scan({ ...range, partition: null })).toEqual([])
    expect(records.earliestWaiting(community)).toBeNull()
    expect(records.count(community)).toEqual({ records: 1, waiting: 0 })
  })

  it('R2.4 keeps every segment once, by its hash', async () => {
    const segment = (n: number) => record(n, { messageId: null })
    await keep(segment(1), segment(2), segment(1))
    expect(await everything()).toHaveLength(2)
  })

  it('give a record its message when it could not be opened before', async () => {
    await keep(record('m', { messageId: null }))
    await keep(record('m'))
    expect(await everything()).toMatchObject([{ messageId: idOf('m') }])
  })

  it('R2.4 end the same in every order and batching', async () => {
    const records = fc.array(
      fc.record({ message: fc.integer({ min: 0, max: 3 }), time: fc.integer({ min: 1, max: 4 }), copy: fc.nat(3) }),
      { maxLength: 20 },
    )
    const mixed = records.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
        fc.integer({ min: 1, max: 5 }),
      ),
    )
    await fc.assert(
      fc.asyncProperty(mixed, async ([list, order, batch]) => {
        const [one, two] = await Promise.all([
          openStoreInThread(':memory:', new FakeClock()),
          openStoreInThread(':memory:', new FakeClock()),
        ])
        const items = (of: typeof list) =>
          of.map(({ message, time, copy }) =>
            raw(record(message, { timestamp: s(time), hash: hashOf(`${message} ${time} ${copy}`) })),
          )
        await one.records.ingest(items(list))
        for (let at = 0; at < order.length; at += batch) await two.records.ingest(items(order.slice(at, at + batch)))
        expect(await everything(two)).toEqual(await everything(one))
        await Promise.all([one.close(), two.close()])
      }),
      { numRuns: 60 },
    )
  })

  it('tell the earliest archivable one that waits, at or after a time', async () => {
    expect(await store.records.earliestWaiting(community)).toBeNull()
    await keep(
      record('a', { timestamp: s(5), archivable: false }),
      record('b', { timestamp: s(10) }),
      record('c', { timestamp: s(20) }),
      record('d', { timestamp: s(1), communityId: other }),
    )
    expect(await store.records.earliestWaiting(community)).toBe(10)
    expect(await store.records.earliestWaiting(community, s(10))).toBe(10)
    expect(await store.records.earliestWaiting(community, s(11))).toBe(20)
    expect(await store.records.earliestWaiting(community, s(21))).toBeNull()
    expect(await store.records.latest(community)).toBe(20)
    expect(await store.records.count(community)).toEqual({ records: 3, waiting: 3 })
  })

  it('are read in pages within a range', async () => {
    const names = Array.from({ length: 25 }, (_, n) => n)
    await keep(...names.map((n) => record(n, { timestamp: s(100 + Math.floor(n / 10)) })))
    const seen: RawRecord[] = []
    for (;;) {
      const after = seen.at(-1)
      const range = { communityId: community, from: s(100), to: s(102), partition: null, limit: 6 }
      const page = await store.records.scan(after === undefined ? range : { ...range, after })
      seen.push(...page)
      if (page.length < 6) break
    }
    expect(seen).toEqual((await everything()).filter(({ timestamp }) => timestamp < 102))
    expect(seen).toHaveLength(20)
  })
})

describe('a batch', () => {
  const sealed = {
    pubsubTopic: '/waku/2/rs/16/32' as PubsubTopic,
    contentTopic: '/waku/1/0xc09a9d22/rfc26' as ContentTopic,
    payload: new Uint8Array([1]),
    timestamp: 1_700_000_000_123_456_789n as Nanos,
    ephemeral: false,
  }

  it('stores record, message, outbox entry and mark together', async () => {
    await store.records.ingest([{ record: record('m'), effect: chat('m'), source: 'own' }], {
      outbox: [{ id: 'send m', sealed, createdAt: ms(1) }],
      fetchedUpTo: { communityId: community, at: ms(50) },
    })
    expect(await everything()).toHaveLength(1)
    expect(await store.messages.get(community, idOf('m'))).toMatchObject({ source: 'own' })
    expect(await store.outbox.pending()).toBe(1)
    expect(await store.sync.fetchedUpTo(community)).toBe(50)
  })

  it('is stored whole or not at all', async () => {
    const wrong = chat('bad', { clock: ms(0.5) })
    const batch = store.records.ingest(
      [
        { record: record('good'), effect: chat('good'), source: 'live' },
        { record: record('bad'), effect: wrong, source: 'live' },
      ],
      { outbox: [{ id: 'send', sealed, createdAt: ms(1) }] },
    )
    await expect(batch).rejects.toMatchObject({ name: 'StoreError', code: 'refused' })
    expect(await everything()).toEqual([])
    expect(await store.messages.count({ communityId: community })).toBe(0)
    expect(await store.outbox.pending()).toBe(0)
    // What was rolled back left nothing behind that the next batch could stumble over.
    await store.records.ingest([{ record: record('good'), effect: chat('good'), source: 'live' }])
    expect(await store.messages.count({ communityId: community })).toBe(1)
  })
})
