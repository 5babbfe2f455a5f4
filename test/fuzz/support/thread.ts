/** A thread in which one target is fuzzed: it may hang and run out of memory without taking anything with it. */
import { parentPort, workerData } from 'node:worker_threads'
import { fuzz } from './fuzzing.ts'
import type { ThreadData } from './in-thread.ts'
import { targetCalled } from './targets.ts'

const { target, inputs, seed, shared }: ThreadData = workerData
const header = new Int32Array(shared, 0, 2)
const room = new Uint8Array(shared, 8)

/** The input lies where the other side sees it, whatever becomes of this thread. */
function trying(input: Uint8Array): void {
  const length = Math.min(input.length, room.length)
  room.set(input.length > length ? input.subarray(0, length) : input)
  header[1] = length
  Atomics.add(header, 0, 1)
}

Error.stackTraceLimit = 0

// Whatever nobody waited for and failed is a find, too.
process.on('unhandledRejection', (reason) => {
  throw reason
})

parentPort?.postMessage(await fuzz(targetCalled(target), { inputs, seed, trying }))
