import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { ArchiveScheduler, type SchedulerParts } from '../../../src/main/archives/scheduler.ts'
import { type ArchiveSignal, Signals } from '../../../src/main/archives/signals.ts'
import type { RawRecord } from '../../../src/main/store/index.ts'
import { openStoreInThread, type Store } from '../../../src/main/store/index.ts'
import type { CommunityId, MessageId, Seconds } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const cid = `0x02${'ab'.repeat(32)}` as CommunityId
const HOUR = 3600
const WEEK = 7 * 24 * HOUR
const START = 1_700_000_000

let count = 0
function recordAt(at: number): RawRecord {
  count += 1
  const id = count.toString(16).padStart(64, '0')
  return {
    communityId: cid,
    hash: Buffer.from(id, 'hex'),
    sig: new Uint8Array(),
    timestamp: at as Seconds,
    topic: new Uint8Array(4),
    payload: new Uint8Array([1]),
    padding: new Uint8Array(),
    thirdPartyId: '',
    messageId: `0x${id}` as MessageId,
    archivable: true,
  }
}

interface Owner {
  readonly store: Store
  readonly clock: FakeClock
  readonly signals: ArchiveSignal[]
  readonly calls: string[]
  scheduler: ArchiveScheduler
  interval: number
  catchUp: (communityId: CommunityId) => Promise<void>
  publish: () => Promise<void>
  hear(...at: number[]): Promise<void>
  restart(): Promise<void>
  /** What became of every record: its time and the range it was archived under. */
  archived(): Promise<{ at: number; from: number; to: number }[]>
}

const stores: Store[] = []
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
})

/** An owner whose publications claim and mark, and do nothing else. */
async function owner(start = START): Promise<Owner> {
  const clock = new FakeClock(start * 1000)
  const store = await openStoreInThread(':memory:', clock)
  stores.push(store)
  const signals = new Signals(clock)
  const made: Owner = {
    store,
    clock,
    signals: [],
    calls: [],
    interval: WEEK,
    catchUp: async () => {},
    publish: async () => {},
    scheduler: undefined as never,
    async hear(...times) {
      await store.records.ingest(times.map((at) => ({ record: recordAt(at), effect: null, source: 'live' })))
    },
    async restart() {
      await made.scheduler.close()
      made.scheduler = new ArchiveScheduler(parts)
      made.scheduler.start(cid)
      await clock.advance(0)
    },
    async archived() {
      const ranges = (await store.archives.schedule(cid)).archived
      const all: { at: number; from: number; to: number }[] = []
      const partitions = [...(await store.archives.unfinished(cid))]
      expect(partitions.every(({ from, to }) => ranges.some((one) => one.from === from && one.to === to))).toBe(true)
      for (const { id, from, to } of partitions) {
        const page = await store.archives.claimedPage(cid, id, null, 1e9)
        all.push(...page.map(({ timestamp }) => ({ at: timestamp, from, to })))
      }
      return all
    },
  }
  signals.on((signal) => made.signals.push(signal))
  const say = (name: string) => made.calls.push(name)
  const parts: SchedulerParts = {
    store,
    clock,
    signals,
    owner: { interval: () => made.interval, catchUp: (communityId) => made.catchUp(communityId) },
    retention: { prune: async () => ({ records: 0, bytes: 0, returned: 0 }) },
    reconciler: { reconcile: async () => void say('reconcile') },
    publisher: {
      seed: async () => void say('seed'),
      clean: async () => {},
      servesAll: () => true,
      unseed: async () => void say('unseed'),
      announce: async () => Boolean(say('announce')),
      async publish(_communityId, claim) {
        if (claim === null) return 0
        await made.publish()
        say('publish')
        return (await store.archives.claim(cid, claim.cuts, claim.partitions, clock.now())).length
      },
    },
  }
  made.scheduler = new ArchiveScheduler(parts)
  return made
}

