/**
 * Publishes claimed partitions: encode, hand to every engine, record and announce. Each step starts from what the rows
 * say and may be repeated, so "go on with what is unfinished" is the whole recovery. RULES.md §1, R3.1, R3.8.
 */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchiveLink, CommunityId, EngineKind, Millis, Seconds } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { ArchiveEntry, DistributionEngine, PublishedSet, StagedArchive } from '../distribution/engine.ts'
import type { Store } from '../store/index.ts'
import { crashPoint } from '../workers/crash-point.ts'
import { linkIdentity } from './announced-links.ts'
import type { KeysPort } from './blobs.ts'
import type { Builder } from './builder.ts'
import type { DeviceName } from './device-policy.ts'
import { ArchiveError } from './errors.ts'
import { indexCodec } from './index-codec.ts'
import type { EnginesPort, OwnerPort, Publication } from './ports.ts'
import { restage } from './restage.ts'
import type { Cut, Partition } from './schedule.ts'
import type { Signals } from './signals.ts'

export interface PublisherParts {
  readonly store: Pick<Store, 'archives' | 'communities'>
  readonly clock: Clock
  readonly engines: EnginesPort
  readonly owner: Pick<OwnerPort, 'topics' | 'composeAnnouncement' | 'queued'>
  readonly builder: Builder
  readonly keys: KeysPort
  readonly signals: Signals
}

export interface Claim {
  readonly cuts: readonly Cut[]
  readonly partitions: readonly Partition[]
}

type UnpublishedPart = Awaited<ReturnType<Store['archives']['unpublished']>>[number]

/** What an engine has to show for a publication: something new, or what it published before and is complete. */
interface Outcome {
  readonly engine: DistributionEngine
  readonly set: Pick<PublishedSet, 'link' | 'committedBytes'>
  readonly fresh: readonly { readonly entry: ArchiveEntry; readonly part: number | null }[]
}

/** Links of one engine that stay fetchable: the newest, and the one before it until the newest is known to be about. */
const KEPT_LINKS = 2

export class Publisher {
  readonly #parts: PublisherParts
  /** Engines from which the newest link can be fetched now: the others' are not announced. RULES.md R1.7. */
  readonly #served = new Map<CommunityId, Set<EngineKind>>()

  constructor(parts: PublisherParts) {
    this.#parts = parts
  }

  /**
   * Goes on with what is unfinished, then claims and publishes what is due. Resolves with the number of archives that
   * became public.
   * @throws ArchiveError `no-engine`, or the engines' error when none of them could publish: all of it is taken up again
   * by the next call
   */
  async publish(communityId: CommunityId, claim: Claim | null, signal: AbortSignal): Promise<number> {
    const { store, clock, signals } = this.#parts
    let published = await this.#finish(communityId, signal)
    if (claim === null || claim.partitions.length === 0) return published
    signals.emit('creatingHistoryArchives', communityId, span(claim.partitions))
    crashPoint('publish.claim:before')
    await store.archives.claim(communityId, claim.cuts, claim.partitions, clock.now())
    crashPoint('publish.claim:after')
    published += await this.#finish(communityId, signal)
    return published
  }

