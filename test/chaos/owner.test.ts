/** RULES.md R8.2, R1.1: an owner's node killed while it hears, archives, publishes and announces. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type Said, say } from '../support/history-said.ts'
import { checkOwnerAtRest, checkServed } from './support/checks.ts'
import { type NodeTask, runForAWhile, runNode, runUntilCrash } from './support/node-task.ts'
import { chance, kinds, pointsOf, type Scene, scene, seedsOf } from './support/scenarios.ts'

/** Lets the node finish and looks at everything it leaves behind. */
async function holds(task: NodeTask, said: readonly Said[]): Promise<number> {
  const node = await runNode(task)
  try {
    await checkServed(task.network, node.addresses, said)
  } finally {
    await node.stop()
  }
  checkOwnerAtRest(task, said)
  return node.took
}

let said: Readonly<Record<'first' | 'second' | 'third', readonly Said[]>>
beforeAll(async () => {
  said = {
    first: await say({ week: 0, count: 12 }, { week: 1, count: 9 }, { week: 3, count: 15 }),
    // A new week, and messages that come too late for the archive of their own (R2.3).
    second: await say({ week: 4, count: 10 }, { week: 1, minute: 500, count: 3 }),
    third: await say({ week: 5, count: 11 }, { week: 0, minute: 600, count: 2 }),
  }
})

describe.each(kinds)('R8.2 an owner on %s that is killed', (kind) => {
  const owner = ({ folder, network }: Scene, shelves: readonly string[]): NodeTask => ({
    role: 'owner',
    kind,
    folder,
    network,
    shelves,
  })
  const all = ['first', 'second', 'third']

  describe.concurrent('where it makes something durable', () => {
    it.for(pointsOf({ role: 'owner', kind }))('(%s) twice, loses and doubles nothing', async (point, test) => {
      const { first, second } = said
      const place = scene({ first, second })
      test.onTestFinished(place.remove)
      const task = owner(place, ['first'])
      expect(await runUntilCrash(task, point), 'it came by in the first publication').toBe(true)
      await (await runNode(task)).stop()
      const both = owner(place, ['first', 'second'])
      expect(await runUntilCrash(both, point), 'it came by in the second publication').toBe(true)
      await holds(both, [...first, ...second])
    })
  })

  // One after the other: the moments are drawn from the time that a node has to itself.
  describe('whenever chance will have it', () => {
    let took: number
    beforeAll(async () => {
      const place = scene(said)
      took = await holds(owner(place, all), Object.values(said).flat())
      place.remove()
      console.log(`An owner on ${kind} that nobody kills needs ${Math.round(took)} ms; kills fall into that time.`)
    })

    it.for(seedsOf({ role: 'owner', kind }))('(seed %i) loses and doubles nothing', async (seed, test) => {
      const random = chance(seed)
      const place = scene(said)
      test.onTestFinished(place.remove)
      const task = owner(place, all)
      for (let left = 1 + Math.floor(random() * 3); left > 0; left -= 1) await runForAWhile(task, random() * took)
      await holds(task, Object.values(said).flat())
    })
  })
})
