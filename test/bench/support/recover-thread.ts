/** One thread of recovering.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { keccak256, recover } from '../../../src/main/wire/index.ts'
import type { Signed } from './recovering.ts'

const share = workerData as readonly Signed[]
parentPort?.on('message', (word: string) => {
  if (word === 'recover') for (const { payload, signature } of share) recover(keccak256(payload), signature)
  parentPort?.postMessage(word)
})
