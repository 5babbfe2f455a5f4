/** Passes a crash point a few times, in the main thread or in a thread of its own; arguments: what is armed, where. */
import { isMainThread, Worker } from 'node:worker_threads'
import { armCrashPoint, armedCrashPoint, crashPoint, crashPointKey } from '../../src/main/workers/crash-point.ts'

const [point = '', where = 'here'] = process.argv.slice(2)
if (isMainThread) {
  armCrashPoint(point)
  if (where === 'thread') new Worker(new URL(import.meta.url), { workerData: { [crashPointKey]: armedCrashPoint() } })
}
if (!isMainThread || where === 'here') {
  for (let n = 1; n <= 3; n += 1) {
    crashPoint('step:before')
    process.stderr.write(`${n}`)
    crashPoint('step:after')
  }
}
