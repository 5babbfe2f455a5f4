/** Fuzzes a target in a thread of its own, and ends the thread if an input does not come to an end. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Find, Report } from './fuzzing.ts'

export interface ThreadData {
  readonly target: string
  readonly inputs: number
  readonly seed: number
  /** A count of inputs, the length of the last one, and that input. */
  readonly shared: SharedArrayBuffer
}

/** MB of live objects, beyond which the thread ends as one that wants too much. */
const heapAtMost = 400
/** ms between two looks; an input that is there at two of them hangs. */
const lookEvery = 10_000
const room = 1024 * 1024

export async function fuzzInThread(target: string, inputs: number, seed: number): Promise<Report> {
  const shared = new SharedArrayBuffer(8 + room)
  const header = new Int32Array(shared, 0, 2)
  const lastInput = () => new Uint8Array(Buffer.from(new Uint8Array(shared, 8, header[1] ?? 0)))
  const data: ThreadData = { target, inputs, seed, shared }
  const thread = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: heapAtMost },
  })
  const failed = (what: Find['what'], detail: string): Report => ({
    ...{ target, inputs: header[0] ?? 0, accepted: 0, refused: {}, milliseconds: Number.NaN, worst: Number.NaN },
    ...{ held: Number.NaN, find: { target, what, detail, input: lastInput() } },
  })

  const { promise, resolve } = Promise.withResolvers<Report>()
  let before = -1
  const watch = setInterval(() => {
    const now = Atomics.load(header, 0)
    if (now === before && now > 0) resolve(failed('hang', `it was still at it after ${lookEvery / 1000} s`))
    before = now
  }, lookEvery)
  thread.once('message', (report: Report) => resolve(report))
  thread.once('error', (error: unknown) => {
    const isMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    resolve(failed(isMemory ? 'memory' : 'crash', detail))
  })
  // A promise that nobody keeps: the thread has nothing left to do, and no answer.
  thread.once('exit', () => resolve(failed('hang', 'it waits for something that never comes')))
  try {
    return await promise
  } finally {
    clearInterval(watch)
    if (thread.threadId > 0) await Promise.race([once(thread, 'exit'), thread.terminate()])
  }
}
