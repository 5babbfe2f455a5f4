/**
 * A process with the owner of an encrypted community and two of its members, to be killed on the way: one member is
 * removed, which makes a new group key, and the other is given it. Says `number N` for each number of the key's chain that
 * it was given. Arguments: folder, crash point.
 */
import { join } from 'node:path'
import { armCrashPoint } from '../../src/main/workers/crash-point.ts'
import { FakeClock } from './fake-clock.ts'
import { MemoryNetwork } from './memory-network.ts'
import { person } from './people.ts'
import { startNode, until } from './small-node.ts'

const [folder = '', point = ''] = process.argv.slice(2)
const place = { network: new MemoryNetwork(), clock: new FakeClock() }
const owner = await startNode(place, 'owner', join(folder, 'owner'))
const member = await startNode(place, 'member', join(folder, 'member'))
const text = { name: 'Lighthouse', description: '', color: '#1f2c75', historyArchives: true }
const { id } = await owner.communities.create({ ...text, channels: [{ name: 'general' }], encrypted: true })
console.log(`community ${id}`)
await owner.communities.addMembers(id, [person('other').id])
await member.communities.join(id)
await until(() => member.communities.get(id).state === 'joined', place, owner, member)

armCrashPoint(point)
const numbers = async () => {
  for (let n = 0; n < 40; n += 1) console.log(`number ${(await owner.communities.nextStep(id))?.seqNo}`)
}
await numbers()
await owner.communities.removeMembers(id, [person('other').id])
console.log('removed')
const held = () => member.communities.interpretContext(id, 'live').groupKeys.length
await until(() => held() === 2, place, owner, member)
await numbers()
for (const node of [owner, member]) await node.stop()
