/**
 * What ten years of archives cost at the start: `npm run bench -- restart`. An owner's rooms until the archives are served
 * again, and a member's engine until it has looked at what it holds. CHRONICLE_BENCH_FULL=1 takes 520 weeks.
 */
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openRooms } from '../support/history-rooms.ts'
import { communityId } from '../support/people.ts'
import { communityA, temporaryFolder } from '../support/torrent.ts'
import { startEngine } from '../support/torrent-engines.ts'
import { engineWith } from './support/engine-alone.ts'
import { type Figure, FULL_SIZE, figure, holds, median, ROUNDS, table, timed, writeReport } from './support/figures.ts'
import { ownerOf, until } from './support/owners.ts'

const MANY = FULL_SIZE ? 520 : 100
const FEW = 10

const meaning = `
- **An owner**: database, engine and archives of one community opened again, until it is served; ${MANY} archived weeks against
  ${FEW}.
- **A member**: the torrent engine started again in a folder with ${MANY} archives of 90 kB against ${FEW}, until it has looked at
  what it holds and serves it. After a clean stop nothing is hashed.
`
const figures: Figure[] = []
const ms = (values: readonly number[]) => `${median(values).toFixed(0)} ms`

afterAll(() => {
  console.log(`\n${table(figures)}\n`)
  if (figures.length === 2) writeReport('Starting again', figures, meaning)
})

function show(name: string, limit: number, times: readonly [readonly number[], readonly number[]]): void {
  const one = figure({ name, limit: { atMost: limit }, sides: times.map(ms).join(' and ') }, ...times)
  figures.push(one)
  expect.soft(holds(one), `${one.name}: ${one.ratio}`).toBe(true)
}

/** Rounds of both sides in turn, the first one for warming up. */
async function alternate(sides: readonly (() => Promise<number>)[]): Promise<[number[], number[]]> {
  const times: [number[], number[]] = [[], []]
  for (let round = -1; round < ROUNDS; round += 1)
    for (const [side, run] of sides.entries()) {
      const took = await run()
      if (round >= 0) times[side]?.push(took)
    }
  return times
}

describe('starting again', () => {
  it('an owner serves ten years nearly as soon as ten weeks', async () => {
    const owners = [await ownerOf(MANY), await ownerOf(FEW)]
    try {
      let sides = owners.map(({ rooms }) => rooms)
      for (const rooms of sides) await rooms.close()
      const again = owners.map(({ network }, side) => async () => {
        const took = await timed(async () => {
          const rooms = await openRooms({ folder: join(dirname(network), 'owner'), network, role: 'owner' })
          sides = sides.with(side, rooms)
          rooms.archives.startOwner(communityId)
          await until(() => rooms.engine.status().transfers.some(({ seeding }) => seeding))
        })
        await sides[side]?.close()
        return took
      })
      show(`An owner's start with ${MANY} archived weeks, over with ${FEW}`, 2, await alternate(again))
    } finally {
      for (const owner of owners) await owner.close().catch(() => {})
    }
  })

  it('a member has looked at ten years nearly as soon as at ten weeks', async () => {
    const sides: (() => Promise<number>)[] = []
    for (const weeks of [MANY, FEW]) {
      const { engine: owner, set } = await engineWith(weeks)
      const member = await startEngine({ root: temporaryFolder() })
      await member.openIndex(communityA, set.link)
      await Promise.all(set.entries.map((entry) => member.fetch(communityA, set.link, entry)))
      await member.stop()
      await owner.stop()
      sides.push(async () => {
        const took = await timed(async () => {
          await member.start()
          await member.seed(communityA, set.link, true)
        })
        expect(member.status().hashed).toBe(0)
        const [held] = member.status().transfers
        expect(held?.bytesDone).toBe(held?.bytesTotal)
        await member.stop()
        return took
      })
    }
    show(`A member's look at ${MANY} archives, over at ${FEW}`, 2, await alternate(sides))
  })
})
