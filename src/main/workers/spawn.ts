/**
 * Starts this folder's worker threads. From source a thread loads `./NAME-worker.ts` (Node strips the types), from the
 * build `./NAME-worker.js`. A dead thread is noticed by its connection (rpc.ts); starting another is its owner's work.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { armedCrashPoint, crashPointKey } from './crash-point.ts'

/**
 * MB: what a thread throws away waits for no more than this, and what it keeps is gone through before it has grown to
 * several times what there is. A node has many threads, and left alone each would take what the machine has to give.
 */
const usual = { young: 6, old: 512 }
const limits: Readonly<Record<string, { readonly young: number; readonly old: number }>> = {
  // A batch at a time, all of it thrown away at once: it must fit into the young part, or all of it grows old.
  import: { young: 32, old: 256 },
  'store-writer': { young: 32, old: 512 },
  // Blocks pass through it in buffers outside of its heap, which count against what the old part may become: with
  // little room all of it would be gone through for every dozen megabytes, and that would take half of its time.
  codex: { young: 8, old: 2048 },
}

/** `data` must be structured-clonable and arrives as properties of the thread's `workerData`. */
export function spawnWorker(name: string, data: Readonly<Record<string, unknown>> = {}): Worker {
  const { young, old } = limits[name] ?? usual
  const here = new URL(import.meta.url)
  return new Worker(new URL(`./${name}-worker${extname(here.pathname)}`, here), {
    name,
    workerData: { ...data, [crashPointKey]: armedCrashPoint() },
    resourceLimits: { maxYoungGenerationSizeMb: young, maxOldGenerationSizeMb: old },
  })
}

/** ms that a thread may take to end by itself. */
const LAST_CALL = 5000

/**
 * Ends a thread as it can bear: it closes what it has open and goes. A thread that is terminated while it loads SQLite's
 * native module takes the whole process with it (SIGABRT), and nothing says that others are better; so that is only for
 * one that does not answer.
 */
export async function endWorker(worker: Worker, { end }: { end(): void }, patience = LAST_CALL): Promise<void> {
  // The id of a thread that is gone already.
  if (worker.threadId === -1) return
  const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  const timer = setTimeout(() => void worker.terminate(), patience)
  end()
  await gone
  clearTimeout(timer)
}
