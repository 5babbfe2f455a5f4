/**
 * An owner that imports, in a process of its own, to be killed on the way. Arguments: database folder, export, crash
 * point (or empty). Goes on with what was interrupted; says how many messages there are, and ends.
 */
import { armCrashPoint } from '../../src/main/workers/crash-point.ts'
import type { CommunityId } from '../../src/shared/domain.ts'
import { FakeClock } from './fake-clock.ts'
import { importing } from './importing.ts'
import { MemoryNetwork } from './memory-network.ts'
import { startNode } from './small-node.ts'

const [folder = '', file = '', point = ''] = process.argv.slice(2)
// Threads inherit what is armed when they start.
armCrashPoint(point)
const place = { network: new MemoryNetwork(), clock: new FakeClock() }
const node = await startNode(place, 'owner', folder)
const { imports } = importing(node, place.clock)
const [known] = node.communities.list()
let communityId: CommunityId
if (known === undefined) {
  const text = { name: 'Lighthouse', description: '', color: '#1f2c75', historyArchives: true }
  communityId = (await node.communities.create({ ...text, channels: [{ name: 'general' }] })).id
} else communityId = known.id
await imports.start()
await imports.idle()
if ((await imports.list(communityId, 1)).length === 0) {
  await imports.begin({ communityId, files: [file] })
  await imports.idle()
}
const [done] = await imports.list(communityId, 1)
const { records } = await node.store.records.count(communityId)
const messages = await node.store.messages.count({ communityId })
console.log(JSON.stringify({ state: done?.state, read: done?.messages, added: done?.added, messages, records }))
await imports.close()
await node.stop()
process.exit(0)
