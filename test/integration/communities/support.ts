/** What tests of communities share: people on one network in memory, who are stopped after each test. */
import { afterEach } from 'vitest'
import type { ArchiveLink, CommunityId, Generation } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { MemoryNetwork } from '../../support/memory-network.ts'
import { seededRandom } from '../../support/people.ts'
import { type Place, removeFolders, type SmallNode, startNode } from '../../support/small-node.ts'

export const DAY = 24 * 3600 * 1000
export const LINK = 'magnet:?xt=urn:btih:08585778ae3839c2157380622638286f35d42ba8' as ArchiveLink

export const random = seededRandom('joining')
const running: SmallNode[] = []
export const newPlace = (): Place => ({ network: new MemoryNetwork(), clock: new FakeClock() })
export async function start(place: Place, name: string, folder?: string): Promise<SmallNode> {
  const node = await startNode(place, name, folder)
  running.push(node)
  return node
}
export async function stop(node: SmallNode): Promise<void> {
  running.splice(running.indexOf(node), 1)
  await node.stop()
}
afterEach(async () => {
  for (const node of running.splice(0)) await node.stop()
  removeFolders()
})

export const text = { name: 'Lighthouse', description: 'Keepers', color: '#1f2c75', historyArchives: true }
export const create = (owner: SmallNode, generation: Generation = 'N2') =>
  owner.communities.create({ ...text, channels: [{ name: 'general' }, { name: 'log' }], generation })
export const joined = (node: SmallNode, id: CommunityId) => node.communities.get(id).state === 'joined'
export const description = (node: SmallNode, id: CommunityId) => node.store.communities.get(id)
