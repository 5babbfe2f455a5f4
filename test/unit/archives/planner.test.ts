import { describe, expect, it } from 'vitest'
import { type DownloadPlan, type PlanInput, planDownload, planSteps } from '../../../src/main/archives/plan.ts'
import { Planner } from '../../../src/main/archives/planner.ts'
import type { ArchiveEntry } from '../../../src/main/distribution/engine.ts'
import type { ArchiveId, Millis, Seconds } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'

/** In no order of their times, as an index lists them. */
const entries = (count: number): ArchiveEntry[] =>
  Array.from({ length: count }, (_one, n) => {
    const from = ((n * 7919) % count) as Seconds
    const locator = { kind: 'torrent', offset: n, size: 1, padding: 0 } as const
    return { id: `${n}` as ArchiveId, from, to: (from + 1) as Seconds, topics: [], locator }
  })
const input = (count: number): PlanInput => ({
  indexes: [{ engine: 'torrent', clock: 1 as Millis, entries: entries(count), refused: [] }],
  held: new Map(),
  wanted: { kind: 'all' },
  preference: { first: 'both', fallback: true },
  failing: new Set(),
  underWay: new Set(),
})
/** Turns of the event loop until something holds. */
async function turnsUntil(holds: () => boolean): Promise<number> {
  let turns = 0
  for (; !holds(); turns += 1) await new Promise((resolve) => setImmediate(resolve))
  return turns
}

describe('planning by an index of ten thousand entries', () => {
  it('is done in many short steps, and what comes out is in order', () => {
    let steps = 0
    for (const all = planSteps(input(10_000)); !all.next().done; ) steps += 1
    // More work in a step is more time in which nobody is answered.
    expect(steps).toBeGreaterThanOrEqual(60)
    const { fetch } = planDownload(input(10_000))
    expect(fetch.map(({ entry }) => entry.to)).toEqual(Array.from({ length: 10_000 }, (_one, n) => 10_000 - n))
  })

  it('gives way to other work, and is not done again and again whatever changes', async () => {
    const plans: DownloadPlan[] = []
    let asked = 0
    const clock = new FakeClock()
    const ask = () => {
      asked += 1
      return input(10_000)
    }
    const planner = new Planner(clock, ask, (plan) => plans.push(plan))
    expect(planner.plan()).toBeNull()
    expect(await turnsUntil(() => plans.length > 0)).toBeGreaterThan(1)
    expect(plans[0]?.fetch).toHaveLength(10_000)
    expect(planner.isCurrent).toBe(true)
    for (let n = 0; n < 100; n += 1) {
      planner.outdate()
      expect(planner.plan()).toBeNull()
    }
    expect(asked).toBe(1)
    expect(planner.isCurrent).toBe(false)
    await clock.advance(60_000)
    await turnsUntil(() => plans.length > 1)
    expect(asked).toBe(2)
    planner.close()
    expect(clock.pending).toBe(0)
  })

  it('a small one is there at once, each time', () => {
    const planner = new Planner(
      new FakeClock(),
      () => input(100),
      () => expect.fail('it was made later'),
    )
    expect(planner.plan()?.fetch).toHaveLength(100)
    expect(planner.plan()).toBeNull()
    planner.outdate()
    expect(planner.plan()?.fetch).toHaveLength(100)
  })
})
