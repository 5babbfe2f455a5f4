/** One thread of recovering.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { recover } from '../../../src/main/wire/index.ts'
import type { Signed } from './recovering.ts'

const share = workerData as readonly Signed[]
parentPort?.on('message', (word: string) => {
  if (word === 'recover') for (const { digest, signature } of share) recover(digest, signature)
  parentPort?.postMessage(word)
})