describe('the owner’s loop', () => {
  it('seeds, catches up, compares, announces, and only then decides', async () => {
    const home = await owner()
    await home.hear(START - 2 * WEEK)
    home.catchUp = async () => void home.calls.push('catch up')
    home.scheduler.start(cid)
    await home.clock.advance(0)
    expect(home.calls).toEqual(['seed', 'catch up', 'reconcile', 'announce', 'catch up', 'publish'])
    expect(home.scheduler.status(cid)).toMatchObject({ running: true, startedAs: 'C' })
  })

  it('knows the three cases of a start', async () => {
    const empty = await owner()
    empty.scheduler.start(cid)
    await empty.clock.advance(0)
    expect(empty.scheduler.status(cid).startedAs).toBe('A')
    await empty.hear(START)
    await empty.restart()
    expect(empty.scheduler.status(cid)).toMatchObject({ startedAs: 'B', nextAt: (START + WEEK + 120) * 1000 })
    empty.clock.jump((START + 2 * WEEK) * 1000)
    await empty.restart()
    expect(empty.scheduler.status(cid).startedAs).toBe('C')
  })

  it('is there once, however often it is started, and leaves no timer when it is stopped', async () => {
    const home = await owner()
    for (let i = 0; i < 3; i += 1) home.scheduler.start(cid)
    await home.clock.advance(0)
    expect(home.calls.filter((call) => call === 'seed').length).toBe(1)
    expect(home.clock.pending).toBe(3)
    await Promise.all([home.scheduler.stop(cid), home.scheduler.stop(cid)])
    expect(home.calls.at(-1)).toBe('unseed')
    expect(home.clock.pending).toBe(0)
    await expect(home.scheduler.archiveNow(cid)).rejects.toMatchObject({ code: 'not-running' })
  })

  it('ends before it begins again, however quickly it is switched off and on', async () => {
    const home = await owner()
    await home.hear(START - 2 * WEEK)
    const gate = Promise.withResolvers<void>()
    home.publish = () => gate.promise
    home.scheduler.start(cid)
    await home.clock.advance(0)
    for (let i = 0; i < 3; i += 1) {
      void home.scheduler.stop(cid)
      home.scheduler.start(cid)
    }
    await home.clock.advance(0)
    expect(home.calls.filter((call) => call === 'seed').length).toBe(1)
    gate.resolve()
    await home.clock.advance(0)
    const switches = home.calls.filter((call) => call === 'seed' || call === 'unseed')
    expect(switches.at(-1)).toBe('seed')
    expect(home.scheduler.status(cid).running).toBe(true)
    expect(home.calls.filter((call) => call === 'publish').length).toBe(1)
    expect(home.clock.pending).toBe(3)
    expect((await home.archived()).length).toBe(1)
  })

  it('R1.2 “archive now” waits for what was missed, and says so when that takes long', async () => {
    const home = await owner()
    await home.hear(START - 100)
    const gate = Promise.withResolvers<void>()
    home.catchUp = () => gate.promise
    home.scheduler.start(cid)
    const asked = home.scheduler.archiveNow(cid).catch((error: unknown) => error)
    await home.clock.advance(20_000)
    expect(await asked).toMatchObject({ code: 'catching-up' })
    expect(home.calls).toEqual(['seed'])
    const again = home.scheduler.archiveNow(cid)
    gate.resolve()
    expect(await again).toBe(1)
    await home.scheduler.stop(cid)
    expect(home.clock.pending).toBe(0)
  })

  it('does not stall, archive twice or claim the future when the clock is set back by a day', async () => {
    const home = await owner(START + 24 * HOUR)
    await home.hear(START)
    home.scheduler.start(cid)
    await home.clock.advance(0)
    home.interval = 10
    await home.scheduler.intervalChanged()
    await home.hear(START + 24 * HOUR + 3)
    await home.clock.advance(130_000)
    expect((await home.archived()).length).toBe(2)
    home.clock.jump(START * 1000)
    await home.clock.advance(0)
    await home.hear(START + 5, START + 14)
    await home.clock.advance(60_000)
    const archived = await home.archived()
    expect(archived.map(({ at }) => at).sort()).toEqual([START, START + 5, START + 14, START + 24 * HOUR + 3])
    for (const { at, from, to } of archived) expect(at >= from && at < to).toBe(true)
    const now = home.clock.now() / 1000
    expect((await home.store.archives.unfinished(cid)).slice(2).every(({ to }) => to <= now)).toBe(true)
  })

  it('§13.10 a decision waits until what the store brought is durable; what comes later still gets an archive', async () => {
    const home = await owner()
    const store = Promise.withResolvers<void>()
    home.catchUp = async () => {
      await store.promise
      await home.hear(START - 2 * WEEK + 5)
    }
    await home.hear(START - 2 * WEEK)
    home.scheduler.start(cid)
    await home.clock.advance(3600_000)
    expect(await home.archived()).toEqual([])
    store.resolve()
    home.catchUp = async () => {}
    await home.clock.advance(10_000)
    const week = { from: START - 2 * WEEK, to: START - WEEK }
    expect(await home.archived()).toEqual([
      { at: START - 2 * WEEK, ...week },
      { at: START - 2 * WEEK + 5, ...week },
    ])
    await home.hear(START - 2 * WEEK + 3)
    await home.clock.advance(2 * 3600_000)
    expect((await home.archived()).at(-1)).toEqual({ at: START - 2 * WEEK + 3, ...week })
  })

  it('§13.16 a community that cannot be looked up costs a notice; the others go on', async () => {
    const home = await owner()
    const other = `0x03${'cd'.repeat(32)}` as CommunityId
    await home.hear(START - 2 * WEEK)
    home.catchUp = async (id) => {
      if (id === other) throw new Error('no such community')
    }
    home.scheduler.start(other)
    home.scheduler.start(cid)
    await home.clock.advance(60_000)
    expect(home.signals.filter(({ communityId }) => communityId === other)).toMatchObject([
      { name: 'historyArchivesNotice', detail: 'no such community' },
    ])
    expect((await home.archived()).length).toBe(1)
    await home.scheduler.stop(other)
  })

  it('§13.17 repeated changes stack no timers, and none is left after the last of them', async () => {
    const home = await owner()
    await home.hear(START)
    home.scheduler.start(cid)
    await home.clock.advance(0)
    for (const interval of [HOUR, 10, WEEK, HOUR]) {
      home.interval = interval
      await home.scheduler.intervalChanged()
      home.scheduler.lookAgain()
    }
    await home.clock.advance(0)
    expect(home.clock.pending).toBe(3)
    await home.scheduler.close()
    expect(home.clock.pending).toBe(0)
    await home.clock.advance(3 * WEEK * 1000)
    expect(home.calls).not.toContain('publish')
  })

  it('goes on asking when the store node does not answer, says so once, and archives when it does', async () => {
    const home = await owner()
    await home.hear(START - 2 * WEEK)
    let answers = false
    let asked = 0
    home.catchUp = async () => {
      asked += 1
      if (!answers) throw new Error('no store node')
    }
    home.scheduler.start(cid)
    await home.clock.advance(60_000)
    expect(home.calls).toEqual(['seed'])
    expect(asked).toBeGreaterThan(2)
    expect(home.signals.map(({ name, detail }) => [name, detail])).toEqual([['historyArchivesNotice', 'no store node']])
    answers = true
    await home.clock.advance(600_000)
    expect(home.calls).toContain('publish')
  })

  it('tries a failed publication again, later and later, and loses nothing', async () => {
    const home = await owner()
    await home.hear(START - 2 * WEEK)
    let failures = 0
    home.publish = async () => {
      failures += 1
      if (failures < 4) throw new Error('the disk is full')
    }
    home.scheduler.start(cid)
    await home.clock.advance(0)
    expect(failures).toBe(1)
    await home.clock.advance(5000)
    expect(failures).toBe(2)
    await home.clock.advance(5000)
    expect(failures).toBe(2)
    await home.clock.advance(60_000)
    expect(home.calls.filter((call) => call === 'publish').length).toBe(1)
    expect((await home.archived()).length).toBe(1)
  })

  it('closes a short partition on time although it learned of its first record late', async () => {
    const home = await owner()
    home.interval = 10
    home.scheduler.start(cid)
    await home.clock.advance(0)
    await home.clock.advance(1000)
    await home.hear(START + 1)
    await home.clock.advance(10_900)
    expect(home.calls).not.toContain('publish')
    await home.clock.advance(100)
    expect(await home.archived()).toEqual([{ at: START + 1, from: START + 1, to: START + 11 }])
  })

  it('notices within an hour that a suspended machine slept past the end of a partition', async () => {
    const home = await owner()
    await home.hear(START)
    home.scheduler.start(cid)
    await home.clock.advance(0)
    expect(home.clock.nextIn).toBeLessThanOrEqual(HOUR * 1000)
    home.clock.jump((START + WEEK + 121) * 1000)
    await home.clock.advance(HOUR * 1000)
    expect((await home.archived()).length).toBe(1)
  })

  it('announces once a day for as long as it runs', async () => {
    const home = await owner()
    home.scheduler.start(cid)
    await home.clock.advance(3 * 24 * HOUR * 1000)
    expect(home.calls.filter((call) => call === 'announce').length).toBe(4)
  })
})

