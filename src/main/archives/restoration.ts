/**
 * One community's history being brought here: indexes are opened, a plan is made, archives are fetched newest first and
 * handed to the importer. It knows nothing that is not in the rows, so it can be dropped and made anew at any moment: by
 * a newer link, a pause, a restart. PROTOCOL.md §6, RULES.md §5.
 */
import type { ArchiveId, ArchiveState, CommunityId, EngineKind } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import { type ArchiveEntry, type ArchiveFile, type DistributionEngine, EngineError } from '../distribution/engine.ts'
import type { Store } from '../store/index.ts'
import type { KeysPort } from './blobs.ts'
import type { DiskRoom } from './disk-room.ts'
import { codeOf, isFinal, reasonOf, sentenceOf, waitsForKey } from './failures.ts'
import type { Importer } from './importer.ts'
import { refusalsOf } from './index-codec.ts'
import { archivesOf, openLink } from './many-entries.ts'
import { type DownloadPlan, type FlavourIndex, isAllowed, type PlannedFetch, partitionKey } from './plan.ts'
import { Planner } from './planner.ts'
import type { EnginesPort } from './ports.ts'
import { FULL_AGAIN, GRACE, MAX_RETRY, PATIENCE, type RestorationOptions, SLOWEST } from './restoration-options.ts'
import { type Link, newestLinks, Serving } from './serving.ts'
import type { Signals } from './signals.ts'
import { TaskGroup } from './task-group.ts'

export interface RestorationParts {
  readonly store: Pick<Store, 'downloads'>
  readonly clock: Clock
  readonly engines: EnginesPort
  readonly importer: Pick<Importer, 'import' | 'index'>
  readonly signals: Signals
  readonly keys: KeysPort
  readonly room: Pick<DiskRoom, 'take'>
  readonly options: RestorationOptions
}

export class Restoration {
  readonly #communityId: CommunityId
  readonly #parts: RestorationParts
  readonly #indexes = new Map<EngineKind, FlavourIndex>()
  /** Links whose index is open and of which not everything wanted is here yet. */
  readonly #open = new Map<EngineKind, Link>()
  readonly #held = new Map<ArchiveId, ArchiveState>()
  #here = 0
  /** What to fetch next, newest first; null before there is a plan. */
  #queue: PlannedFetch[] | null = null
  readonly #planner: Planner
  /** Here, but not yet in the history: fetched once more, which costs nothing, to learn where it lies. */
  readonly #unimported = new Map<ArchiveId, PlannedFetch>()
  readonly #attempts = new Map<ArchiveId, number>()
  readonly #failing = new Set<string>()
  /** Archives, and the share of a partition that each is of. */
  readonly #fetching = new Map<ArchiveId, string>()
  readonly #delayed = new Map<ArchiveId, string>()
  readonly #importing = new Set<ArchiveId>()
  readonly #opening = new Set<EngineKind>()
  readonly #tasks: TaskGroup
  readonly #serving: Serving
  #links: readonly Link[] = []
  #wish: Awaited<ReturnType<Store['downloads']['settings']>>['wanted'] = { kind: 'all' }
  #announcedStart = false
  #finished = false
  /** For the preferred engine's index, if it is being opened. */
  #waits = true
  /** Nothing more may come: the archives take as much of the disk as they may. */
  #full = false

