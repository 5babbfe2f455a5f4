/**
 * A distribution engine whose swarm is a few maps: what it published stays, whoever is restarted. Archives lie in files,
 * as they came; indexes are whole sets. Made for lives of ten years, in which a real one would be all there is to see.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  type ArchiveEntry,
  type ArchiveFile,
  type DistributionEngine,
  EngineError,
  type EngineStatus,
  type HeldSet,
  type IndexCodec,
  type PublishedSet,
  type StagedArchive,
} from '../../../src/main/distribution/engine.ts'
import { base58Encode } from '../../../src/main/wire/base58.ts'
import { magnetLink, paddedSize } from '../../../src/main/wire/index.ts'
import type { ArchiveLink, CommunityId, EngineKind } from '../../../src/shared/domain.ts'

export class KeptEngine implements DistributionEngine {
  readonly kind: EngineKind
  /** Every set that was ever published, oldest first. */
  readonly sets: PublishedSet[] = []
  readonly seeded = new Set<ArchiveLink>()
  /** So many calls of `publish` fail from now on. */
  failures = 0
  readonly #folder: string
  readonly #files = new Map<string, ArchiveFile>()

  constructor(kind: EngineKind, folder: string) {
    this.kind = kind
    this.#folder = join(folder, kind)
    mkdirSync(this.#folder, { recursive: true })
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  /** What it keeps is what the rows say. */
  async held(): Promise<readonly HeldSet[]> {
    return []
  }

  async publish(
    communityId: CommunityId,
    previous: PublishedSet | null,
    staged: readonly StagedArchive[],
    codec: IndexCodec,
  ): Promise<PublishedSet> {
    if (staged.length === 0 && previous !== null) return previous
    if (this.failures > 0) {
      this.failures -= 1
      throw new EngineError('no-space', 'the disk is full', { retryable: true })
    }
    let end = previous?.committedBytes ?? 0
    const entries = [...(previous?.entries ?? [])]
    for (const { file, bytes, from, to, topics } of staged) {
      const { size, padding } = paddedSize(bytes)
      const locator =
        this.kind === 'torrent'
          ? ({ kind: 'torrent', offset: end, size, padding } as const)
          : ({ kind: 'codex', cid: cidOf(`${file} ${this.#files.size}`) } as const)
      const id = codec.identify({ from, to, topics, locator })
      const path = join(this.#folder, id)
      copyFileSync(file, path)
      this.#files.set(id, { path, offset: 0, length: bytes })
      entries.push({ id, from, to, topics, locator })
      end += size
    }
    const name = createHash('sha1')
      .update(entries.map(({ id }) => id).join())
      .digest('hex')
    const link =
      this.kind === 'torrent' ? magnetLink({ infoHash: name, name: communityId }) : (cidOf(name) as ArchiveLink)
    const set = { link, entries, committedBytes: end }
    this.sets.push(set)
    return set
  }

  async openIndex(): Promise<Uint8Array> {
    throw new EngineError('not-found', 'nobody asks for an index here')
  }

  async fetch(_communityId: CommunityId, _link: ArchiveLink, entry: ArchiveEntry): Promise<ArchiveFile> {
    const file = this.#files.get(entry.id)
    if (file === undefined) throw new EngineError('not-found', 'no such archive')
    return file
  }

  async seed(_communityId: CommunityId, link: ArchiveLink, on: boolean): Promise<void> {
    if (on) this.seeded.add(link)
    else this.seeded.delete(link)
  }

  async remove(_communityId: CommunityId, link: ArchiveLink): Promise<void> {
    this.seeded.delete(link)
  }

  addPeers(): void {}
  limit(): void {}
  async holders(): Promise<number[]> {
    return []
  }
  on(): () => void {
    return () => {}
  }
  status(): EngineStatus {
    return { state: 'running', error: '', addresses: [], transfers: [], downloaded: 0, uploaded: 0, hashed: 0 }
  }
}

const cidOf = (text: string): string =>
  `z${base58Encode(Buffer.concat([Buffer.from([0x01, 0x81, 0x9a, 0x03, 0x12, 0x20]), createHash('sha256').update(text).digest()]))}`
