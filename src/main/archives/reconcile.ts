/**
 * Before an owner publishes: what did we ourselves publish and announce last, and does the database know of it? After an
 * older database was restored it does not; then the rows are made again from the index on this disk, or the one that was
 * announced. The newest of the three wins. RULES.md R1.2.
 */
import type { ArchiveLink, CommunityId, EngineKind, Millis } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { ArchiveEntry, DistributionEngine } from '../distribution/engine.ts'
import type { Store } from '../store/index.ts'
import { linkIdentity } from './announced-links.ts'
import type { KeysPort } from './blobs.ts'
import type { Continuation, FoundLink } from './continuation.ts'
import { ArchiveError } from './errors.ts'
import { indexCodec } from './index-codec.ts'
import { DESCRIPTION_PATIENCE } from './link-policy.ts'
import type { EnginesPort } from './ports.ts'
import type { Signals } from './signals.ts'

export interface ReconcilerParts {
  readonly store: Pick<Store, 'archives' | 'adoptions' | 'communities'>
  readonly clock: Clock
  readonly engines: EnginesPort
  readonly continuation: Pick<Continuation, 'follow'>
  readonly signals: Signals
  readonly keys: KeysPort
}

export class Reconciler {
  readonly #parts: ReconcilerParts
  readonly #noted = new Map<CommunityId, Map<EngineKind, FoundLink>>()
  /** Since when a description speaks of something newer than we know. */
  readonly #behind = new Map<CommunityId, Millis>()

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
  }

  /** An announcement signed with our own key came from the network. Only the newest of each engine matters. */
  note(communityId: CommunityId, link: FoundLink): void {
    const links = this.#noted.get(communityId) ?? new Map<EngineKind, FoundLink>()
    this.#noted.set(communityId, links)
    if ((links.get(link.engine)?.clock ?? 0) <= link.clock) links.set(link.engine, link)
  }

  /** Since when this community waits for a link that its description speaks of; null if it does not. */
  behind(communityId: CommunityId): Millis | null {
    return this.#behind.get(communityId) ?? null
  }

  /**
   * Resolves when the database knows everything that we published, as far as this disk and the network tell.
   * @throws ArchiveError `own-link-unread`, `held`, EngineError: nothing may be published yet
   */
  async reconcile(communityId: CommunityId, signal: AbortSignal): Promise<void> {
    const { continuation } = this.#parts
    const announced: FoundLink[] = []
    for (const link of this.#noted.get(communityId)?.values() ?? [])
      if (!(await this.#isKnown(communityId, link))) announced.push(link)
    if (announced.length > 0) {
      await continuation.follow(communityId, announced, signal)
      this.#say(communityId)
    }
    const onDisk = await this.#onDisk(communityId, signal)
    if (onDisk.length > 0) {
      await continuation.follow(communityId, onDisk, signal)
      this.#say(communityId)
    }
    await this.#compare(communityId)
    this.#noted.delete(communityId)
  }

  #say(communityId: CommunityId): void {
    const detail = 'Archives were found that the database did not know; their rows were made again.'
    this.#parts.signals.emit('historyArchivesNotice', communityId, null, detail)
  }

  async #isKnown(communityId: CommunityId, { engine, link, clock }: FoundLink): Promise<boolean> {
    const { store } = this.#parts
    if (clock <= (await store.archives.lastClock(communityId))) return true
    const identity = linkIdentity(engine, link)
    const known = await store.archives.links(communityId)
    return known.some((one) => one.engine === engine && linkIdentity(engine, one.link) === identity)
  }

  /** Publications made on this disk that have everything the rows have, and more. */
  async #onDisk(communityId: CommunityId, signal: AbortSignal): Promise<FoundLink[]> {
    const { store, engines } = this.#parts
    const described = (await store.communities.get(communityId))?.archiveClock ?? 0
    const clock = Math.max(described, (await store.archives.lastClock(communityId)) + 1) as Millis
    const found: FoundLink[] = []
    for (const engine of engines.running()) {
      const link = await this.#longest(communityId, engine, signal)
      if (link !== null) found.push({ engine: engine.kind, link, clock, hints: [] })
    }
    return found
  }

  async #longest(
    communityId: CommunityId,
    engine: DistributionEngine,
    signal: AbortSignal,
  ): Promise<ArchiveLink | null> {
    const { store, keys } = this.#parts
    const codec = indexCodec(engine.kind, { id: communityId, keys })
    const links = await store.archives.links(communityId)
    const known = new Set(
      links.flatMap((one) => (one.engine === engine.kind ? [linkIdentity(one.engine, one.link)] : [])),
    )
    const rows = (await store.archives.published(communityId, engine.kind))?.entries ?? []
    let best: { readonly link: ArchiveLink; readonly size: number } | null = null
    for (const { link, made, whole } of await engine.held(communityId)) {
      if (!made || !whole || known.has(linkIdentity(engine.kind, link))) continue
      const bytes = await engine.openIndex(communityId, link, { signal }).catch(() => null)
      const entries = bytes && (await codec.decode(bytes).catch(() => null))
      if (!entries || entries.length <= (best?.size ?? rows.length)) continue
      const ids = new Set(entries.map(({ id }) => id))
      if (rows.some(({ id }) => !ids.has(id))) continue
      const fresh = entries.filter(({ id }) => !rows.some((row) => row.id === id))
      if (!(await this.#isUnfinished(communityId, engine.kind, fresh))) best = { link, size: entries.length }
    }
    return best?.link ?? null
  }

  /** A publication that a crash interrupted before its rows were written: the publisher ends it itself. R1.1. */
  async #isUnfinished(communityId: CommunityId, kind: EngineKind, fresh: readonly ArchiveEntry[]): Promise<boolean> {
    const parts = [...(await this.#parts.store.archives.unpublished(communityId, kind))]
    return fresh.every(({ from, to, locator }) => {
      const bytes = locator.kind === 'torrent' ? locator.size - locator.padding : null
      const at = parts.findIndex(
        (part) => part.from === from && part.to === to && (bytes === null || part.bytes === bytes),
      )
      return at >= 0 && parts.splice(at, 1).length > 0
    })
  }

  /**
   * Our own description may speak of a publication that nobody has shown us. It is waited for, an hour at most (R3.5),
   * unless the owner gave the earlier history up.
   */
  async #compare(communityId: CommunityId): Promise<void> {
    const { store, clock, signals } = this.#parts
    const described = (await store.communities.get(communityId))?.archiveClock ?? 0
    const rival = (await store.adoptions.rival(communityId))?.clock ?? 0
    const known = Math.max(await store.archives.lastClock(communityId), rival)
    const afresh = (await store.adoptions.adoption(communityId))?.phase === 'afresh'
    if (described <= known || afresh) {
      this.#behind.delete(communityId)
      return
    }
    const since = this.#behind.get(communityId) ?? clock.now()
    this.#behind.set(communityId, since)
    signals.changed(communityId)
    if (clock.now() - since < DESCRIPTION_PATIENCE) {
      throw new ArchiveError(
        'held',
        'The description of this community speaks of newer archives than any link found: nothing is published until they are here, or for an hour.',
      )
    }
    this.#behind.delete(communityId)
    const detail =
      'The newest archives that the description speaks of could not be found; publishing goes on without them.'
    signals.emit('historyArchivesNotice', communityId, null, detail)
  }
}