  constructor(communityId: CommunityId, parts: RestorationParts) {
    this.#communityId = communityId
    this.#parts = parts
    this.#serving = new Serving(communityId, parts)
    this.#planner = new Planner(
      parts.clock,
      () => this.#situation(),
      (plan) => this.#pump(plan),
    )
    this.#tasks = new TaskGroup(parts.clock, {
      settled: () => this.#pump(),
      // Only the store can fail here.
      failed: (error) => parts.signals.emit('historyArchivesNotice', communityId, null, sentenceOf(error)),
    })
  }

  /** Goes on from what the rows say. Resolves when everything is under way. */
  async start(): Promise<void> {
    const { store } = this.#parts
    this.#links = newestLinks(await store.downloads.links(this.#communityId))
    this.#wish = (await store.downloads.settings(this.#communityId)).wanted
    const rows = await archivesOf(store.downloads, this.#communityId)
    for (const row of rows) {
      const { engine, entry, attempts } = row
      // What was being imported is here. What was being fetched is wanted again, perhaps of the other engine.
      const state = row.state === 'downloading' ? 'wanted' : row.state === 'importing' ? 'downloaded' : row.state
      if (row.state === 'downloading') await this.#set(engine, entry, 'wanted')
      else this.#hold(entry.id, state)
      if (attempts > 0) this.#attempts.set(entry.id, attempts)
      if (state === 'downloaded') this.#unimported.set(entry.id, { engine, entry })
    }
    for (const link of this.#links) {
      const { engine, clock } = link
      const isDone = link.state === 'done'
      // What its index said is in the rows. Before it is open, too, what came by an engine counts, be it here or gone.
      const ofEngine = rows.filter((row) => row.engine === engine && (isDone || isHere(row.state)))
      this.#indexes.set(engine, { engine, clock, entries: ofEngine.map(({ entry }) => entry), refused: [] })
      if (isDone) this.#tasks.run(this.#serving.serve(link))
      else this.#openLink(link, 0)
    }
    const endWaiting = () => {
      this.#waits = false
    }
    if (this.#links.length > 1) this.#tasks.later(GRACE, endWaiting)
    this.#pump()
  }

  /** Downloads nothing, and serves what is here. */
  async serve(): Promise<void> {
    this.#finished = true
    for (const link of newestLinks(await this.#parts.store.downloads.links(this.#communityId)))
      if (link.state !== 'accepted') await this.#serving.serve(link)
  }

  /** Ends everything under way and waits for it. What is here stays. */
  stop(): Promise<void> {
    this.#planner.close()
    return this.#tasks.stop(new Error('The restoration was stopped.'))
  }

  /** Nothing left to do for the links that were followed. */
  get finished(): boolean {
    return this.#finished
  }

  #openLink(link: Link, failures: number): void {
    if (!isAllowed(this.#parts.engines.preference(), link.engine)) return
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
    const { store, clock, importer, signals, options } = this.#parts
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
      const index = await importer.index(communityId, { kind: link.engine, bytes, signal })
      const { counts: refused } = index
      await openLink(store.downloads, communityId, link, { entries: index.entries, refused }, clock.now())
      await this.#serving.quieten(link)
      for (const sentence of refusalsOf(index, 'refused')) {
        signals.emit('historyArchiveRefused', communityId, null, sentence)
      }
      for (const { id } of index.entries) if (!this.#held.has(id)) this.#hold(id, 'wanted')
      this.#indexes.set(link.engine, { ...index, engine: link.engine, clock: link.clock })
      this.#open.set(link.engine, link)
      this.#planner.outdate()
      signals.emit('indexDownloadCompleted', communityId, null, link.link)
    } catch (error) {
      if (signal.aborted) return
      if (waitsForKey(error)) await this.#park(link, error)
      else if (isFinal(error)) await this.#refuseLink(link, error)
      else this.#later(failures, () => this.#openLink(link, failures + 1))
    } finally {
      this.#opening.delete(link.engine)
    }
  }

  /** The index cannot be read yet: its link is followed again as soon as a key has come. R6.2. */
  async #park(link: Link, error: unknown): Promise<void> {
    const { store, signals, keys } = this.#parts
    await store.downloads.setLinkState(this.#communityId, link, 'accepted', `ENCRYPTED: ${sentenceOf(error)}`)
    signals.emit('historyArchivesNotice', this.#communityId, null, 'The list of archives waits for its group key.')
    keys.missing(this.#communityId)
  }

  async #refuseLink(link: Link, error: unknown): Promise<void> {
    const reason = reasonOf(error)
    await this.#parts.store.downloads.setLinkState(this.#communityId, link, 'refused', reason)
    this.#parts.signals.emit('historyArchiveRefused', this.#communityId, null, reason)
  }

  /** Starts as much as may run at once; called whenever anything changed. */
  #pump(made: DownloadPlan | null = null): void {
    this.#take(made)
    if (this.#tasks.signal.aborted) return
    const { options, signals } = this.#parts
    const { first } = this.#parts.engines.preference()
    if (this.#waits && first !== 'both' && this.#opening.has(first)) return
    this.#take(this.#planner.plan())
    if (this.#queue === null) return
    let queue = this.#queue
    while (queue.length > 0 && this.#fetching.size < options.parallel && !this.#full) {
      const next = queue.shift()
      if (!next || this.#isBusy(next.entry.id)) continue
      if (!this.#announcedStart) signals.emit('downloadingHistoryArchivesStarted', this.#communityId)
      this.#announcedStart = true
      this.#fetching.set(next.entry.id, partitionKey(next.engine, next.entry))
      this.#tasks.run(this.#bring(next))
      // Where its engine is not there it has failed by now, and what to fetch may be something else.
      this.#take(this.#planner.plan())
      queue = this.#queue
    }
    if (!this.#planner.isCurrent) return
    if (queue.length + this.#fetching.size + this.#delayed.size + this.#opening.size > 0) return
    if (this.#open.size > 0) this.#tasks.run(this.#complete())
    else if (this.#importing.size === 0) this.#finish()
  }

  #situation() {
    return {
      indexes: [...this.#indexes.values()],
      held: this.#held,
      wanted: this.#wish,
      preference: this.#parts.engines.preference(),
      failing: this.#failing,
      underWay: new Set([...this.#fetching.values(), ...this.#delayed.values()]),
    }
  }

  #take(plan: DownloadPlan | null): void {
    if (plan === null) return
    this.#queue = [...this.#unimported.values(), ...plan.fetch].sort((a, b) => b.entry.to - a.entry.to)
  }

  /** Or here: while a plan is made, what it says is still to be fetched may come. */
  #isBusy(id: ArchiveId): boolean {
    const isDone = isHere(this.#held.get(id)) && !this.#unimported.has(id)
    return isDone || this.#fetching.has(id) || this.#delayed.has(id) || this.#importing.has(id)
  }

  async #bring({ engine: kind, entry }: PlannedFetch): Promise<void> {
    const { options, signals } = this.#parts
    const { signal } = this.#tasks
    const engine = this.#engine(kind)
    const link = this.#links.find((one) => one.engine === kind)
    const size = entry.locator.kind === 'torrent' ? entry.locator.size : 0
    let leave = () => {}
    try {
      if (!engine || !link) throw new EngineError('unavailable', `The ${kind} engine is not running.`)
      if (!this.#unimported.has(entry.id)) {
        leave = await this.#parts.room.take(size)
        await this.#set(kind, entry, 'downloading')
      }
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
      leave()
      this.#fetching.delete(entry.id)
    }
  }

  async #failed(kind: EngineKind, entry: ArchiveEntry, error: unknown): Promise<void> {
    const reason = reasonOf(error)
    if (codeOf(error) === 'disk-limit') {
      await this.#wait(reason)
      return
    }
    if (isFinal(error)) {
      await this.#quarantine(kind, entry, reason)
      return
    }
    const attempts = (this.#attempts.get(entry.id) ?? 0) + 1
    this.#attempts.set(entry.id, attempts)
    if (attempts === PATIENCE) {
      this.#failing.add(partitionKey(kind, entry))
      this.#planner.outdate()
    }
    if (!this.#unimported.has(entry.id)) await this.#set(kind, entry, 'wanted', { reason, attempts })
    this.#delay(kind, entry)
  }

  /** The rest stays wanted, and says why it does not come. */
  async #wait(reason: string): Promise<void> {
    this.#planner.outdate()
    if (this.#full) return
    this.#full = true
    const { store, signals } = this.#parts
    await store.downloads.noteWanted(this.#communityId, reason)
    signals.emit('historyArchivesNotice', this.#communityId, null, reason)
    this.#tasks.later(FULL_AGAIN, () => {
      this.#full = false
    })
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
      await this.#set(kind, entry, 'downloaded', { reason: sentenceOf(error), attempts })
      this.#delay(kind, entry)
    } finally {
      this.#importing.delete(entry.id)
    }
  }

  async #quarantine(kind: EngineKind, entry: ArchiveEntry, reason: string): Promise<void> {
    this.#unimported.delete(entry.id)
    await this.#set(kind, entry, 'quarantined', { reason })
    this.#planner.outdate()
    this.#parts.signals.emit('historyArchiveRefused', this.#communityId, entry, reason)
  }

  /** Everything wanted is here. */
  async #complete(): Promise<void> {
    const links = [...this.#open.values()]
    this.#open.clear()
    for (const link of links) await this.#serving.complete(link)
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

  #delay(kind: EngineKind, entry: ArchiveEntry): void {
    const { id } = entry
    this.#delayed.set(id, partitionKey(kind, entry))
    this.#later((this.#attempts.get(id) ?? 1) - 1, () => {
      this.#delayed.delete(id)
      this.#planner.outdate()
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
