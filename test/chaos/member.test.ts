/** RULES.md R8.2: a member's node killed while it follows links, downloads and imports. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagesOn, putMessages, SAID } from '../support/folder-network.ts'
import { type Said, say } from '../support/history-said.ts'
import { type Announced, announcements, checkLink, checkMemberAtRest } from './support/checks.ts'
import { type NodeTask, type RunningNode, runForAWhile, runNode, runUntilCrash } from './support/node-task.ts'
import { chance, kinds, pointsOf, type Scene, scene, seedsOf } from './support/scenarios.ts'

type Publications<T> = Readonly<Record<'first' | 'second', T>>

const withSecond = (task: NodeTask): NodeTask => ({ ...task, shelves: ['first', 'second'] })

/** Lets the node finish and looks at everything it leaves behind, and at what it serves to others. */
async function holds(task: NodeTask, link: Announced, said: readonly Said[]): Promise<number> {
  const node = await runNode(task)
  try {
    await checkLink(link, node.addresses, said, { complete: true })
  } finally {
    await node.stop()
  }
  await checkMemberAtRest(task, said)
  return node.took
}

let said: Publications<readonly Said[]>
beforeAll(async () => {
  said = {
    // One archive of more than one batch, and of more than one piece or block.
    first: await say({ week: 0, count: 12 }, { week: 1, count: 520, length: 1200 }, { week: 3, count: 15 }),
    second: await say({ week: 4, count: 510, length: 1200 }, { week: 0, minute: 600, count: 2 }),
  }
})

describe.each(kinds)('R8.2 a member on %s that is killed', (kind) => {
  let owner: RunningNode
  let owners: Scene
  let links: Publications<Announced>
  beforeAll(async () => {
    owners = scene(said)
    const { folder, network } = owners
    owner = await runNode({ role: 'owner', kind, folder, network, shelves: ['first', 'second'] })
    const [first, second] = new Map((await announcements(network)).map((one) => [one.clock, one])).values()
    if (first === undefined || second === undefined) throw new Error('two publications were to be announced')
    links = { first, second }
  })
  afterAll(async () => {
    await owner?.stop()
    owners?.remove()
  })

  /** A member that has heard of the first publication only; the announcements of both lie on its network. */
  async function member({ folder, network }: Scene): Promise<NodeTask> {
    const clocks = new Map((await announcements(owners.network)).map(({ at, clock }) => [at, clock]))
    for (const message of messagesOn(owners.network, SAID)) {
      const shelf = clocks.get(message.timestamp) === links.first.clock ? 'first' : 'second'
      putMessages(network, shelf, [message])
    }
    return { role: 'member', kind, folder, network, shelves: ['first'] }
  }

  describe.concurrent('where it makes something durable', () => {
    it.for(pointsOf({ role: 'member', kind }))('(%s) twice, has everything once', async (point, test) => {
      const place = scene()
      test.onTestFinished(place.remove)
      const task = await member(place)
      expect(await runUntilCrash(task, point), 'it came by in the first download').toBe(true)
      await (await runNode(task)).stop()
      expect(await runUntilCrash(withSecond(task), point), 'it came by in the second download').toBe(true)
      await holds(withSecond(task), links.second, [...said.first, ...said.second])
    })
  })

  // One after the other: the moments are drawn from the time that a node has to itself.
  describe('whenever chance will have it', () => {
    let took: Publications<number>
    beforeAll(async () => {
      const place = scene()
      const task = await member(place)
      const first = await holds(task, links.first, said.first)
      const second = await holds(withSecond(task), links.second, [...said.first, ...said.second])
      place.remove()
      took = { first, second }
      console.log(
        `A member on ${kind} that nobody kills needs ${Math.round(first)} and ${Math.round(second)} ms; ` +
          'kills fall into that time.',
      )
    })

    it.for(seedsOf({ role: 'member', kind }))('(seed %i) has everything once', async (seed, test) => {
      const random = chance(seed)
      const place = scene()
      test.onTestFinished(place.remove)
      const task = await member(place)
      for (let left = 1 + Math.floor(random() * 2); left > 0; left -= 1) await runForAWhile(task, random() * took.first)
      if (random() < 0.5) await (await runNode(task)).stop()
      await runForAWhile(withSecond(task), random() * (took.first + took.second))
      await holds(withSecond(task), links.second, [...said.first, ...said.second])
    })
  })
})
