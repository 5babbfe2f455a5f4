import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Cut,
  changeInterval,
  closingLag,
  cutNow,
  duePartitions,
  type NextRecord,
  type Partition,
  partitionOf,
  type Schedule,
  WEEK,
} from '../../../src/main/archives/schedule.ts'
import type { Millis, Seconds } from '../../../src/shared/domain.ts'

const s = (n: number): Seconds => n as Seconds
const ms = (n: number): Millis => (n * 1000) as Millis
const range = (from: number, to: number): Partition => ({ from: s(from), to: s(to) })
const records =
  (...times: number[]): NextRecord =>
  (from) => {
    const at = times.filter((t) => t >= from).sort((a, b) => a - b)[0]
    return at === undefined ? null : s(at)
  }
const START = 1_700_000_000
const fresh: Schedule = { cuts: [], archived: [], interval: WEEK }
const running: Schedule = { ...fresh, cuts: [{ start: s(START), interval: WEEK }] }

describe('partitions', () => {
  it('R2.1 the first partition starts at the first record’s second and closes after the lag', async () => {
    const almost = await duePartitions(fresh, ms(START + WEEK + 119), records(START + 5))
    expect(almost.partitions).toEqual([])
    expect(almost.nextAt).toBe(ms(START + 5 + WEEK + 120))
    const due = await duePartitions(fresh, ms(START + 5 + WEEK + 120), records(START + 5))
    expect(due.partitions).toEqual([range(START + 5, START + 5 + WEEK)])
    expect(due.cuts).toEqual([{ start: START + 5, interval: WEEK }])
  })

  it('R2.1 the lag is a tenth of a short interval and two minutes of a long one', () => {
    expect(closingLag(10)).toBe(1)
    expect(closingLag(80)).toBe(8)
    expect(closingLag(WEEK)).toBe(120)
  })

  it('R2.1 an owner online one hour every third day gets one archive for 7 days, not many', async () => {
    const day = 24 * 3600
    const archived: Partition[] = []
    let cuts: readonly Cut[] = []
    const left = new Set(Array.from({ length: 28 }, (_, i) => START + i * day))
    for (let visit = 0; visit <= 30 * day; visit += 3 * day) {
      const seen = [...left].filter((t) => t <= START + visit)
      const due = await duePartitions({ cuts, archived, interval: WEEK }, ms(START + visit), records(...seen))
      cuts = due.cuts
      for (const partition of due.partitions) {
        archived.push(partition)
        for (const t of seen) if (t >= partition.from && t < partition.to) left.delete(t)
      }
    }
    expect(archived).toEqual([0, 1, 2, 3].map((i) => range(START + i * WEEK, START + (i + 1) * WEEK)))
    expect(left.size).toBe(0)
  })

  it('R2.1 empty partitions are skipped, one archive for each full week missed', async () => {
    const times = records(START, START + WEEK + 1, START + 5 * WEEK, START + 6 * WEEK + 3)
    const due = await duePartitions(running, ms(START + 6 * WEEK + 200), times)
    expect(due.partitions).toEqual([
      range(START, START + WEEK),
      range(START + WEEK, START + 2 * WEEK),
      range(START + 5 * WEEK, START + 6 * WEEK),
    ])
    expect(due.nextAt).toBe(ms(START + 7 * WEEK + 120))
  })

  it('R2.1 the owner may close the running partition by hand: it ends now, without a lag', async () => {
    const now = START + WEEK + 1000
    const cuts = cutNow(running, ms(now), s(START + WEEK + 10))
    const due = await duePartitions({ ...running, cuts }, ms(now), records(START + WEEK + 10, now), { byHand: true })
    expect(due.partitions).toEqual([range(START + WEEK, now)])
    expect(partitionOf({ ...running, cuts }, s(now))).toEqual(range(now, now + WEEK))
  })

  it('closing by hand with nothing recorded leaves the grid alone', () => {
    expect(cutNow(running, ms(START + 50), null)).toEqual(running.cuts)
    expect(cutNow(fresh, ms(START), s(START))).toEqual([])
  })

  it('R2.2 a changed interval applies from now on; the pending past stays one partition', async () => {
    const change = START + WEEK + 3 * 24 * 3600
    const cuts = changeInterval(running, 10, ms(change), s(START))
    const schedule = { ...running, cuts }
    const due = await duePartitions(schedule, ms(change + 300), records(START, START + WEEK + 5, change, change + 11))
    expect(due.partitions).toEqual([
      range(START, START + WEEK),
      range(START + WEEK, change),
      range(change, change + 10),
      range(change + 10, change + 20),
    ])
  })

  it('R2.2 the grid of the old interval is fixed by the first record even when nothing was archived yet', () => {
    const cuts = changeInterval(fresh, 10, ms(START + 100), s(START))
    expect(cuts).toEqual([
      { start: START, interval: WEEK },
      { start: START + 100, interval: 10 },
    ])
    expect(changeInterval(fresh, 10, ms(START), null)).toEqual([])
  })

  it('R2.2 what a clock that ran ahead cut off counts no more when it is set back, and no future is claimed', async () => {
    const day = 24 * 3600
    const now = START + 3 * day
    // A day ahead, the interval became 10 s and the running partition was closed by hand.
    const ahead: Schedule = {
      ...running,
      cuts: [...running.cuts, { start: s(now + day), interval: 10 }],
      archived: [range(START, now + day)],
    }
    expect(changeInterval(ahead, 10, ms(now), s(now - 5))).toEqual([
      { start: START, interval: WEEK },
      { start: now, interval: 10 },
    ])
    const cuts = cutNow(ahead, ms(now), s(now - 5))
    const due = await duePartitions({ ...ahead, cuts }, ms(now), records(now - 5), { byHand: true })
    expect(due.partitions).toEqual([range(START, now)])
    const later = await duePartitions(ahead, ms(now + 3600), records(now - 5))
    expect(later.partitions).toEqual([])
    expect(later.nextAt).toBe(ms(START + WEEK + 120))
  })

  it('R2.3 a late record goes to a further archive of its own, already archived, partition', async () => {
    const archived = [range(START, START + WEEK), range(START + WEEK, START + 2 * WEEK)]
    const now = ms(START + 2 * WEEK + 500)
    const due = await duePartitions({ ...running, archived }, now, records(START + 99))
    expect(due.partitions).toEqual([range(START, START + WEEK)])
  })

  it('R2.3 a record older than everything gets a cell counted back from the first', async () => {
    const archived = [range(START, START + WEEK)]
    const due = await duePartitions({ ...running, archived }, ms(START + WEEK), records(START - 1, START - WEEK - 1))
    expect(due.partitions).toEqual([range(START - 2 * WEEK, START - WEEK), range(START - WEEK, START)])
    expect(partitionOf(running, s(0)).from).toBe(0)
  })

  it('an adopted index with odd ranges is kept: new cells end where its ranges begin', () => {
    const archived = [range(START + 100, START + 200), range(START + 150, START + 160)]
    const schedule = { ...running, archived }
    expect(partitionOf(schedule, s(START))).toEqual(range(START, START + 100))
    expect(partitionOf(schedule, s(START + 120))).toEqual(range(START + 100, START + 200))
    expect(partitionOf(schedule, s(START + 155))).toEqual(range(START + 150, START + 160))
    expect(partitionOf(schedule, s(START + 200))).toEqual(range(START + 200, START + WEEK))
  })

  it('records dated in the future are never due and cost one step', async () => {
    let steps = 0
    const next: NextRecord = (from) => {
      steps += 1
      return s(Math.max(from, START + 50 * WEEK))
    }
    const due = await duePartitions(running, ms(START + WEEK), next)
    expect(due.partitions).toEqual([])
    expect(steps).toBe(1)
  })
})

