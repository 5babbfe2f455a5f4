import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ActivityRepository } from '../../../src/main/store/activity-repository.ts'
import { openForWriting } from '../../../src/main/store/database.ts'
import {
  openStoreInThread,
  readSetting,
  type Setting,
  type Store,
  type StoredSegment,
  writeSetting,
} from '../../../src/main/store/index.ts'
import { migrate } from '../../../src/main/store/migrate.ts'
import { migrations } from '../../../src/main/store/migrations/index.ts'
import { segmentLimits } from '../../../src/main/store/segments-repository.ts'
import type { OutboxPort } from '../../../src/main/waku/network.ts'
import type { ContentTopic, Nanos, PubsubTopic } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { community, hashOf, ms, other } from './support.ts'

let store: Store
beforeEach(async () => {
  store = await openStoreInThread(':memory:', new FakeClock())
})
afterEach(() => store.close())

describe('the outbox', () => {
  const entry = (id: string, createdAt = 0) => ({
    id,
    createdAt: ms(createdAt),
    sealed: {
      pubsubTopic: '/waku/2/rs/16/32' as PubsubTopic,
      contentTopic: '/waku/1/0xc09a9d22/rfc26' as ContentTopic,
      payload: new Uint8Array([1, 2, 3]),
      timestamp: 1_700_000_000_123_456_789n as Nanos,
      ephemeral: false,
    },
  })

  it('is what the network expects, and keeps nanoseconds exactly', async () => {
    const port: OutboxPort = store.outbox
    await port.add(entry('a', 5))
    expect(await port.due(ms(4), 9)).toEqual([])
    expect(await port.due(ms(5), 9)).toEqual([{ ...entry('a', 5), attempts: 0, nextAt: 5 }])
  })

  it('takes an entry once, also after it was sent', async () => {
    await store.outbox.add(entry('a'))
    await store.outbox.add(entry('a'))
    expect(await store.outbox.pending()).toBe(1)
    await store.outbox.sent('a', ms(1))
    await store.outbox.add(entry('a'))
    expect(await store.outbox.pending()).toBe(0)
    expect(await store.outbox.due(ms(9), 9)).toEqual([])
  })

  it('R2.4 sends again what was sealed, with nothing but its time renewed', async () => {
    await store.outbox.add(entry('a'))
    await store.outbox.retry('a', ms(100), null, 'no peers')
    expect(await store.outbox.due(ms(99), 9)).toEqual([])
    expect(await store.outbox.due(ms(100), 9)).toEqual([{ ...entry('a'), attempts: 1, nextAt: 100 }])
    const renewed = 1_700_000_016_000_000_001n as Nanos
    await store.outbox.retry('a', ms(200), renewed, 'no peers')
    const { sealed } = entry('a')
    expect(await store.outbox.due(ms(200), 9)).toMatchObject([
      { sealed: { ...sealed, timestamp: renewed }, attempts: 2 },
    ])
    expect(await store.outbox.waiting(9)).toMatchObject([{ id: 'a', attempts: 2, lastError: 'no peers' }])
  })

  it('hands out what is due, longest due first', async () => {
    for (const [id, at] of [
      ['late', 30],
      ['early', 10],
      ['middle', 20],
    ] as const)
      await store.outbox.add(entry(id, at))
    expect((await store.outbox.due(ms(50), 2)).map(({ id }) => id)).toEqual(['early', 'middle'])
  })
})

describe('segments', () => {
  const segment = (index: number, change: Partial<StoredSegment> = {}): StoredSegment => ({
    communityId: community,
    signer: new Uint8Array(65).fill(1),
    whole: hashOf('whole'),
    parity: false,
    index,
    dataCount: 2,
    parityCount: 1,
    payload: new Uint8Array([index]),
    ...change,
  })
  const parity = segment(0, { parity: true, dataCount: 0, payload: new Uint8Array([99]) })

  it('come back together as soon as there are enough, parity counted', async () => {
    expect(await store.segments.add(parity, ms(1))).toEqual([])
    expect(await store.segments.add(segment(1), ms(2))).toEqual([segment(1), parity])
  })

  it('are counted once each, and never mixed with another sender’s', async () => {
    expect(await store.segments.add(segment(0), ms(1))).toEqual([])
    expect(await store.segments.add(segment(0), ms(2))).toEqual([])
    expect(await store.segments.add(segment(1, { signer: new Uint8Array(65).fill(2) }), ms(3))).toEqual([])
    expect(await store.segments.add(segment(1, { communityId: other }), ms(3))).toEqual([])
    expect(await store.segments.add(segment(1), ms(4))).toHaveLength(2)
  })

  it('of a joined message are ignored until that is forgotten', async () => {
    await store.segments.add(segment(0), ms(1))
    await store.segments.joined(segment(0), ms(2))
    expect(await store.segments.add(segment(0), ms(3))).toEqual([])
    expect(await store.segments.add(segment(1), ms(3))).toEqual([])
    expect(await store.segments.expire(ms(3))).toBe(0)
    await store.segments.add(segment(0), ms(4))
    expect(await store.segments.add(segment(1), ms(4))).toHaveLength(2)
  })

  it('expire, and are dropped', async () => {
    await store.segments.add(segment(0), ms(1))
    expect(await store.segments.expire(ms(2))).toBe(1)
    await store.segments.add(segment(0), ms(3))
    await store.segments.drop(segment(0))
    expect(await store.segments.add(segment(1), ms(4))).toEqual([])
  })

  it('are bounded: the oldest message gives way', async () => {
    const big = new Uint8Array(segmentLimits.bytes / 2 - 10)
    await store.segments.add(segment(0, { whole: hashOf('old') }), ms(1))
    await store.segments.add(segment(0, { whole: hashOf('big 1'), payload: big }), ms(2))
    await store.segments.add(segment(0, { whole: hashOf('big 2'), payload: big }), ms(3))
    expect(await store.segments.add(segment(1, { whole: hashOf('old') }), ms(4))).toHaveLength(2)
    await store.segments.add(segment(0, { whole: hashOf('big 3'), payload: new Uint8Array(100) }), ms(5))
    expect(await store.segments.add(segment(1, { whole: hashOf('big 3') }), ms(7))).toHaveLength(2)
    // The first to go was the message whose segment is oldest.
    expect(await store.segments.add(segment(1, { whole: hashOf('old') }), ms(6))).toEqual([])
  })
})

