/**
 * A process that takes in numbered batches and says `done N` after each, to be killed on the way.
 * Arguments: file, batches, batch size, crash point (or empty). Batch N holds messages N*size … N*size+size-1.
 */
import { systemClock } from '../../src/main/clock.ts'
import { openStore } from '../../src/main/store/index.ts'
import { armCrashPoint } from '../../src/main/workers/crash-point.ts'
import { batchOf } from './store-batches.ts'

const [file = '', batches = '0', size = '0', point = ''] = process.argv.slice(2)
armCrashPoint(point)
const store = await openStore({ file, clock: systemClock })
console.log('open')
for (let n = 0; n < Number(batches); n += 1) {
  await store.records.ingest(batchOf(n, Number(size)))
  console.log(`done ${n}`)
}
await store.close()
