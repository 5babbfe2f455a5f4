/**
 * Makes a publication the one that the next continues, byte for byte: every archive of its index is fetched and verified,
 * its messages go into the history, its records are not archived a second time, and then the rows follow it, all at once.
 * What is here already costs a look, so a step that was interrupted is simply taken again. RULES.md R1.2, R1.3.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchiveLink, CommunityId, EngineKind, Millis } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { ArchiveEntry, DistributionEngine } from '../distribution/engine.ts'
import type { Store } from '../store/index.ts'
import { crashPoint } from '../workers/crash-point.ts'
import type { KeysPort } from './blobs.ts'
import { ArchiveError } from './errors.ts'
import type { Importer } from './importer.ts'
import { refusalsOf } from './index-codec.ts'
import { openLink } from './many-entries.ts'
import type { EnginesPort } from './ports.ts'
import { copyRange } from './restage.ts'
import type { Signals } from './signals.ts'

export interface FoundLink {
  readonly engine: EngineKind
  readonly link: ArchiveLink
  readonly clock: Millis
  readonly hints: readonly string[]
}

export interface ContinuationParts {
  readonly store: Pick<Store, 'archives' | 'adoptions' | 'downloads' | 'records'>
  readonly clock: Clock
  readonly engines: EnginesPort
  readonly importer: Pick<Importer, 'import' | 'hashes' | 'index'>
  readonly signals: Signals
  readonly keys: KeysPort
  /** Where staging files of a community lie. */
  readonly folder: (communityId: CommunityId) => string
}

type ContinuedSet = Parameters<Store['adoptions']['continue']>[1][number]
type HeldArchive = ContinuedSet['archives'][number]
type PublishedSet = NonNullable<Awaited<ReturnType<Store['archives']['published']>>>

/** ms; for an index, and for an archive on top of what its size takes. */
const TIMEOUT = 60_000
/** ms; the same for an engine that can be given everything by another one. */
const SHORT = 5000
/** bytes/ms that a fetch must reach to be in time. */
const SLOWEST = 20

export class Continuation {
  readonly #parts: ContinuationParts

  constructor(parts: ContinuationParts) {
    this.#parts = parts
  }

  /**
   * Resolves when the rows follow the newest of these links. An engine whose link is older, or that fails while another
   * has everything, is left to be given the history by that one at the next publication (RULES.md R5.1).
   * @throws ArchiveError `own-link-unread`, EngineError, WireError: nothing has changed, and it may be tried again
   */
  async follow(communityId: CommunityId, links: readonly FoundLink[], signal: AbortSignal): Promise<void> {
    const { store, clock, engines, signals } = this.#parts
    const newest = Math.max(...links.map((link) => link.clock))
    const sets: ContinuedSet[] = []
    let complete = false
    let failed: unknown = null
    for (const link of await this.#bestFirst(communityId, links)) {
      const engine = engines.running().find(({ kind }) => kind === link.engine)
      try {
        if (engine === undefined) throw engineOff(link.engine)
        const set = await this.#gather(communityId, engine, link, complete ? SHORT : TIMEOUT, signal)
        if (set !== null) sets.push(set)
        complete ||= link.clock === newest
      } catch (error) {
        signal.throwIfAborted()
        failed ??= error
        if (complete) signals.emit('historyArchivesNotice', communityId, null, `${link.engine}: ${sentence(error)}`)
      }
    }
    if (!complete) throw failed
    crashPoint('adopt.continue:before')
    await store.adoptions.continue(communityId, sets, clock.now())
    crashPoint('adopt.continue:after')
  }