  /** The newest publication with links that name today's addresses, as far as it can be fetched; null if it cannot. */
  async current(communityId: CommunityId): Promise<Publication | null> {
    const links = await this.#parts.store.archives.links(communityId)
    const clock = links[0]?.clock
    if (clock === undefined) return null
    const newest = links.filter((link) => link.clock === clock && this.#serves(communityId, link.engine))
    if (newest.length === 0) return null
    const publishing = this.#parts.engines.publishing()
    const place = (kind: EngineKind) => (publishing.findIndex((one) => one.kind === kind) + 3) % 3
    newest.sort((a, b) => place(a.engine) - place(b.engine))
    const today = newest.map(async ({ engine: kind, link }) => {
      const engine = publishing.find((one) => one.kind === kind)
      return { engine: kind, link: engine ? await this.#linkToday(communityId, engine, link) : link }
    })
    return { communityId, clock, links: await Promise.all(today) }
  }

  /** The same link as the engine would write it now: it may listen elsewhere than when it was published. */
  async #linkToday(communityId: CommunityId, engine: DistributionEngine, link: ArchiveLink): Promise<ArchiveLink> {
    const set = await this.#parts.store.archives.published(communityId, engine.kind)
    if (set?.link !== link) return link
    return engine.publish(communityId, set, [], this.#codec(communityId, engine)).then(
      (now) => now.link,
      () => link,
    )
  }

  #codec(communityId: CommunityId, { kind }: DistributionEngine) {
    return indexCodec(kind, { id: communityId, keys: this.#parts.keys })
  }

  /**
   * Says the newest publication once more, with its own clock (RULES.md R3.8), and which device goes on from here, if
   * another does (R3.7). False if there is none.
   */
  async announce(communityId: CommunityId, successor?: DeviceName): Promise<boolean> {
    const { store, clock, owner } = this.#parts
    if (!this.servesAll(communityId)) await this.seed(communityId)
    const publication = await this.current(communityId)
    if (publication === null) return false
    const at = clock.now()
    await store.archives.announce(
      communityId,
      publication.clock,
      await owner.composeAnnouncement(publication, at, successor),
      at,
    )
    owner.queued()
    return true
  }

  /** Whether every engine that runs offers what it has of this community. */
  servesAll(communityId: CommunityId): boolean {
    return this.#parts.engines.running().every(({ kind }) => this.#serves(communityId, kind))
  }

  /** Before anything else is done for a community: what an interrupted publication left lying about goes. */
  async clean(communityId: CommunityId): Promise<void> {
    const { store, builder } = this.#parts
    await this.#tidy(communityId)
    const folder = builder.folder(communityId)
    const named = new Set(await store.archives.files(communityId))
    for (const name of await readdir(folder).catch(() => [])) {
      const file = join(folder, name)
      if (!named.has(file)) await rm(file, { force: true }).catch(() => {})
    }
  }

  /** Serves the newest link of each engine and the one before it. RULES.md R1.7. */
  async seed(communityId: CommunityId): Promise<void> {
    const { store, engines, signals } = this.#parts
    const links = await store.archives.links(communityId)
    const seeding = new Set<EngineKind>()
    for (const engine of engines.running()) {
      for (const [age, link] of distinctLinks(links, engine.kind).slice(0, KEPT_LINKS).entries()) {
        try {
          await engine.seed(communityId, link, true)
          if (age > 0) continue
          seeding.add(engine.kind)
          this.#serving(communityId).add(engine.kind)
        } catch (error) {
          // The one before the newest may be gone already.
          if (age > 0 && isNotFound(error)) await store.archives.forgetLink(communityId, engine.kind, link)
          else
            signals.emit(
              'historyArchivesNotice',
              communityId,
              null,
              `Not seeding on ${engine.kind}: ${sentence(error)}`,
            )
        }
      }
    }
    if (seeding.size > 0) signals.seeding(communityId, [...seeding])
  }

  /** Stops serving; everything stays on disk. RULES.md R1.7. */
  async unseed(communityId: CommunityId): Promise<void> {
    const { store, engines, signals } = this.#parts
    const links = await store.archives.links(communityId)
    this.#served.delete(communityId)
    for (const engine of engines.running()) {
      for (const link of distinctLinks(links, engine.kind)) await engine.seed(communityId, link, false).catch(() => {})
    }
    if (links.length > 0) signals.emit('historyArchivesUnseeded', communityId)
  }

  async #finish(communityId: CommunityId, signal: AbortSignal): Promise<number> {
    const { store, engines } = this.#parts
    const unfinished = await store.archives.unfinished(communityId)
    for (const partition of unfinished) {
      if (partition.state === 'building') await this.#stage(communityId, partition, signal)
    }
    const publishing = engines.publishing()
    const settled = await Promise.allSettled(publishing.map((engine) => this.#onEngine(communityId, engine, signal)))
    signal.throwIfAborted()
    const outcomes = settled.flatMap((one) => (one.status === 'fulfilled' && one.value !== null ? [one.value] : []))
    const failed = settled.find((one) => one.status === 'rejected')
    if (outcomes.every(({ fresh }) => fresh.length === 0)) {
      if (failed) throw failed.reason
      if (publishing.length === 0 && unfinished.length > 0) {
        throw new ArchiveError('no-engine', 'No engine is running: the archives are ready and wait to be published.')
      }
      return 0
    }
    await this.#commit(communityId, outcomes, unfinished)
    if (failed) this.#parts.signals.emit('historyArchivesNotice', communityId, null, sentence(failed.reason))
    return Math.max(...outcomes.map(({ fresh }) => fresh.length))
  }

  async #stage(communityId: CommunityId, partition: Partition & { readonly id: number }, signal: AbortSignal) {
    const { store, owner, builder } = this.#parts
    const listed = await owner.topics(communityId)
    const used = await store.archives.claimedTopics(communityId, partition.id)
    const topics = [...listed, ...used.filter((topic) => !listed.includes(topic))]
    crashPoint('publish.stage:before')
    const { parts, dropped } = await builder.stage({ ...partition, communityId, topics }, signal)
    await store.archives.stage(partition.id, { topics, parts, dropped })
    crashPoint('publish.stage:after')
  }

  /** R1.1 step 3 on one engine. Null: it has nothing to show. */
  async #onEngine(communityId: CommunityId, engine: DistributionEngine, signal: AbortSignal): Promise<Outcome | null> {
    const { store, signals } = this.#parts
    const parts = await store.archives.unpublished(communityId, engine.kind)
    if (parts.length === 0) {
      const last = await store.archives.lastLink(communityId, engine.kind)
      return last === null || !this.#serves(communityId, engine.kind) ? null : { engine, set: last, fresh: [] }
    }
    const previous = await store.archives.published(communityId, engine.kind)
    const staged: StagedArchive[] = []
    for (const part of parts) staged.push(await this.#stagedFile(communityId, engine, part, signal))
    crashPoint('publish.engine:before')
    const set = await engine.publish(communityId, previous, staged, this.#codec(communityId, engine), {
      signal,
      onProgress: ({ done, total }) => signals.progress({ communityId, step: 'publish', done, total }),
    })
    await engine.seed(communityId, set.link, true)
    this.#serving(communityId).add(engine.kind)
    crashPoint('publish.engine:after')
    return { engine, set, fresh: freshEntries(engine.kind, previous, set, parts) }
  }

  /** The staging file of a part, made anew where it is gone. */
  async #stagedFile(
    communityId: CommunityId,
    engine: DistributionEngine,
    part: UnpublishedPart,
    signal: AbortSignal,
  ): Promise<StagedArchive> {
    const { store, builder, engines } = this.#parts
    const { from, to, topics, bytes } = part
    if (part.file !== null && (await sizeOf(part.file)) === bytes) return { file: part.file, bytes, from, to, topics }
    const others = engines.running().filter(({ kind }) => kind !== engine.kind)
    const file = await restage({ store, communityId, part, others, folder: builder.folder(communityId), signal })
    if (file !== null) return { file, bytes, from, to, topics }
    await store.archives.unstage(part.partition)
    throw new ArchiveError('staging-lost', 'A staged archive is no longer on the disk; it is built again.')
  }

