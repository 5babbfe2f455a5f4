/** Torrent engines on loopback for tests: each in its own folder, all stopped after the test. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach } from 'vitest'
import type { ArchiveFile, DistributionEngine, EngineEvents, EngineStatus } from '../../src/main/distribution/engine.ts'
import { createTorrentEngine, type TorrentEngineOptions } from '../../src/main/distribution/torrent/engine.ts'
import type { CommunityId } from '../../src/shared/domain.ts'
import { temporaryFolder } from './torrent.ts'

const engines: DistributionEngine[] = []
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop().catch(() => {})))
})

/** An engine that talks to this machine only, started, in `root` or a folder of its own. */
export async function startEngine(options: Partial<TorrentEngineOptions> = {}): Promise<DistributionEngine> {
  const engine = createTorrentEngine({ root: temporaryFolder(), ...options })
  engines.push(engine)
  await engine.start()
  return engine
}

/** The value of the engine's next event that passes `test`. */
export function nextEvent<K extends keyof EngineEvents>(
  engine: DistributionEngine,
  event: K,
  test: (value: EngineEvents[K]) => boolean = () => true,
): Promise<EngineEvents[K]> {
  return new Promise((resolve) => {
    const off = engine.on(event, (value) => {
      if (!test(value)) return
      off()
      resolve(value)
    })
  })
}

/** The engine's status as soon as it passes `test`: now, or at a later report. */
export async function statusWhere(
  engine: DistributionEngine,
  test: (status: EngineStatus) => boolean,
): Promise<EngineStatus> {
  return test(engine.status()) ? engine.status() : await nextEvent(engine, 'status', test)
}

/** Lets a test hold the engine's thread, and end it as a crash would. */
export function heldWorkers(): { readonly spawn: (settings: unknown) => Worker; readonly workers: Worker[] } {
  const workers: Worker[] = []
  const spawn = (settings: unknown) => {
    const worker = new Worker(new URL('../../src/main/workers/torrent-worker.ts', import.meta.url), {
      workerData: { settings },
    })
    workers.push(worker)
    return worker
  }
  return { spawn, workers }
}

/** The bytes of a fetched archive, as the importer would read them. */
export async function contents({ path, offset, length }: ArchiveFile): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const handle = await open(path, 'r')
  try {
    const { bytesRead } = await handle.read(bytes, 0, length, offset)
    return bytes.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** Turns over the bits of one byte in the middle of piece `index` of a `data` file. */
export async function spoil(data: string, index: number): Promise<void> {
  const handle = await open(data, 'r+')
  try {
    const byte = Buffer.alloc(1)
    const at = index * 102_400 + 50_000
    await handle.read(byte, 0, 1, at)
    await handle.write(Buffer.of((byte[0] ?? 0) ^ 0xff), 0, 1, at)
  } finally {
    await handle.close()
  }
}

/** Where a publication lies: the layout of RULES.md R1.4. */
export function placesOf(root: string, communityId: CommunityId, number: number) {
  const folder = join(root, communityId, String(number), communityId)
  return { data: join(folder, 'data'), index: join(folder, 'index') }
}