  /** Newest first and, of the same publication, the engine first that most of it came by. */
  async #bestFirst(communityId: CommunityId, links: readonly FoundLink[]): Promise<FoundLink[]> {
    const rows = await this.#parts.store.downloads.archives(communityId)
    const here = (kind: EngineKind) =>
      rows.filter(({ engine, state }) => engine === kind && state !== 'wanted' && state !== 'downloading').length
    return [...links].sort((a, b) => b.clock - a.clock || here(b.engine) - here(a.engine))
  }

  /** Null: everything of it is in what is published here. */
  async #gather(
    communityId: CommunityId,
    engine: DistributionEngine,
    { link, clock, hints }: FoundLink,
    patience: number,
    signal: AbortSignal,
  ): Promise<ContinuedSet | null> {
    const { store, clock: time, importer, signals } = this.#parts
    engine.addPeers(communityId, hints)
    const bytes = await engine.openIndex(communityId, link, { signal, timeout: patience })
    const index = await importer.index(communityId, { kind: engine.kind, bytes, signal })
    const { entries } = index
    for (const sentence of refusalsOf(index, 'not continued')) {
      signals.emit('historyArchiveRefused', communityId, null, sentence)
    }
    const own = await store.archives.published(communityId, engine.kind)
    const known = new Map((await store.archives.held(communityId, engine.kind)).map((held) => [held.entry.id, held]))
    const missing = entries.filter(({ id }) => !known.has(id))
    if (own !== null && missing.length === 0) return null
    const opened = { engine: engine.kind, link }
    await openLink(store.downloads, communityId, opened, { entries: missing, refused: {} }, time.now())
    const archives: HeldArchive[] = []
    for (const entry of entries) {
      const held = known.get(entry.id)
      archives.push(held ?? (await this.#take(communityId, engine, link, entry, patience, signal)))
      signals.progress({ communityId, step: 'download', done: archives.length, total: entries.length })
    }
    if (own !== null) await this.#displace(communityId, engine, own, entries, signal)
    return { engine: engine.kind, link, clock, committedBytes: Math.max(0, ...entries.map(endOf)), archives }
  }

  /** One archive: here, in the history, and none of its records waiting for another archive. */
  async #take(
    communityId: CommunityId,
    engine: DistributionEngine,
    link: ArchiveLink,
    entry: ArchiveEntry,
    patience: number,
    signal: AbortSignal,
  ): Promise<HeldArchive> {
    const { store, clock, importer, signals } = this.#parts
    const size = entry.locator.kind === 'torrent' ? entry.locator.size : 0
    const file = await engine.fetch(communityId, link, entry, { signal, timeout: patience + size / SLOWEST })
    const request = { communityId, engine: engine.kind, entry, file, signal }
    const state = (await store.downloads.archive(communityId, engine.kind, entry.id))?.state
    if (state !== 'imported' && state !== 'quarantined' && state !== 'waiting-for-key') {
      const outcome = await importer.import(request)
      if (outcome.state !== 'imported') {
        const change = { state: outcome.state, reason: outcome.reason, at: clock.now() }
        await store.downloads.setState(communityId, engine.kind, entry.id, change)
        signals.emit('historyArchiveRefused', communityId, entry, outcome.reason)
      }
    }
    const waiting = await store.records.earliestWaiting(communityId, entry.from)
    const claimed = (await store.archives.unfinished(communityId)).some(
      ({ state: step, from, to }) => step === 'building' && from < entry.to && to > entry.from,
    )
    if (claimed || (waiting !== null && waiting < entry.to)) {
      const hashes = await importer.hashes(request)
      crashPoint('adopt.mark:before')
      await store.archives.markArchived(communityId, entry, hashes, clock.now())
      crashPoint('adopt.mark:after')
    }
    const messages = (await store.downloads.archive(communityId, engine.kind, entry.id))?.messages ?? 0
    return { entry, bytes: file.length, messages }
  }

  /** What was published here, and the continued set lacks, is published once more behind it: no week is lost. R3.7. */
  async #displace(
    communityId: CommunityId,
    engine: DistributionEngine,
    own: PublishedSet,
    entries: readonly ArchiveEntry[],
    signal: AbortSignal,
  ): Promise<void> {
    const { store, clock, folder } = this.#parts
    const kept = new Set(entries.map(({ id }) => id))
    for (const entry of own.entries) {
      if (kept.has(entry.id)) continue
      const archive = await engine.fetch(communityId, own.link, entry, { signal })
      await mkdir(folder(communityId), { recursive: true, mode: 0o700 })
      const file = join(folder(communityId), `again-${entry.id}.archive`)
      await copyRange(archive, file)
      const held = { entry, bytes: archive.length, messages: 0 }
      await store.adoptions.displace(communityId, held, file, clock.now())
    }
  }
}

/** Behind it the next archive goes. */
const endOf = ({ locator }: ArchiveEntry): number => (locator.kind === 'torrent' ? locator.offset + locator.size : 0)

function engineOff(kind: EngineKind): ArchiveError {
  const message = `The last announcement of this community was made with ${kind}, which is not running.`
  return new ArchiveError('own-link-unread', message)
}

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))
