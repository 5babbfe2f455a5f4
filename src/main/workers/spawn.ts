/**
 * Starts this folder's worker threads. From source a thread loads `./NAME-worker.ts` (Node strips the types), from the
 * build `./NAME-worker.js`. A dead thread is noticed by its connection (rpc.ts); starting another is its owner's work.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { armedCrashPoint, crashPointKey } from './crash-point.ts'

/** MB */
const YOUNG = 6

/** `data` must be structured-clonable and arrives as properties of the thread's `workerData`. */
export function spawnWorker(name: string, data: Readonly<Record<string, unknown>> = {}): Worker {
  const here = new URL(import.meta.url)
  return new Worker(new URL(`./${name}-worker${extname(here.pathname)}`, here), {
    name,
    workerData: { ...data, [crashPointKey]: armedCrashPoint() },
    // Of what a thread throws away, no more waits than this: a node has many threads, and each would keep three times it.
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG },
  })
}