  /** R1.1 step 4. One clock for every link of the publication (R3.1). */
  async #commit(communityId: CommunityId, outcomes: readonly Outcome[], partitions: readonly Partition[]) {
    const { store, clock, owner, signals } = this.#parts
    const at = clock.now()
    const known = (await store.communities.get(communityId))?.archiveClock ?? 0
    const last = Math.max(known, await store.archives.lastClock(communityId))
    const publication: Publication = {
      communityId,
      clock: Math.max(at, last + 1) as Millis,
      links: outcomes.map(({ engine, set }) => ({ engine: engine.kind, link: set.link })),
    }
    const announcement = await owner.composeAnnouncement(publication, at)
    crashPoint('publish.commit:before')
    await store.archives.commit({
      communityId,
      clock: publication.clock,
      at,
      announcement,
      engines: outcomes.map(({ engine, set, fresh }) => ({
        engine: engine.kind,
        link: set.link,
        committedBytes: set.committedBytes,
        entries: fresh,
      })),
    })
    crashPoint('publish.commit:after')
    owner.queued()
    await this.#tidy(communityId)
    const range = partitions.length > 0 ? span(partitions) : null
    signals.emit('historyArchivesCreated', communityId, range)
    const offered = outcomes.map(({ engine }) => engine.kind)
    signals.seeding(communityId, offered)
  }

  #serves(communityId: CommunityId, kind: EngineKind): boolean {
    const running = this.#parts.engines.running().some((engine) => engine.kind === kind)
    return running && (this.#served.get(communityId)?.has(kind) ?? false)
  }

  #serving(communityId: CommunityId): Set<EngineKind> {
    const served = this.#served.get(communityId) ?? new Set<EngineKind>()
    this.#served.set(communityId, served)
    return served
  }

  /** Deletes staging files that every engine has, and lets go of links too old to be followed. */
  async #tidy(communityId: CommunityId): Promise<void> {
    const { store, engines } = this.#parts
    const kinds = engines.publishing().map(({ kind }) => kind)
    for (const file of await store.archives.releaseFiles(communityId, kinds))
      await rm(file, { force: true }).catch(() => {})
    const links = await store.archives.links(communityId)
    for (const engine of engines.running()) {
      for (const link of distinctLinks(links, engine.kind).slice(KEPT_LINKS)) {
        // What an engine cannot let go of now, it is asked again after the next publication.
        const gone = await engine.remove(communityId, link).then(() => true, isNotFound)
        if (gone) await store.archives.forgetLink(communityId, engine.kind, link)
      }
    }
  }
}

