/**
 * What many members cost an owner with a slow line: `npm run bench -- crowd`. Members who come together give each other
 * what they have, so that twenty of them do not take twenty times as long as one. CHRONICLE_BENCH_FULL=1 adds 50, and a longer history.
 */
import { afterAll, describe, expect, it } from 'vitest'
import type { DistributionEngine, StagedArchive } from '../../src/main/distribution/engine.ts'
import { communityA, plainCodec, stage, temporaryFolder } from '../support/torrent.ts'
import { startEngine } from '../support/torrent-engines.ts'
import { type Figure, FULL_SIZE, figure, holds, median, table, timed, writeReport } from './support/figures.ts'

const PIECE = 102_400
const ARCHIVES = FULL_SIZE ? 40 : 8
/** bytes a second that the owner gives, to all members together */
const LINE = 1_000_000
const CROWDS = FULL_SIZE ? [5, 20, 50] : [5, 20]
const ROUNDS = 3
const SIZE = (ARCHIVES * 10 * PIECE) / 1e6

const meaning = `
- ${SIZE.toFixed(1)} MB in ${ARCHIVES} archives; the owner gives 1 MB a second in all, and members hold nothing back. All members
  begin at once, knowing the owner alone, and are told of each other by peer exchange; the time ends when the last one has
  everything, verified and on the disk. If each had all of it from the owner, n members would take n times as long as one;
  all of them ask for the newest archives first, which leaves them little to give each other.
- Every engine is in this process, each in its own thread: on a small machine a crowd is bound by the processors, too.
`
const figures: Figure[] = []

afterAll(() => {
  console.log(`\n${table(figures)}\n`)
  if (figures.length === CROWDS.length) writeReport('Many members', figures, meaning)
})

/** ms until the last one has everything. */
async function crowd(count: number): Promise<number> {
  const owner = await startEngine({ uploadLimit: LINE, discovery: { pex: true } })
  const folder = temporaryFolder()
  const staged: StagedArchive[] = []
  for (let week = 0; week < ARCHIVES; week += 1) staged.push(await stage(folder, week, 10 * PIECE - 7))
  const { link, entries } = await owner.publish(communityA, null, staged, plainCodec)
  const members: DistributionEngine[] = []
  for (let n = 0; n < count; n += 1) members.push(await startEngine({ discovery: { pex: true } }))
  const took = await timed(() =>
    Promise.all(
      members.map(async (member) => {
        await member.openIndex(communityA, link, { timeout: 300_000 })
        const patient = { timeout: 300_000 }
        await Promise.all(entries.map((entry) => member.fetch(communityA, link, entry, patient)))
      }),
    ),
  )
  await Promise.all([owner, ...members].map((engine) => engine.stop()))
  return took
}

describe('members of an owner with a slow line', () => {
  it('take less time together than one after the other', async () => {
    const alone: number[] = []
    const together = new Map(CROWDS.map((count): [number, number[]] => [count, []]))
    for (let round = 0; round < ROUNDS; round += 1) {
      alone.push(await crowd(1))
      for (const [count, times] of together) times.push(await crowd(count))
    }
    const seconds = (times: readonly number[]) => (median(times) / 1000).toFixed(1)
    for (const [count, times] of together) {
      const sides = `${seconds(times)} and ${seconds(alone)} s`
      const name = `${count} members from one owner, over one member`
      figures.push(figure({ name, limit: { atMost: count }, sides }, times, alone))
    }
    for (const one of figures) expect.soft(holds(one), `${one.name}: ${one.ratio}`).toBe(true)
  })
})