type Step = { readonly do: 'hear' | 'wait' | 'interval' | 'restart' | 'stop' | 'by-hand'; readonly by: number }
const step = (name: Step['do'], by: fc.Arbitrary<number>, weight: number) => ({
  weight,
  arbitrary: by.map((value): Step => ({ do: name, by: value })),
})

/** Quick by default; more in a thorough run. */
const RUNS = Number(process.env.CHRONICLE_RUNS ?? 8)

describe('whatever happens to an owner', () => {
  it(
    'the union of its partitions is every record it received, each exactly once',
    async () => {
      const steps = fc.array(
        fc.oneof(
          step('hear', fc.nat(40 * 24 * HOUR), 5),
          step('wait', fc.nat(12 * 24 * HOUR), 4),
          step('interval', fc.constantFrom(3600, 24 * HOUR, WEEK), 1),
          step('restart', fc.constant(0), 2),
          step('stop', fc.constant(0), 1),
          step('by-hand', fc.constant(0), 1),
        ),
        { minLength: 5, maxLength: 30 },
      )
      await fc.assert(
        fc.asyncProperty(steps, async (life) => {
          const home = await owner()
          const heard: number[] = []
          home.scheduler.start(cid)
          for (const { do: what, by } of life) {
            const now = home.clock.now() / 1000
            if (what === 'hear') {
              heard.push(now - by)
              await home.hear(now - by)
            } else if (what === 'wait') await home.clock.advance(by * 1000)
            else if (what === 'restart') await home.restart()
            else if (what === 'stop') await home.scheduler.stop(cid)
            else if (what === 'interval') {
              home.interval = by
              await home.scheduler.intervalChanged()
            } else await home.scheduler.archiveNow(cid).catch(() => {})
          }
          await home.restart()
          await home.clock.advance(3 * WEEK * 1000)
          const archived = await home.archived()
          expect(archived.map(({ at }) => at).sort()).toEqual([...heard].sort())
          for (const { at, from, to } of archived) expect(at >= from && at < to).toBe(true)
          expect(await home.store.archives.unarchived(cid)).toBe(0)
          await home.scheduler.close()
          expect(home.clock.pending).toBe(0)
        }),
        { numRuns: RUNS },
      )
    },
    30_000 + RUNS * 3000,
  )
})
