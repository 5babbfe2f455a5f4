/**
 * One community's history being brought here: indexes are opened, a plan is made, archives are fetched newest first and
 * handed to the importer. It knows nothing that is not in the rows, so it can be dropped and made anew at any moment: by
 * a newer link, a pause, a restart. PROTOCOL.md §6, RULES.md §5.
 */
import type { ArchiveId, ArchiveState, CommunityId, EngineKind } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import { type ArchiveEntry, type ArchiveFile, type DistributionEngine, EngineError } from '../distribution/engine.ts'
import type { Store } from '../store/index.ts'
import { linkIdentity } from './announced-links.ts'
import { type KeysPort, openBlob } from './blobs.ts'
import { codeOf, isFinal, sentence, waitsForKey } from './failures.ts'
import type { Importer } from './importer.ts'
import { checkIndex } from './index-codec.ts'
import { type FlavourIndex, type PlannedFetch, partitionKey, planDownload } from './plan.ts'
import type { EnginesPort } from './ports.ts'
import type { Signals } from './signals.ts'
import { TaskGroup } from './task-group.ts'

export interface RestorationParts {
  readonly store: Pick<Store, 'downloads'>
  readonly clock: Clock
  readonly engines: EnginesPort
  readonly importer: Pick<Importer, 'import'>
  readonly signals: Signals
  readonly keys: KeysPort
  readonly options: RestorationOptions
}

export interface RestorationOptions {
  /** Archives fetched at once. */
  readonly parallel: number
  /** ms; for an index. */
  readonly indexTimeout: number
  /** ms; for an archive, on top of what its size takes. */
  readonly archiveTimeout: number
  /** ms; after the first failure. It doubles with each further one. */
  readonly firstRetry: number
}

export const restorationDefaults: RestorationOptions = {
  parallel: 3,
  indexTimeout: 60_000,
  archiveTimeout: 60_000,
  firstRetry: 5000,
}

type Link = Awaited<ReturnType<Store['downloads']['links']>>[number]

/** bytes/ms that a fetch must reach to be in time. */
const SLOWEST = 20
const MAX_RETRY = 10 * 60_000
/** Failures after which a partition is asked of the other engine. RULES.md R5.2. */
const PATIENCE = 2

export class Restoration {
  readonly #communityId: CommunityId
  readonly #parts: RestorationParts
  readonly #indexes = new Map<EngineKind, FlavourIndex>()
  /** Links whose index is open and of which not everything wanted is here yet. */
  readonly #open = new Map<EngineKind, Link>()
  readonly #held = new Map<ArchiveId, ArchiveState>()
  #here = 0
  /** What to fetch next, newest first; null when the plan must be made anew. */
  #queue: PlannedFetch[] | null = null
  /** Here, but not yet in the history: fetched once more, which costs nothing, to learn where it lies. */
  readonly #unimported = new Map<ArchiveId, PlannedFetch>()
  readonly #attempts = new Map<ArchiveId, number>()
  readonly #failing = new Set<string>()
  readonly #fetching = new Set<ArchiveId>()
  readonly #delayed = new Set<ArchiveId>()
  readonly #importing = new Set<ArchiveId>()
  readonly #opening = new Set<EngineKind>()
  readonly #tasks: TaskGroup
  #links: readonly Link[] = []
  #wish: Awaited<ReturnType<Store['downloads']['settings']>>['wanted'] = { kind: 'all' }
  #announcedStart = false
  #finished = false

