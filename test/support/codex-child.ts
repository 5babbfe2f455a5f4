/**
 * A process of its own for tests that kill it: `node codex-child.ts '<json>'` runs an engine as told, prints a line of
 * JSON for each step done, and, where `hold` is set, stays until it is ended.
 */
import { createCodexEngine } from '../../src/main/distribution/codex/embedded/engine.ts'
import { armCrashPoint } from '../../src/main/workers/crash-point.ts'
import type { CodexTask } from './codex-child-task.ts'
import { plainCodec } from './torrent-codec.ts'

const task = JSON.parse(process.argv[2] ?? '{}') as CodexTask
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)

armCrashPoint(task.crashPoint)
const engine = createCodexEngine({ root: task.root })
await engine.start()
say({ step: 'started', addresses: engine.status().addresses })
engine.addPeers(task.communityId, task.peers ?? [])
if (task.publish !== undefined) {
  const { previous, staged } = task.publish
  say({ step: 'published', set: await engine.publish(task.communityId, previous, staged, plainCodec) })
}
if (task.fetch !== undefined) {
  const entries = await plainCodec.decode(await engine.openIndex(task.communityId, task.fetch))
  say({ step: 'opened' })
  for (const entry of entries) {
    const onProgress = ({ done }: { readonly done: number }) => say({ step: 'progress', done })
    await engine.fetch(task.communityId, task.fetch, entry, { onProgress })
  }
  say({ step: 'fetched' })
}
if (!task.hold) await engine.stop()
