/** The threads of the program in this process, held from outside of it, so that a test can make them die. */
import { syncBuiltinESMExports } from 'node:module'
import threads, { type Worker } from 'node:worker_threads'

const alive = new Map<Worker, string>()
const doomed = new Set<string>()

class HeldWorker extends threads.Worker {
  constructor(...[file, options]: ConstructorParameters<typeof threads.Worker>) {
    super(file, options)
    const name = options?.name ?? ''
    alive.set(this, name)
    this.once('exit', () => alive.delete(this))
    if (doomed.has(name)) void this.terminate()
  }
}
threads.Worker = HeldWorker
syncBuiltinESMExports()

/** Ends the thread of that name, and from then on each that is started in its place. @returns how many there were */
export async function doom(name: string): Promise<number> {
  doomed.add(name)
  const found = [...alive].filter(([, each]) => each === name).map(([worker]) => worker)
  await Promise.all(found.map((worker) => worker.terminate()))
  return found.length
}
