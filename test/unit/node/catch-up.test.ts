import { afterEach, describe, expect, it } from 'vitest'
import { CatchUp, missing } from '../../../src/main/node/catch-up.ts'
import { type Gap, openStoreInThread, type Store } from '../../../src/main/store/index.ts'
import type { CommunityId, ContentTopic, Millis } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const cid = `0x02${'ab'.repeat(32)}` as CommunityId
const topics = ['/waku/1/0xc09a9d22/rfc26', '/waku/1/0xee8f0aa5/rfc26'] as ContentTopic[]
const HOUR = 3600_000
const DAY = 24 * HOUR
const START = 1_700_000_000_000
const never = new AbortController().signal

interface Asked {
  readonly from: number
  readonly to: number
  readonly topics: readonly ContentTopic[] | undefined
}

const stores: Store[] = []
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
})

async function home() {
  const clock = new FakeClock(START)
  const store = await openStoreInThread(':memory:', clock)
  stores.push(store)
  const asked: Asked[] = []
  const gaps: Gap[] = []
  const made = {
    clock,
    store,
    asked,
    gaps,
    answer: async () => {},
    /** As after a restart: what is not in the database is forgotten. */
    open: () =>
      new CatchUp({
        store,
        clock,
        communities: { contentTopics: () => topics },
        intake: {
          async catchUp({ from, to, topics: named }) {
            asked.push({ from, to, topics: named })
            await made.answer()
            return 0
          },
        },
        onGap: (_id, gap) => gaps.push(gap),
      }),
  }
  return made
}

describe('what a node asks the store for', () => {
  it('is 30 days of every channel at first, then what is new since it last asked', async () => {
    const { open, clock, asked } = await home()
    const catchUp = open()
    await catchUp.run(cid, never)
    expect(asked).toEqual([{ from: START - 30 * DAY, to: START, topics }])
    await clock.advance(5 * HOUR)
    await catchUp.run(cid, never)
    expect(asked.at(-1)).toMatchObject({ from: START - 120_000, to: START + 5 * HOUR })
  })

  it('is asked again when it could not be had, and the mark stays where it was', async () => {
    const made = await home()
    const catchUp = made.open()
    made.answer = async () => {
      throw new Error('no store node')
    }
    await expect(catchUp.run(cid, never)).rejects.toThrow('no store node')
    expect(await made.store.sync.fetchedUpTo(cid)).toBeNull()
    made.answer = async () => {}
    await catchUp.run(cid, never)
    expect(made.asked.map(({ from }) => from)).toEqual([START - 30 * DAY, START - 30 * DAY])
  })

  it('is asked for once where two want it, and anew where the first of them gave up', async () => {
    const made = await home()
    const catchUp = made.open()
    const gate = Promise.withResolvers<void>()
    const first = new AbortController()
    made.answer = () => gate.promise
    const both = [catchUp.run(cid, first.signal), catchUp.run(cid, never)]
    await made.clock.advance(0)
    made.answer = async () => {}
    first.abort(new Error('logged out'))
    const third = catchUp.run(cid, never)
    gate.reject(new Error('logged out'))
    await Promise.allSettled(both)
    await expect(third).resolves.toBeUndefined()
    expect(made.asked.length).toBe(2)
  })

  it('R2.5 an owner offline for 40 days with a store that keeps 30 is told of 10 days as a gap, once', async () => {
    const { open, clock, store, asked, gaps } = await home()
    await open().run(cid, never)
    await clock.advance(40 * DAY)
    const gap = { from: START, to: START + 10 * DAY }
    const catchUp = open()
    await catchUp.run(cid, never)
    expect(asked.at(-1)).toMatchObject({ from: START + 10 * DAY, to: START + 40 * DAY })
    expect(gaps).toEqual([gap])
    await catchUp.run(cid, never)
    await open().run(cid, never)
    expect(gaps.length).toBe(1)
    expect(await store.sync.gaps(cid)).toEqual([gap])
  })

  it('is everything a store keeps when the clock was set back by a day, and no future is claimed', async () => {
    const { open, clock, store, asked, gaps } = await home()
    const catchUp = open()
    await catchUp.run(cid, never)
    clock.jump(START - DAY)
    await catchUp.run(cid, never)
    expect(asked.at(-1)).toMatchObject({ from: START - 31 * DAY, to: START - DAY })
    expect(await store.sync.fetchedUpTo(cid)).toBe(START - DAY)
    expect(gaps).toEqual([])
  })

  it('reaches back more than a day after a start: the clock may have run ahead when the mark was set', () => {
    const mark = START as Millis
    expect(missing(mark, (START + 2 * DAY) as Millis, 25 * HOUR).from).toBe(START - 25 * HOUR)
    expect(missing(null, mark, 0, (START - 40 * DAY) as Millis).gap).toEqual({
      from: START - 40 * DAY,
      to: START - 30 * DAY,
    })
    expect(missing(mark, (START - 60_000) as Millis)).toEqual({ from: START - 180_000, gap: null })
  })
})
