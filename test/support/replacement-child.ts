/**
 * A process that puts every message aside and brings all of them back, some at a time, to be killed on the way.
 * Arguments: file, crash point.
 */
import { systemClock } from '../../src/main/clock.ts'
import { openStoreInThread } from '../../src/main/store/index.ts'
import { armCrashPoint } from '../../src/main/workers/crash-point.ts'
import type { Millis } from '../../src/shared/domain.ts'
import { community } from '../unit/store/support.ts'

const [file = '', point = ''] = process.argv.slice(2)
armCrashPoint(point)
const store = await openStoreInThread(file, systemClock)
await store.replacement.set(community, true)
const range = { from: 0 as Millis, to: Number.MAX_SAFE_INTEGER as Millis, after: null }
const { messages } = await store.replacement.page(community, range, 1000)
for (let at = 0; at < messages.length; at += 10) {
  const ids = messages.slice(at, at + 10).map(({ id }) => id)
  await store.replacement.putAside(community, ids, 0, systemClock.now())
}
for (let left = 1; left > 0; ) left = (await store.replacement.restore(community, 10)).left
await store.close()
