/** The torrent engine by itself, with made-up bytes and with an index of the same length whatever there is. */
import type { DistributionEngine, PublishedSet, StagedArchive } from '../../../src/main/distribution/engine.ts'
import { bytesOf, communityA, plainCodec, stage, temporaryFolder } from '../../support/torrent.ts'
import { startEngine } from '../../support/torrent-engines.ts'

/** bytes */
const week = 90_000
const index = bytesOf('index', 60_000)
const codec = { ...plainCodec, encode: async () => index }

export interface LoneEngine {
  readonly engine: DistributionEngine
  readonly staging: string
  set: PublishedSet
}

/** An engine that has published so many weeks; stopped after the test. */
export async function engineWith(weeks: number): Promise<LoneEngine> {
  const [engine, staging] = [await startEngine(), temporaryFolder()]
  const staged: StagedArchive[] = []
  for (let n = 0; n < weeks; n += 1) staged.push(await stage(staging, n, week))
  return { engine, staging, set: await engine.publish(communityA, null, staged, codec) }
}

/** One week more: ms, and the bytes that were hashed beyond the index. */
export async function addWeek(lone: LoneEngine): Promise<{ readonly took: number; readonly hashed: number }> {
  const { engine, staging, set } = lone
  const staged = await stage(staging, set.entries.length, week)
  const before = engine.status().hashed
  const began = performance.now()
  lone.set = await engine.publish(communityA, set, [staged], codec)
  return { took: performance.now() - began, hashed: engine.status().hashed - before - index.length }
}