/** Which entry of a new set is which part: by its range, and within a range in the order of publication. */
function freshEntries(
  kind: EngineKind,
  previous: PublishedSet | null,
  set: PublishedSet,
  parts: readonly UnpublishedPart[],
): Outcome['fresh'] {
  const old = new Set(previous?.entries.map(({ id }) => id))
  const fresh = set.entries.filter(({ id }) => !old.has(id))
  const placed = [...fresh].sort((a, b) => offsetOf(a) - offsetOf(b))
  if (placed.length !== parts.length) {
    const found = `${placed.length} new archives instead of ${parts.length}`
    throw new ArchiveError('engine-disagrees', `The ${kind} engine published ${found}; nothing was announced.`)
  }
  const left = [...parts]
  return placed.map((entry) => {
    const at = left.findIndex((part) => part.from === entry.from && part.to === entry.to)
    const [part] = at < 0 ? [] : left.splice(at, 1)
    return { entry, part: part?.id ?? null }
  })
}

const offsetOf = ({ locator }: ArchiveEntry): number => (locator.kind === 'torrent' ? locator.offset : 0)

/** Newest first; of two texts for the same link the newer. */
function distinctLinks(links: Awaited<ReturnType<Store['archives']['links']>>, kind: EngineKind): ArchiveLink[] {
  const distinct = new Map<string, ArchiveLink>()
  for (const { engine, link } of links) {
    const identity = engine === kind ? linkIdentity(kind, link) : null
    if (identity !== null && !distinct.has(identity)) distinct.set(identity, link)
  }
  return [...distinct.values()]
}

function span(partitions: readonly Partition[]): Partition {
  return {
    from: Math.min(...partitions.map(({ from }) => from)) as Seconds,
    to: Math.max(...partitions.map(({ to }) => to)) as Seconds,
  }
}

const sizeOf = async (file: string): Promise<number | null> => (await stat(file).catch(() => null))?.size ?? null

const isNotFound = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'not-found'

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))
