/** RULES.md R8.2: a member's node killed while it follows links, downloads and imports. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagesOn, putMessages, SAID } from '../support/folder-network.ts'
import { type Said, say } from '../support/history-said.ts'
import { announcements, checkLink, checkMemberAtRest } from './support/checks.ts'
import { crashPointsInSource } from './support/crash-points.ts'
import { type NodeTask, type RunningNode, runForAWhile, runNode, runUntilCrash } from './support/node-task.ts'
import { chance, rolesOf, type Scene, scene, seeds } from './support/scenarios.ts'

interface World {
  readonly owner: RunningNode
  /** The owner's network, which has the announcements of both publications. */
  readonly network: string
  readonly said: Readonly<Record<'first' | 'second', readonly Said[]>>
  /** Info-hashes. */
  readonly links: Readonly<Record<'first' | 'second', string>>
  /** ms that a member needs for either. */
  readonly took: Readonly<Record<'first' | 'second', number>>
}

/** A member that has heard of the first publication only; the announcements of both lie on its network. */
async function member({ folder, network }: Scene, owners: string): Promise<NodeTask> {
  const announced = await announcements(owners)
  const oldest = announced[0]?.clock
  const clocks = new Map(announced.map(({ at, clock }) => [at, clock]))
  for (const message of messagesOn(owners, SAID)) {
    putMessages(network, clocks.get(message.timestamp) === oldest ? 'first' : 'second', [message])
  }
  return { role: 'member', folder, network, shelves: ['first'] }
}

const withSecond = (task: NodeTask): NodeTask => ({ ...task, shelves: ['first', 'second'] })

/** Lets the node finish and looks at everything it leaves behind, and at what it serves to others. */
async function holds(task: NodeTask, infoHash: string, said: readonly Said[]): Promise<number> {
  const node = await runNode(task)
  try {
    await checkLink(infoHash, node.addresses, said, { complete: true })
  } finally {
    await node.stop()
  }
  await checkMemberAtRest(task.folder, said)
  return node.took
}

let owners: Scene | null = null
let world: World
beforeAll(async () => {
  const said = {
    // One archive of more than one batch.
    first: await say({ week: 0, count: 12 }, { week: 1, count: 520 }, { week: 3, count: 15 }),
    second: await say({ week: 4, count: 510 }, { week: 0, minute: 600, count: 2 }),
  }
  owners = scene(said)
  const { folder, network } = owners
  const owner = await runNode({ role: 'owner', folder, network, shelves: ['first', 'second'] })
  const [older, newer] = new Map(
    (await announcements(network)).map(({ clock, infoHash }) => [clock, infoHash]),
  ).values()
  if (older === undefined || newer === undefined) throw new Error('two publications were to be announced')
  const place = scene()
  const task = await member(place, network)
  const first = await holds(task, older, said.first)
  const second = await holds(withSecond(task), newer, Object.values(said).flat())
  place.remove()
  world = { owner, network, said, links: { first: older, second: newer }, took: { first, second } }
  console.log(`A member that nobody kills needs ${Math.round(first)} and ${Math.round(second)} ms.`)
})
afterAll(async () => {
  await world?.owner.stop()
  owners?.remove()
})

describe.concurrent('R8.2 a member that is killed', () => {
  const points = crashPointsInSource().filter((point) => rolesOf(point).includes('member'))

  it.for(points)('at %s, in its first download and in its second, has everything once', async (point, test) => {
    const { said, links, network } = world
    const place = scene()
    test.onTestFinished(place.remove)
    const task = await member(place, network)
    expect(await runUntilCrash(task, point), 'it came by in the first').toBe(true)
    await (await runNode(task)).stop()
    expect(await runUntilCrash(withSecond(task), point), 'it came by in the second').toBe(true)
    await holds(withSecond(task), links.second, [...said.first, ...said.second])
  })
})

// One after the other: the moments are drawn from the time that a node has to itself.
describe('R8.2 a member that is killed', () => {
  it.for(seeds('member'))('at random moments (seed %i) has everything once', async (seed, test) => {
    const { said, links, took, network } = world
    const random = chance(seed)
    const place = scene()
    test.onTestFinished(place.remove)
    const task = await member(place, network)
    for (let left = 1 + Math.floor(random() * 2); left > 0; left -= 1) await runForAWhile(task, random() * took.first)
    if (random() < 0.5) await (await runNode(task)).stop()
    await runForAWhile(withSecond(task), random() * (took.first + took.second))
    await holds(withSecond(task), links.second, [...said.first, ...said.second])
  })
})
