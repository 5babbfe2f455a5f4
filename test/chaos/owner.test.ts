/** RULES.md R8.2, R1.1: an owner's node killed while it hears, archives, publishes and announces. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type Said, say } from '../support/history-said.ts'
import { checkOwnerAtRest, checkServed } from './support/checks.ts'
import { crashPointsInSource } from './support/crash-points.ts'
import { type NodeTask, runForAWhile, runNode, runUntilCrash } from './support/node-task.ts'
import { chance, rolesOf, type Scene, scene, seeds } from './support/scenarios.ts'

interface World {
  readonly shelves: Readonly<Record<string, readonly Said[]>>
  /** ms that an owner needs for all of it. */
  readonly took: number
}

const owner = ({ folder, network }: Scene, shelves: readonly string[]): NodeTask => ({
  role: 'owner',
  folder,
  network,
  shelves,
})

/** Lets the node finish and looks at everything it leaves behind. */
async function holds(task: NodeTask, said: readonly Said[]): Promise<number> {
  const node = await runNode(task)
  try {
    await checkServed(task.network, node.addresses, said)
  } finally {
    await node.stop()
  }
  checkOwnerAtRest(task.folder, task.network, said)
  return node.took
}

let world: World
beforeAll(async () => {
  const shelves = {
    first: await say({ week: 0, count: 12 }, { week: 1, count: 9 }, { week: 3, count: 15 }),
    // A new week, and messages that come too late for the archive of their own (R2.3).
    second: await say({ week: 4, count: 10 }, { week: 1, minute: 500, count: 3 }),
    third: await say({ week: 5, count: 11 }, { week: 0, minute: 600, count: 2 }),
  }
  const place = scene(shelves)
  const took = await holds(owner(place, Object.keys(shelves)), Object.values(shelves).flat())
  place.remove()
  world = { shelves, took }
  console.log(`An owner that nobody kills needs ${Math.round(took)} ms; kills fall into that time.`)
})

describe.concurrent('R8.2 an owner that is killed', () => {
  const points = crashPointsInSource().filter((point) => rolesOf(point).includes('owner'))

  it.for(points)(
    'at %s, in its first publication and in its second, loses and doubles nothing',
    async (point, test) => {
      const { first = [], second = [] } = world.shelves
      const place = scene({ first, second })
      test.onTestFinished(place.remove)
      const task = owner(place, ['first'])
      expect(await runUntilCrash(task, point), 'it came by in the first').toBe(true)
      await (await runNode(task)).stop()
      const both = owner(place, ['first', 'second'])
      expect(await runUntilCrash(both, point), 'it came by in the second').toBe(true)
      await holds(both, [...first, ...second])
    },
  )
})

// One after the other: the moments are drawn from the time that a node has to itself.
describe('R8.2 an owner that is killed', () => {
  it.for(seeds('owner'))('at random moments (seed %i) loses and doubles nothing', async (seed, test) => {
    const { shelves, took } = world
    const random = chance(seed)
    const place = scene(shelves)
    test.onTestFinished(place.remove)
    const task = owner(place, Object.keys(shelves))
    for (let left = 1 + Math.floor(random() * 3); left > 0; left -= 1) await runForAWhile(task, random() * took)
    await holds(task, Object.values(shelves).flat())
  })
})
