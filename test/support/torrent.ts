/** What the torrent engine's tests share: communities, and archives of made-up bytes. */
import { createCipheriv, createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { StagedArchive } from '../../src/main/distribution/engine.ts'
import type { CommunityId, Seconds, Topic4 } from '../../src/shared/domain.ts'

export { plainCodec } from './torrent-codec.ts'

export const communityA = `0x02${'a1'.repeat(32)}` as CommunityId
export const communityB = `0x03${'b2'.repeat(32)}` as CommunityId

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chronicle-torrent-'))
  folders.push(folder)
  return folder
}
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** The same bytes for the same seed, and no two pieces of them alike. */
export function bytesOf(seed: string, length: number): Buffer {
  const key = createHash('md5').update(seed).digest()
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
}

/** Week `week` as a staged archive of `length` made-up bytes in `folder`. */
export async function stage(folder: string, week: number, length: number, seed = ''): Promise<StagedArchive> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, `week-${week}`)
  await writeFile(file, bytesOf(`${seed}${week}`, length))
  return {
    file,
    bytes: length,
    from: (week * 604_800) as Seconds,
    to: ((week + 1) * 604_800) as Seconds,
    topics: ['ee8f0aa5' as Topic4],
  }
}
