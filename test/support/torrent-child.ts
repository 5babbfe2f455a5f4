/**
 * A process of its own for tests that kill it: `node torrent-child.ts '<json>'` runs an engine as told, prints a line
 * of JSON for each step done, and, where `hold` is set, stays until it is ended.
 */
import { createTorrentEngine } from '../../src/main/distribution/torrent/engine.ts'
import { armCrashPoint } from '../../src/main/workers/crash-point.ts'
import type { ChildTask } from './torrent-child-task.ts'
import { plainCodec } from './torrent-codec.ts'

const task = JSON.parse(process.argv[2] ?? '{}') as ChildTask
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)

armCrashPoint(task.crashPoint)
const engine = createTorrentEngine({ root: task.root })
await engine.start()
say({ step: 'started', addresses: engine.status().addresses })
for (const step of task.steps) {
  if (step.do === 'publish') {
    const set = await engine.publish(task.communityId, step.previous, step.staged, plainCodec)
    say({ step: 'published', set, hashed: engine.status().hashed })
  } else if (step.do === 'fetch') {
    const entries = await plainCodec.decode(await engine.openIndex(task.communityId, step.link))
    for (const entry of entries) await engine.fetch(task.communityId, step.link, entry)
    say({ step: 'fetched', downloaded: engine.status().downloaded })
  }
}
if (!task.hold) await engine.stop()
