/** Codex engines on loopback for tests: each in its own folder, all stopped after the test. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type CodexEngineOptions, createCodexEngine } from '../../src/main/distribution/codex/embedded/engine.ts'
import type { DistributionEngine, PublishedSet } from '../../src/main/distribution/engine.ts'
import { communityA, plainCodec, stage, temporaryFolder } from './torrent.ts'

export { contents, nextEvent, statusWhere } from './torrent-engines.ts'

const engines: DistributionEngine[] = []
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop().catch(() => {})))
})

/** An engine that talks to this machine only, started, in `root` or a folder of its own. */
export async function startEngine(options: Partial<CodexEngineOptions> = {}): Promise<DistributionEngine> {
  const engine = createCodexEngine({ root: temporaryFolder(), ...options })
  engines.push(engine)
  await engine.start()
  return engine
}

/** One engine for all tests of a `describe`, in which it is called: starting one takes longer than most of them. */
export function sharedEngine(): () => DistributionEngine {
  const root = mkdtempSync(join(tmpdir(), 'chronicle-codex-'))
  const engine = createCodexEngine({ root })
  beforeAll(() => engine.start())
  afterAll(async () => {
    await engine.stop()
    rmSync(root, { recursive: true, force: true })
  })
  return () => engine
}

/** An engine that knows where these are. */
export async function startMember(
  owners: readonly DistributionEngine[],
  options: Partial<CodexEngineOptions> = {},
): Promise<DistributionEngine> {
  const member = await startEngine(options)
  member.addPeers(
    communityA,
    owners.flatMap((owner) => owner.status().addresses),
  )
  return member
}

/** Publishes one archive of each length. */
export async function publish(owner: DistributionEngine, lengths: readonly number[]): Promise<PublishedSet> {
  const staging = temporaryFolder()
  const staged = await Promise.all(lengths.map((length, week) => stage(staging, week, length)))
  return await owner.publish(communityA, null, staged, plainCodec)
}

export function entryOf(set: PublishedSet, index: number) {
  const entry = set.entries[index]
  if (entry === undefined) throw new Error(`no entry ${index}`)
  return entry
}

/** Lets a test hold the engine's thread, and end it as a crash would. */
export function heldWorkers(): { readonly spawn: (settings: unknown) => Worker; readonly workers: Worker[] } {
  const workers: Worker[] = []
  const spawn = (settings: unknown) => {
    const worker = new Worker(new URL('../../src/main/workers/codex-worker.ts', import.meta.url), {
      workerData: { settings },
    })
    workers.push(worker)
    return worker
  }
  return { spawn, workers }
}
