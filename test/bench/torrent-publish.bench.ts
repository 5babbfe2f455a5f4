/**
 * What one new week costs the torrent engine after 10 and after 520 weeks (RULES.md R8.3: in one run, alternating,
 * medians of nine). Both write an index of the same length, so that its own bytes do not count.
 */
import { describe, expect, it } from 'vitest'
import type { DistributionEngine, PublishedSet, StagedArchive } from '../../src/main/distribution/engine.ts'
import { bytesOf, communityA, plainCodec, stage, temporaryFolder } from '../support/torrent.ts'
import { startEngine } from '../support/torrent-engines.ts'

const rounds = 9
const weekBytes = 90_000
const piece = 102_400
const index = bytesOf('index', 60_000)
const codec = { ...plainCodec, encode: async () => index }

interface History {
  readonly engine: DistributionEngine
  readonly staging: string
  set: PublishedSet
  readonly times: number[]
  readonly hashed: number[]
}

async function historyOf(weeks: number): Promise<History> {
  const [engine, staging] = [await startEngine(), temporaryFolder()]
  const staged: StagedArchive[] = []
  for (let week = 0; week < weeks; week += 1) staged.push(await stage(staging, week, weekBytes))
  const set = await engine.publish(communityA, null, staged, codec)
  return { engine, staging, set, times: [], hashed: [] }
}

async function addWeek(history: History): Promise<void> {
  const staged = await stage(history.staging, history.set.entries.length, weekBytes)
  const before = history.engine.status().hashed
  const began = performance.now()
  history.set = await history.engine.publish(communityA, history.set, [staged], codec)
  history.times.push(performance.now() - began)
  history.hashed.push(history.engine.status().hashed - before)
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

describe('one new week', () => {
  it('costs after 520 weeks at most 1.5 times what it costs after 10, and hashes the same', async () => {
    const short = await historyOf(10)
    const long = await historyOf(520)
    for (let round = 0; round < rounds; round += 1) for (const history of [short, long]) await addWeek(history)
    for (const { hashed } of [short, long]) expect(hashed).toEqual(Array(rounds).fill(piece + index.length))
    const show = (times: readonly number[]) => times.map((time) => time.toFixed(0)).join(' ')
    const ratio = median(long.times) / median(short.times)
    console.log(`after 10 weeks  ${show(short.times)} ms, median ${median(short.times).toFixed(1)}`)
    console.log(
      `after 520 weeks ${show(long.times)} ms, median ${median(long.times).toFixed(1)}, ratio ${ratio.toFixed(2)}`,
    )
    expect(ratio).toBeLessThanOrEqual(1.5)
  })
})
