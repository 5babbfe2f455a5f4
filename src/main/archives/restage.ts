/**
 * A staging file made again from what another engine published: an engine that is switched on later gets the whole
 * history, byte for byte, without building anything twice.
 */
import { createReadStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommunityId } from '../../shared/domain.ts'
import type { ArchiveFile, DistributionEngine } from '../distribution/engine.ts'
import type { Store } from '../store/index.ts'

export interface RestageJob {
  readonly store: Pick<Store, 'archives'>
  readonly communityId: CommunityId
  readonly part: { readonly id: number; readonly bytes: number }
  readonly others: readonly DistributionEngine[]
  readonly folder: string
  readonly signal: AbortSignal
}

/** The path of the new staging file, or null if no other engine has the archive. */
export async function restage(job: RestageJob): Promise<string | null> {
  const { store, communityId, part, others, signal } = job
  for (const engine of others) {
    const found = await store.archives.entryOfPart(communityId, engine.kind, part.id)
    const last = found && (await store.archives.lastLink(communityId, engine.kind))
    if (!last) continue
    const archive = await engine.fetch(communityId, last.link, found, { signal }).catch(() => null)
    if (archive?.length !== part.bytes) continue
    const file = join(job.folder, `again-${part.id}.archive`)
    await mkdir(job.folder, { recursive: true, mode: 0o700 })
    await copyRange(archive, file)
    await store.archives.restage(part.id, file)
    return file
  }
  return null
}

export async function copyRange({ path, offset, length }: ArchiveFile, file: string): Promise<void> {
  await rm(file, { force: true })
  const target = await open(file, 'wx', 0o600)
  try {
    await target.writeFile(createReadStream(path, { start: offset, end: offset + length - 1 }))
    await target.sync()
  } finally {
    await target.close()
  }
}
