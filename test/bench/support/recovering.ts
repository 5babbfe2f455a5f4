/** Keccak and signature recovery and nothing else, on several threads: what an import cannot be faster than. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { openApplicationMessage, unwrap } from '../../../src/main/wire/index.ts'

export interface Signed {
  /** What was signed. */
  readonly payload: Uint8Array
  /** 65 bytes */
  readonly signature: Uint8Array
}

/** What is signed in a record's payload. */
export function signedIn(payload: Uint8Array): Signed {
  const layer = unwrap(payload)
  if (layer.kind !== 'application') throw new Error(`not a plain message: ${layer.kind}`)
  const { payload: inner, signature } = openApplicationMessage(layer.bytes)
  return { payload: inner, signature }
}

/** Threads that hold their share of the signatures and recover all of it whenever they are told. */
export async function recoverers(signed: readonly Signed[], threads: number) {
  const workers = Array.from({ length: threads }, (_, n) => {
    const share = signed.filter((_one, at) => at % threads === n)
    return new Worker(new URL('./recover-thread.ts', import.meta.url), { workerData: share })
  })
  const all = async (word: string) => {
    const answers = workers.map((worker) => once(worker, 'message'))
    for (const worker of workers) worker.postMessage(word)
    await Promise.all(answers)
  }
  await all('ready')
  return { recoverAll: () => all('recover'), end: () => Promise.all(workers.map((worker) => worker.terminate())) }
}
