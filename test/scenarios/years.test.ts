/**
 * Ten years of owners who come and go. Reproduce a run with CHRONICLE_SEED, make more with CHRONICLE_RUNS.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Said } from './support/life-parts.ts'
import { BIRTH, DAY, HOUR, happenings, OwnerLife, type Step, WEEK } from './support/owner-life.ts'

const RUNS = Number(process.env.CHRONICLE_RUNS ?? 10)
const seed = Number(process.env.CHRONICLE_SEED ?? Date.now() % 1_000_000_000)
const YEARS = 10 * 365 * DAY

const step: fc.Arbitrary<Step> = fc.record({
  offline: fc.oneof(
    { weight: 1, arbitrary: fc.integer({ min: 60, max: 12 * HOUR }) },
    { weight: 5, arbitrary: fc.integer({ min: DAY, max: 27 * DAY }) },
    { weight: 2, arbitrary: fc.integer({ min: 25 * DAY, max: 45 * DAY }) },
  ),
  online: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 30, max: 3 * HOUR }) },
    { weight: 1, arbitrary: fc.integer({ min: 3 * HOUR, max: 36 * HOUR }) },
  ),
  rate: fc.constantFrom(0, 0.1, 0.5, 2),
  late: fc.constantFrom(0, 0, 0, 1, 2),
  again: fc.constantFrom(0, 0, 1, 2),
  happens: fc.oneof(
    { weight: 8, arbitrary: fc.constant('nothing' as const) },
    { weight: 5, arbitrary: fc.constantFrom(...happenings) },
    // Else every life would end with daily archives.
    { weight: 1, arbitrary: fc.constant('weekly interval' as const) },
  ),
  seed: fc.nat(),
})
const STEPS = 215
/** About ten years. */
const whole = fc.array(step, { minLength: STEPS, maxLength: STEPS })
const anyPart = fc.array(step, { minLength: 1, maxLength: STEPS })

/** Whole lives, of which any part may be looked at to find what is wrong with them. */
class Life extends fc.Arbitrary<Step[]> {
  generate(random: fc.Random, bias: number | undefined): fc.Value<Step[]> {
    return new fc.Value(whole.generate(random, bias).value, undefined)
  }
  canShrinkWithoutContext(value: unknown): value is Step[] {
    return anyPart.canShrinkWithoutContext(value)
  }
  shrink(value: Step[], context: unknown): fc.Stream<fc.Value<Step[]>> {
    return anyPart.shrink(value, context)
  }
}

/** Online one hour every third day, in a community that says a word a day. */
const everyThirdDay: Step[] = Array.from({ length: Math.ceil(YEARS / (3 * DAY)) }, (_, i) => ({
  offline: 3 * DAY - HOUR,
  online: HOUR,
  rate: 1,
  late: 0,
  again: 0,
  happens: 'nothing',
  seed: i,
}))

async function lived(steps: readonly Step[], check: (life: OwnerLife) => Promise<void>): Promise<void> {
  const owner = new OwnerLife()
  try {
    for (const one of steps) await owner.live(one)
    await owner.settle()
    await check(owner)
  } finally {
    await owner.end()
  }
}

async function nothingIsLost(owner: OwnerLife): Promise<void> {
  for (const engine of [owner.torrent, owner.codex].filter(({ kind }) => owner.distribution.includes(kind))) {
    const archives = owner.archives(engine)
    const archived = archives.flatMap(({ said }) => said.map(({ n }) => n))
    expect(archived.toSorted((a, b) => a - b)).toEqual([...owner.received].sort((a, b) => a - b))
    for (const { from, to, said } of archives) expect(said.every(({ at }) => at >= from && at < to)).toBe(true)
    for (const [i, set] of engine.sets.entries()) {
      const ids = new Set(set.entries.map(({ id }) => id))
      expect(engine.sets[i - 1]?.entries.every(({ id }) => ids.has(id)) ?? true).toBe(true)
    }
  }
  const gaps = await owner.gaps()
  const inGap = ({ at }: Said) => gaps.some(({ from, to }) => at * 1000 >= from && at * 1000 < to)
  const misled = ({ at }: Said) => owner.misled.some((end) => at >= end - 1 && at < end + DAY)
  const vanished = owner.said.filter((one) => !owner.received.has(one.n) && !inGap(one) && !misled(one))
  expect(vanished.map(({ at }) => at - BIRTH)).toEqual([])
}

it(
  `ten years: the archives hold what was received, each message once, and the rest is said to be missing (seed ${seed})`,
  async () => {
    let records = 0
    let freed = 0
    await fc.assert(
      fc.asyncProperty(new Life(), (steps) =>
        lived(steps, async (owner) => {
          await nothingIsLost(owner)
          records += owner.received.size
          freed += owner.freed
        }),
      ),
      { numRuns: RUNS, seed, interruptAfterTimeLimit: 60_000 + RUNS * 30_000 },
    )
    console.log(`seed ${seed}: ${RUNS} lives, ${records} records archived, ${freed} of them freed`)
  },
  60_000 + RUNS * 60_000,
)

it(
  'R2.1 ten years of an owner online one hour every third day: one archive for each week in which somebody spoke',
  () =>
    lived(everyThirdDay, async (owner) => {
      await nothingIsLost(owner)
      expect(owner.age).toBeGreaterThan(YEARS)
      const [first] = owner.said
      const weeks = new Set(owner.said.map(({ at }) => Math.floor((at - (first?.at ?? 0)) / WEEK)))
      expect(owner.archives(owner.torrent).length).toBe(weeks.size)
      expect(owner.torrent.sets.length).toBeLessThanOrEqual(weeks.size)
      const { records, oldestKept } = await owner.retention()
      expect(records).toBe(0)
      expect(oldestKept).toBeGreaterThan(BIRTH + YEARS - 60 * DAY)
    }),
  600_000,
)
