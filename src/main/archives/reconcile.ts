/**
 * Before an owner publishes: what did we ourselves announce last, and does the database know of it? After an older
 * database was restored it does not; then the rows are made again from that link's verified index. RULES.md R1.2.
 */
import { open } from 'node:fs/promises'
import type { ArchiveLink, CommunityId, EngineKind, Millis } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { ArchiveEntry, ArchiveFile, DistributionEngine } from '../distribution/engine.ts'
import type { Store } from '../store/index.ts'
import { iterateArchive } from '../wire/index.ts'
import { linkIdentity } from './announced-links.ts'
import { type KeysPort, openBlob } from './blobs.ts'
import { ArchiveError } from './errors.ts'
import { indexCodec } from './index-codec.ts'
import type { EnginesPort } from './ports.ts'
import type { Signals } from './signals.ts'

export interface OwnLink {
  readonly engine: EngineKind
  readonly link: ArchiveLink
  readonly clock: Millis
  readonly hints: readonly string[]
}

export interface ReconcilerParts {
  readonly store: Pick<Store, 'archives'>
  readonly clock: Clock
  readonly engines: EnginesPort
  readonly signals: Signals
  readonly keys: KeysPort
}

/** ms; an own index is on this disk, or with members who follow it. */
const INDEX_TIMEOUT = 60_000

export class Reconciler {
  readonly #parts: ReconcilerParts
  readonly #noted = new Map<CommunityId, Map<EngineKind, OwnLink>>()

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
  }

  /** An announcement signed with our own key came from the network. Only the newest of each engine matters. */
  note(communityId: CommunityId, link: OwnLink): void {
    const links = this.#noted.get(communityId) ?? new Map<EngineKind, OwnLink>()
    this.#noted.set(communityId, links)
    if ((links.get(link.engine)?.clock ?? 0) <= link.clock) links.set(link.engine, link)
  }

  /**
   * Resolves when the database knows everything we announced, as far as we heard of it.
   * @throws ArchiveError `own-link-unread`, EngineError: nothing may be published yet
   */
  async reconcile(communityId: CommunityId, signal: AbortSignal): Promise<void> {
    for (const link of this.#noted.get(communityId)?.values() ?? []) {
      if (!(await this.#isKnown(communityId, link))) await this.#adopt(communityId, link, signal)
    }
    this.#noted.delete(communityId)
  }

  async #isKnown(communityId: CommunityId, { engine, link, clock }: OwnLink): Promise<boolean> {
    const { store } = this.#parts
    if (clock <= (await store.archives.lastClock(communityId))) return true
    const identity = linkIdentity(engine, link)
    const known = await store.archives.links(communityId)
    return known.some((one) => one.engine === engine && linkIdentity(engine, one.link) === identity)
  }

  async #adopt(communityId: CommunityId, own: OwnLink, signal: AbortSignal): Promise<void> {
    const { store, clock, engines, signals } = this.#parts
    const engine = engines.running().find(({ kind }) => kind === own.engine)
    if (!engine) {
      const message = `The last announcement of this community was made with ${own.engine}, which is not running.`
      throw new ArchiveError('own-link-unread', message)
    }
    engine.addPeers(communityId, own.hints)
    const index = await engine.openIndex(communityId, own.link, { signal, timeout: INDEX_TIMEOUT })
    const entries = await indexCodec(own.engine, { id: communityId, keys: this.#parts.keys }).decode(index)
    const published = await store.archives.published(communityId, own.engine)
    const announced = new Set(entries.map(({ id }) => id))
    if (published?.entries.some(({ id }) => !announced.has(id))) {
      const detail = 'Another node has announced archives of this community that do not continue those made here.'
      signals.emit('historyArchivesNotice', communityId, null, detail)
      return
    }
    const known = new Set(published?.entries.map(({ id }) => id))
    const missing = entries.filter(({ id }) => !known.has(id))
    const at = clock.now()
    for (const entry of missing) await this.#mark(communityId, engine, own.link, entry, at, signal)
    await store.archives.commit({
      communityId,
      clock: own.clock,
      at,
      announcement: null,
      engines: [
        {
          engine: own.engine,
          link: own.link,
          committedBytes: entries.reduce((end, entry) => Math.max(end, endOf(entry)), 0),
          entries: await this.#withParts(communityId, own.engine, missing),
        },
      ],
    })
    const detail = `${missing.length} archives were found that the database did not know.`
    signals.emit('historyArchivesNotice', communityId, null, detail)
  }

  /** The archive must be here, whole, before a publication may continue it; its records are not archived again. */
  async #mark(
    communityId: CommunityId,
    engine: DistributionEngine,
    link: ArchiveLink,
    entry: ArchiveEntry,
    at: Millis,
    signal: AbortSignal,
  ): Promise<void> {
    const file = await engine.fetch(communityId, link, entry, { signal })
    const hashes: Uint8Array[] = []
    const archive = openBlob(await readRange(file), this.#parts.keys.held(communityId))
    for (const record of iterateArchive(archive).records()) hashes.push(record.hash)
    await this.#parts.store.archives.markArchived(communityId, entry, hashes, at)
  }

  /** Parts that were staged but whose publication the database missed are those very entries. */
  async #withParts(communityId: CommunityId, engine: EngineKind, missing: readonly ArchiveEntry[]) {
    const parts = [...(await this.#parts.store.archives.unpublished(communityId, engine))]
    return missing.map((entry) => {
      const { locator } = entry
      const bytes = locator.kind === 'torrent' ? locator.size - locator.padding : null
      const at = parts.findIndex(
        (part) => part.from === entry.from && part.to === entry.to && (bytes === null || part.bytes === bytes),
      )
      const [part] = at < 0 ? [] : parts.splice(at, 1)
      return { entry, part: part?.id ?? null }
    })
  }
}

const endOf = ({ locator }: ArchiveEntry): number => (locator.kind === 'torrent' ? locator.offset + locator.size : 0)

async function readRange({ path, offset, length }: ArchiveFile): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const bytes = new Uint8Array(length)
    await file.read(bytes, 0, length, offset)
    return bytes
  } finally {
    await file.close()
  }
}