  constructor(communityId: CommunityId, parts: RestorationParts) {
    this.#communityId = communityId
    this.#parts = parts
    this.#tasks = new TaskGroup(parts.clock, {
      settled: () => this.#pump(),
      // Only the store can fail here.
      failed: (error) => parts.signals.emit('historyArchivesNotice', communityId, null, sentence(error)),
    })
  }

  /** Goes on from what the rows say. Resolves when everything is under way. */
  async start(): Promise<void> {
    const { store } = this.#parts
    this.#links = newestLinks(await store.downloads.links(this.#communityId))
    this.#wish = (await store.downloads.settings(this.#communityId)).wanted
    const rows = await store.downloads.archives(this.#communityId)
    for (const row of rows) {
      const { engine, entry, attempts } = row
      // What was being fetched when the node ended is wanted again; what was being imported is here.
      const state = row.state === 'downloading' ? 'wanted' : row.state === 'importing' ? 'downloaded' : row.state
      this.#hold(entry.id, state)
      if (attempts > 0) this.#attempts.set(entry.id, attempts)
      if (state === 'downloaded') this.#unimported.set(entry.id, { engine, entry })
    }
    for (const link of this.#links) {
      if (link.state !== 'done') this.#openLink(link, 0)
      else {
        // What its index said is in the rows.
        const { engine, clock } = link
        const entries = rows.filter((row) => row.engine === engine).map(({ entry }) => entry)
        this.#indexes.set(engine, { engine, clock, entries, refused: [] })
        this.#tasks.run(this.#seed(link))
      }
    }
    this.#pump()
  }

  /** Ends everything under way and waits for it. What is here stays. */
  stop(): Promise<void> {
    return this.#tasks.stop(new Error('The restoration was stopped.'))
  }

  /** Nothing left to do for the links that were followed. */
  get finished(): boolean {
    return this.#finished
  }

  #openLink(link: Link, failures: number): void {
    const engine = this.#engine(link.engine)
    if (!engine) {
      this.#later(failures, () => this.#openLink(link, failures + 1))
      return
    }
    // The first attempt is waited for, so that one plan has both flavours; a flavour that fails stops nothing. R5.1.
    if (failures === 0) this.#opening.add(link.engine)
    this.#tasks.run(this.#openIndex(link, engine, failures))
  }

  async #openIndex(link: Link, engine: DistributionEngine, failures: number): Promise<void> {
    const { store, clock, signals, options, keys } = this.#parts
    const { signal } = this.#tasks
    const communityId = this.#communityId
    engine.addPeers(communityId, link.hints)
    let bytes: Uint8Array
    try {
      bytes = await engine.openIndex(communityId, link.link, { signal, timeout: options.indexTimeout })
    } catch (error) {
      this.#opening.delete(link.engine)
      if (signal.aborted) return
      if (isFinal(error)) await this.#refuseLink(link, error)
      else this.#later(failures, () => this.#openLink(link, failures + 1))
      return
    }
    try {
      const index = checkIndex(openBlob(bytes, keys.held(communityId)), link.engine, clock.now())
      const refused = countBy(index.refused.map(({ reason }) => reason))
      await store.downloads.openLink(communityId, link, { entries: index.entries, refused }, clock.now())
      for (const { reason, detail } of index.refused.slice(0, 100)) {
        signals.emit(
          'historyArchiveRefused',
          communityId,
          null,
          `${reason}: an entry of the index is refused: ${detail}`,
        )
      }
      for (const { id } of index.entries) if (!this.#held.has(id)) this.#hold(id, 'wanted')
      this.#indexes.set(link.engine, { ...index, engine: link.engine, clock: link.clock })
      this.#open.set(link.engine, link)
      this.#queue = null
      signals.emit('indexDownloadCompleted', communityId, null, link.link)
    } catch (error) {
      if (signal.aborted) return
      if (waitsForKey(error)) await this.#park(link, error)
      else await this.#refuseLink(link, error)
    } finally {
      this.#opening.delete(link.engine)
    }
  }

  /** The index cannot be read yet: its link is followed again as soon as a key has come. R6.2. */
  async #park(link: Link, error: unknown): Promise<void> {
    const { store, signals, keys } = this.#parts
    await store.downloads.setLinkState(this.#communityId, link, 'accepted', `ENCRYPTED: ${sentence(error)}`)
    signals.emit('historyArchivesNotice', this.#communityId, null, 'The list of archives waits for its group key.')
    keys.missing(this.#communityId)
  }

  async #refuseLink(link: Link, error: unknown): Promise<void> {
    const reason = `${codeOf(error)}: ${sentence(error)}`
    await this.#parts.store.downloads.setLinkState(this.#communityId, link, 'refused', reason)
    this.#parts.signals.emit('historyArchiveRefused', this.#communityId, null, reason)
  }

  /** Starts as much as may run at once; called whenever anything changed. */
  #pump(): void {
    if (this.#tasks.signal.aborted) return
    const { options, signals } = this.#parts
    this.#queue ??= this.#plan()
    while (this.#queue.length > 0 && this.#fetching.size < options.parallel) {
      const next = this.#queue.shift()
      if (!next || this.#isBusy(next.entry.id)) continue
      if (!this.#announcedStart) signals.emit('downloadingHistoryArchivesStarted', this.#communityId)
      this.#announcedStart = true
      this.#fetching.add(next.entry.id)
      this.#tasks.run(this.#bring(next))
    }
    if (this.#queue.length + this.#fetching.size + this.#delayed.size + this.#opening.size > 0) return
    if (this.#open.size > 0) this.#tasks.run(this.#complete())
    else if (this.#importing.size === 0) this.#finish()
  }

  #plan(): PlannedFetch[] {
    const { fetch } = planDownload({
      indexes: [...this.#indexes.values()],
      held: this.#held,
      wanted: this.#wish,
      preference: this.#parts.engines.preference(),
      failing: this.#failing,
    })
    return [...this.#unimported.values(), ...fetch].sort((a, b) => b.entry.to - a.entry.to)
  }

  #isBusy(id: ArchiveId): boolean {
    return this.#fetching.has(id) || this.#delayed.has(id) || this.#importing.has(id)
  }

  async #bring({ engine: kind, entry }: PlannedFetch): Promise<void> {
    const { options, signals } = this.#parts
    const { signal } = this.#tasks
    const engine = this.#engine(kind)
    const link = this.#links.find((one) => one.engine === kind)
    try {
      if (!engine || !link) throw new EngineError('unavailable', `The ${kind} engine is not running.`)
      if (!this.#unimported.has(entry.id)) await this.#set(kind, entry, 'downloading')
      const size = entry.locator.kind === 'torrent' ? entry.locator.size : 0
      const timeout = options.archiveTimeout + size / SLOWEST
      const file = await engine.fetch(this.#communityId, link.link, entry, { signal, timeout })
      if (!this.#unimported.has(entry.id)) {
        await this.#set(kind, entry, 'downloaded', { bytes: file.length, attempts: 0 })
        signals.emit('historyArchiveDownloaded', this.#communityId, entry)
      }
      this.#unimported.delete(entry.id)
      this.#importing.add(entry.id)
      this.#tasks.run(this.#import(kind, entry, file))
      this.#progress()
    } catch (error) {
      if (!signal.aborted) await this.#failed(kind, entry, error)
    } finally {
      this.#fetching.delete(entry.id)
    }
  }

  async #failed(kind: EngineKind, entry: ArchiveEntry, error: unknown): Promise<void> {
    const reason = `${codeOf(error)}: ${sentence(error)}`
    if (isFinal(error)) {
      await this.#quarantine(kind, entry, reason)
      return
    }
    const attempts = (this.#attempts.get(entry.id) ?? 0) + 1
    this.#attempts.set(entry.id, attempts)
    if (attempts === PATIENCE) {
      this.#failing.add(partitionKey(kind, entry))
      this.#queue = null
    }
    if (!this.#unimported.has(entry.id)) await this.#set(kind, entry, 'wanted', { reason, attempts })
    this.#delay(entry.id)
  }

  async #import(kind: EngineKind, entry: ArchiveEntry, file: ArchiveFile): Promise<void> {
    const { importer, signals, keys } = this.#parts
    const communityId = this.#communityId
    const { signal } = this.#tasks
    try {
      const outcome = await importer.import({ communityId, engine: kind, entry, file, signal })
      if (outcome.state === 'imported') this.#hold(entry.id, 'imported')
      else if (outcome.state === 'quarantined') await this.#quarantine(kind, entry, outcome.reason)
      else {
        await this.#set(kind, entry, outcome.state, { reason: outcome.reason })
        keys.missing(communityId)
      }
      signals.changed(communityId)
    } catch (error) {
      if (signal.aborted) return
      // The archive is here and stays so; only its way into the history is tried again.
      this.#unimported.set(entry.id, { engine: kind, entry })
      const attempts = (this.#attempts.get(entry.id) ?? 0) + 1
      this.#attempts.set(entry.id, attempts)
      await this.#set(kind, entry, 'downloaded', { reason: sentence(error), attempts })
      this.#delay(entry.id)
    } finally {
      this.#importing.delete(entry.id)
    }
  }

  async #quarantine(kind: EngineKind, entry: ArchiveEntry, reason: string): Promise<void> {
    this.#unimported.delete(entry.id)
    await this.#set(kind, entry, 'quarantined', { reason })
    this.#queue = null
    this.#parts.signals.emit('historyArchiveRefused', this.#communityId, entry, reason)
  }

  /** Everything wanted is here: the links are done, what was before them is let go, and all of it is served. */
  async #complete(): Promise<void> {
    const { store } = this.#parts
    const communityId = this.#communityId
    const links = [...this.#open.values()]
    this.#open.clear()
    for (const link of links) {
      await store.downloads.setLinkState(communityId, link, 'done')
      await this.#seed(link)
      const identity = linkIdentity(link.engine, link.link)
      for (const old of await store.downloads.links(communityId)) {
        if (old.engine !== link.engine || old.link === link.link || old.clock > link.clock) continue
        if (linkIdentity(old.engine, old.link) !== identity) {
          await this.#engine(old.engine)
            ?.remove(communityId, old.link)
            .catch(() => {})
        }
        await store.downloads.forgetLink(communityId, old)
      }
    }
  }

  async #seed({ engine: kind, link }: Link): Promise<void> {
    const { signals } = this.#parts
    try {
      const engine = this.#engine(kind)
      if (!engine) return
      await engine.seed(this.#communityId, link, true)
      signals.emit('historyArchivesSeeding', this.#communityId)
    } catch (error) {
      signals.emit('historyArchivesNotice', this.#communityId, null, `Not seeding on ${kind}: ${sentence(error)}`)
    }
  }

  #finish(): void {
    if (this.#finished || this.#tasks.running > 0) return
    this.#finished = true
    if (this.#announcedStart) this.#parts.signals.emit('downloadingHistoryArchivesFinished', this.#communityId)
  }

  async #set(
    kind: EngineKind,
    entry: ArchiveEntry,
    state: 'wanted' | 'downloading' | 'downloaded' | 'waiting-for-key' | 'quarantined',
    more: { readonly reason?: string; readonly attempts?: number; readonly bytes?: number } = {},
  ): Promise<void> {
    const { store, clock } = this.#parts
    this.#hold(entry.id, state)
    const change = { state, ...more, at: clock.now() }
    await store.downloads.setState(this.#communityId, kind, entry.id, change)
  }

  #delay(id: ArchiveId): void {
    this.#delayed.add(id)
    this.#later((this.#attempts.get(id) ?? 1) - 1, () => {
      this.#delayed.delete(id)
      this.#queue = null
    })
  }

  #later(failures: number, step: () => void): void {
    const { firstRetry } = this.#parts.options
    this.#tasks.later(Math.min(MAX_RETRY, firstRetry * 2 ** Math.min(Math.max(failures, 0), 20)), step)
  }

  #engine(kind: EngineKind): DistributionEngine | undefined {
    return this.#parts.engines.running().find((engine) => engine.kind === kind)
  }

  #hold(id: ArchiveId, state: ArchiveState): void {
    this.#here += Number(isHere(state)) - Number(isHere(this.#held.get(id)))
    this.#held.set(id, state)
  }

  #progress(): void {
    const { signals } = this.#parts
    signals.progress({ communityId: this.#communityId, step: 'download', done: this.#here, total: this.#held.size })
  }
}

const isHere = (state: ArchiveState | undefined): boolean =>
  state !== undefined && state !== 'wanted' && state !== 'downloading'

/** Of each flavour the newest link that is followed. */
function newestLinks(links: readonly Link[]): Link[] {
  const newest = new Map<EngineKind, Link>()
  for (const link of links) {
    if (link.state === 'superseded' || link.state === 'cancelled' || link.state === 'refused') continue
    if (!newest.has(link.engine)) newest.set(link.engine, link)
  }
  return [...newest.values()]
}

function countBy(reasons: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}