/** A whole life of an owner's node, in memory: what the store and the scheduler do with the rules above. */
type Step =
  | { readonly do: 'receive'; readonly late: number }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'interval'; readonly seconds: number }
  | { readonly do: 'run' }
  | { readonly do: 'by-hand' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(40 * 24 * 3600).map((late) => ({ do: 'receive' as const, late })) },
  {
    weight: 3,
    arbitrary: fc.integer({ min: -86_400, max: 20 * 24 * 3600 }).map((seconds) => ({ do: 'wait' as const, seconds })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(10, 80, 3600, WEEK).map((seconds) => ({ do: 'interval' as const, seconds })),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'run' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'by-hand' as const }) },
)

describe('the union of partitions', () => {
  it('covers every record exactly once over changed intervals, late records, restarts and clocks that jump', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        let now = START
        let interval = WEEK
        let cuts: readonly Cut[] = []
        const archived: Partition[] = []
        const pending: number[] = []
        const taken: { at: number; by: Partition }[] = []
        let received = 0
        const schedule = (): Schedule => ({ cuts, archived, interval })
        const first = () => (pending.length > 0 ? s(Math.min(...pending)) : null)
        const run = async (byHand: boolean) => {
          if (byHand) cuts = cutNow(schedule(), ms(now), first())
          const due = await duePartitions(schedule(), ms(now), records(...pending), { byHand })
          cuts = due.cuts
          for (const partition of due.partitions) {
            expect(partition.from).toBeLessThan(partition.to)
            expect(partition.to * 1000).toBeLessThanOrEqual(ms(now))
            const mine = pending.filter((t) => t >= partition.from && t < partition.to)
            expect(mine.length).toBeGreaterThan(0)
            const known = archived.some(({ from, to }) => from === partition.from && to === partition.to)
            if (!known) {
              // A range that ends in the future was made by a clock that ran ahead: it is overlapped, never asked.
              const past = archived.filter(({ to }) => to <= now + 120)
              expect(past.every(({ from, to }) => to <= partition.from || partition.to <= from)).toBe(true)
              archived.push(partition)
            }
            for (const at of mine) taken.push({ at, by: partition })
            pending.splice(0, pending.length, ...pending.filter((t) => !mine.includes(t)))
          }
        }
        for (const next of steps) {
          if (next.do === 'receive') {
            pending.push(Math.max(0, now - next.late))
            received += 1
          } else if (next.do === 'wait') now += next.seconds
          else if (next.do === 'interval') {
            cuts = changeInterval(schedule(), next.seconds, ms(now), first())
            interval = next.seconds
          } else await run(next.do === 'by-hand')
        }
        now += 100 * WEEK
        await run(false)
        expect(pending).toEqual([])
        expect(taken.length).toBe(received)
        for (const { at, by } of taken) expect(at >= by.from && at < by.to).toBe(true)
        for (const [i, cut] of cuts.entries()) expect(cut.start).toBeGreaterThan(cuts[i - 1]?.start ?? -1)
      }),
      { numRuns: 60 },
    )
  })
})