describe('settings, counters, marks and activity', () => {
  it('keep JSON values by name', async () => {
    await store.settings.set('net.peers', ['a'])
    await store.settings.set('net.on', false)
    await store.settings.set('other', null)
    expect(await store.settings.list('net.')).toEqual({ 'net.on': false, 'net.peers': ['a'] })
    await store.settings.set('net.on', undefined)
    expect(await store.settings.get('net.on')).toBeUndefined()
    expect(await store.settings.get('other')).toBeNull()
  })

  it('read a setting that another version wrote as its default', async () => {
    const interval: Setting<number> = { key: 'interval', fallback: 7, is: (value) => typeof value === 'number' }
    expect(await readSetting(store.settings, interval)).toBe(7)
    await writeSetting(store.settings, interval, 10)
    expect(await readSetting(store.settings, interval)).toBe(10)
    await store.settings.set('interval', 'weekly')
    expect(await readSetting(store.settings, interval)).toBe(7)
  })

  it('count reasons for each community and for the profile', async () => {
    await store.counters.add(community, 'link-of-stranger')
    await store.counters.add(community, 'link-of-stranger', 2)
    await store.counters.add(null, 'undecodable')
    expect(await store.counters.list(community)).toEqual({ 'link-of-stranger': 3 })
    expect(await store.counters.list(null)).toEqual({ undecodable: 1 })
    expect(await store.counters.get(other, 'link-of-stranger')).toBe(0)
  })

  it('R2.5 remember how far was fetched and what could not be', async () => {
    expect(await store.sync.fetchedUpTo(community)).toBeNull()
    await store.sync.advance(community, ms(10))
    await store.sync.advance(community, ms(5))
    expect(await store.sync.fetchedUpTo(community)).toBe(10)
    await store.sync.addGap(community, { from: ms(3), to: ms(4) })
    await store.sync.addGap(community, { from: ms(3), to: ms(4) })
    expect(await store.sync.gaps(community)).toEqual([{ from: 3, to: 4 }])
  })

  it('list activity newest first, by community and kind, page by page', async () => {
    for (let n = 0; n < 5; n += 1) {
      const communityId = n % 2 === 0 ? community : null
      await store.activity.add({ at: ms(n), kind: n < 3 ? 'early' : 'late', communityId, detail: { n } })
    }
    const all = await store.activity.page({ limit: 3 })
    expect(all.map(({ detail }) => detail)).toEqual([{ n: 4 }, { n: 3 }, { n: 2 }])
    const before = all.at(-1)?.seq ?? 0
    expect((await store.activity.page({ limit: 9, before })).map(({ at }) => at)).toEqual([1, 0])
    expect(
      (await store.activity.page({ limit: 9, communityId: community, kind: 'early' })).map(({ at }) => at),
    ).toEqual([2, 0])
  })

  it('keep the newest 100,000 lines of activity, and say how many are gone', async () => {
    const db = openForWriting(':memory:')
    migrate(db, migrations, ms(0))
    const activity = new ActivityRepository(db)
    db.prepare("INSERT INTO activity (seq, at, kind, detail) VALUES (?, 0, 'x', '1')").run(1)
    db.prepare("INSERT INTO activity (seq, at, kind, detail) VALUES (?, 0, 'x', '1')").run(100_998)
    expect(activity.dropped()).toBe(0)
    activity.add({ at: ms(1), kind: 'x', communityId: null, detail: null })
    expect(activity.dropped()).toBe(0)
    activity.add({ at: ms(2), kind: 'x', communityId: null, detail: null })
    expect(activity.page({ limit: 9 }).map(({ seq }) => seq)).toEqual([101_000, 100_999, 100_998])
    expect(activity.dropped()).toBe(100_997)
    db.close()
  })
})
