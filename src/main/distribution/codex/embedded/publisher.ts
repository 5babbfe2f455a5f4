/**
 * Makes publications (RULES.md R1.1 step 3): each staged archive becomes a dataset, then the index does, then one
 * transaction makes a link of them. What was stored is found again by its CID, so that a repeated call costs reading and
 * ends in the same set. Old archives are not touched.
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { ArchiveLink, CommunityId } from '../../../../shared/domain.ts'
import { crashPoint } from '../../../workers/crash-point.ts'
import { EngineError, type StagedArchive } from '../../engine.ts'
import type { Waiter } from '../../torrent/shared-tasks.ts'
import type { LinkRow } from './catalogue.ts'
import type { Library } from './library.ts'
import type { Seeding } from './seeding.ts'
import type { CodexSettings } from './settings.ts'

export interface PublishCall {
  readonly communityId: CommunityId
  /** The link that is continued. */
  readonly previous: ArchiveLink | null
  /** CIDs of all archives of the set, old and new. */
  readonly archives: readonly string[]
  readonly index: Uint8Array
  /** The same for the same publication: one that was finished before is found again by it. */
  readonly record: string
}

/** Every archive and every index goes by this name, as other implementations have it. PROTOCOL.md §4.7. */
const names = { filename: 'archive-data.bin', mimetype: 'application/octet-stream' } as const
const readAtOnce = 1024 * 1024

/** Where datasets are kept; an engine may keep them in more places than the library. */
export type Shelf = Pick<Library, 'catalogue' | 'store' | 'abandonDraft' | 'datasetOf' | 'dropLink'>

export class Publisher {
  readonly #library: Shelf
  readonly #seeding: Seeding
  readonly #settings: Pick<CodexSettings, 'format' | 'maxDatasetBytes'>
  readonly #onHashed: (bytes: number) => void

  constructor(
    library: Shelf,
    seeding: Seeding,
    settings: Pick<CodexSettings, 'format' | 'maxDatasetBytes'>,
    onHashed: (bytes: number) => void,
  ) {
    this.#library = library
    this.#seeding = seeding
    this.#settings = settings
    this.#onHashed = onHashed
  }

  /** @returns the CIDs, in the same order. @throws EngineError `corrupt`, `too-large`, `no-space`, `aborted` */
  async store(community: CommunityId, staged: readonly StagedArchive[], options: Waiter): Promise<string[]> {
    const { signal, onProgress } = options
    this.#library.catalogue.beginDraft(community)
    const total = staged.reduce((sum, { bytes }) => sum + bytes, 0)
    const cids: string[] = []
    let done = 0
    for (const { file, bytes } of staged) {
      const { size } = await stat(file)
      if (size !== bytes)
        throw new EngineError('corrupt', `The staged archive ${file} has ${size} bytes instead of ${bytes}.`)
      if (bytes > this.#settings.maxDatasetBytes)
        throw new EngineError('too-large', `The staged archive ${file} has ${bytes} bytes: more than is allowed.`)
      const source = createReadStream(file, { highWaterMark: readAtOnce })
      const before = done
      const onBytes = (count: number) => onProgress?.({ done: before + count, total })
      const { cid } = await this.#library.store(source, { ...this.#named(community), signal, onBytes })
      cids.push(cid)
      done += bytes
      this.#onHashed(bytes)
    }
    return cids
  }

  /** @throws EngineError `not-found` if an archive of the set is not here, whole */
  async publish(
    { communityId, previous, archives, index, record }: PublishCall,
    signal: AbortSignal,
  ): Promise<LinkRow> {
    const { catalogue } = this.#library
    for (const cid of archives)
      if (!this.#isWhole(cid))
        throw new EngineError(
          'not-found',
          `The archive ${cid} of the publication to continue is not on this disk: fetch all of it first.`,
        )
    const finished = catalogue
      .links(communityId)
      .find((row) => row.published === 1 && row.record === record && this.#isWhole(row.cid))
    const cid = finished?.cid ?? (await this.#storeIndex(communityId, index, signal))
    crashPoint('codex.publish:before')
    const row = catalogue.publish(communityId, cid, archives, record)
    crashPoint('codex.publish:after')
    this.#seeding.seed(row, true)
    if (previous !== null) await this.#retire(row, previous)
    return row
  }

  /** Does a step of a publication; if it fails, what was stored for it goes, since the staged files are still there. */
  async orAbandon<T>(community: CommunityId, step: () => Promise<T>): Promise<T> {
    try {
      return await step()
    } catch (error) {
      await this.#library.abandonDraft(community).catch(() => {})
      throw error
    }
  }

  async #storeIndex(community: CommunityId, index: Uint8Array, signal: AbortSignal): Promise<string> {
    const { cid } = await this.#library.store(once(index), { ...this.#named(community), signal })
    this.#onHashed(index.length)
    return cid
  }

  /**
   * Drops the publications before the one that was continued: all they hold is held by the new one. That one itself
   * stays, and is served, until the next: members may be in the middle of it.
   */
  async #retire(made: LinkRow, previous: ArchiveLink): Promise<void> {
    const { catalogue } = this.#library
    const before = catalogue.link(made.community, previous)
    for (const old of catalogue.links(made.community)) {
      if (before === null || old.published === 0 || old.id >= before.id || this.#seeding.isFetching(old)) continue
      this.#seeding.forget(old)
      await this.#library.dropLink(old, made)
    }
    this.#seeding.changed()
  }

  #isWhole(cid: string): boolean {
    return this.#library.datasetOf(cid)?.check() === true
  }

  #named(community: CommunityId) {
    return { community, ...names, format: this.#settings.format }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
