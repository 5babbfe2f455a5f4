/**
 * Turns a claimed partition into staging files: pages of records go from the store to the archive worker, one page being
 * encoded while the next is read, so memory stays the same for any partition. RULES.md R1.1 step 2.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommunityId, Topic4 } from '../../shared/domain.ts'
import type { Store } from '../store/index.ts'
import { type Async, connect } from '../workers/rpc.ts'
import { endWorker, spawnWorker } from '../workers/spawn.ts'
import { type KeysPort, noKeys } from './blobs.ts'
import { diskError } from './errors.ts'
import type { PartSeal } from './part-file.ts'
import type { Partition } from './schedule.ts'
import type { StagedPartition } from './staging.ts'
import type { StagingThread } from './staging-thread.ts'

export interface BuildJob extends Partition {
  readonly communityId: CommunityId
  /** Of the claimed partition. */
  readonly id: number
  readonly topics: readonly Topic4[]
}

/** bytes; a page of records on its way to the worker. */
const PAGE = 2 << 20
/** Archives that one page can begin at most: itself, and one record that fills a whole archive. */
const SEALS = 4

/** Where archives are encoded. */
export interface Stager {
  readonly api: Async<StagingThread>
  /** Resolves when it is of no use any more. */
  readonly closed: Promise<unknown>
  end(): Promise<unknown>
}

export class Builder {
  readonly #store: Pick<Store, 'archives'>
  readonly #staging: string
  readonly #begin: () => Stager
  #stager: Stager | null = null
  readonly #keys: KeysPort

  constructor(
    store: Pick<Store, 'archives'>,
    staging: string,
    keys: KeysPort = noKeys,
    begin: () => Stager = stagingThread,
  ) {
    this.#store = store
    this.#staging = staging
    this.#keys = keys
    this.#begin = begin
  }

  folder(communityId: CommunityId): string {
    return join(this.#staging, communityId)
  }

  /** Encodes one partition; its files are fsynced when this resolves. A failed attempt leaves no files. */
  async stage(job: BuildJob, signal: AbortSignal): Promise<StagedPartition> {
    const { communityId, id, from, to, topics } = job
    const folder = this.folder(communityId)
    const { api } = this.#current()
    let staging: number | null = null
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const seals = await this.#seals(communityId)
      staging = await api.begin({ folder, name: `${id}`, from, to, topics, seals })
      let page = await this.#store.archives.claimedPage(communityId, id, null, PAGE)
      while (page.length > 0) {
        signal.throwIfAborted()
        const last = page.at(-1) ?? null
        const [next, left] = await Promise.all([
          this.#store.archives.claimedPage(communityId, id, last, PAGE),
          api.append(staging, page),
        ])
        if (left !== null && left < SEALS) await api.supply(staging, (await this.#seals(communityId)) ?? [])
        page = next
      }
      return await api.finish(staging)
    } catch (error) {
      if (staging !== null) await api.discard(staging).catch(() => {})
      throw diskError(error)
    }
  }

  /** Each is for one archive and is never used again, whether or not that archive comes to be. */
  async #seals(communityId: CommunityId): Promise<PartSeal[] | null> {
    const seals: PartSeal[] = []
    for (let n = 0; n < SEALS; n += 1) {
      const step = await this.#keys.nextStep(communityId)
      if (step === null) return null
      seals.push({ step, nonce: this.#keys.random(12) })
    }
    return seals
  }

  async close(): Promise<void> {
    await this.#stager?.end()
    this.#stager = null
  }

  /** The first partition starts it; one that died is replaced by the next call. */
  #current(): Stager {
    if (this.#stager) return this.#stager
    const stager = this.#begin()
    this.#stager = stager
    void stager.closed.then(() => {
      if (this.#stager === stager) this.#stager = null
    })
    return stager
  }
}

/** The archive worker. */
function stagingThread(): Stager {
  const worker = spawnWorker('archive')
  const connection = connect<StagingThread, never>(worker)
  const { api, closed } = connection
  return { api, closed, end: () => endWorker(worker, connection) }
}
