/**
 * Begins and ends threads that load native modules, at any moment of theirs, in a process of its own: `ending-child.ts
 * ask|terminate seconds`. Whether it is still there at the end is what there is to see.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../../src/main/workers/rpc.ts'
import { endWorker, spawnWorker } from '../../../src/main/workers/spawn.ts'

const [, , how, seconds] = process.argv
const folder = mkdtempSync(join(tmpdir(), 'chronicle-ending-'))
const until = Date.now() + Number(seconds) * 1000
let threads = 0

/** ms within which a thread is ended: about what it takes until it is ready, for what is interesting happens before. */
const WITHIN = 400

while (Date.now() < until) await Promise.all(['store-writer', 'import'].map(beginAndEnd))
rmSync(folder, { recursive: true, force: true })
process.stdout.write(`${threads}\n`)

async function beginAndEnd(name: string): Promise<void> {
  threads += 1
  const file = join(folder, `${threads}.sqlite`)
  const worker = spawnWorker(name, { file, now: Date.now(), recover: false, beginAnew: false })
  worker.on('error', () => {})
  const connection = connect<Record<string, Record<string, () => Promise<unknown>>>>(worker)
  await new Promise((resolve) => setTimeout(resolve, Math.random() * WITHIN))
  if (how === 'terminate') await worker.terminate()
  else await endWorker(worker, connection, 30_000)
}
