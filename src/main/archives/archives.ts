/** The room as one thing: services composed, and the few questions and commands the rest of the node has for them. */
import type { History, PublishingHold } from '../../shared/contract.ts'
import type { ArchiveId, ArchiveLink, CommunityId, Millis, Seconds } from '../../shared/domain.ts'
import type { Store } from '../store/index.ts'
import { Adoptions } from './adoption.ts'
import type { Announcement } from './announced-links.ts'
import { noKeys } from './blobs.ts'
import { Builder } from './builder.ts'
import { Continuation } from './continuation.ts'
import { ControlNodes } from './control-nodes.ts'
import { coverage, type Week } from './coverage.ts'
import type { HeldLink } from './followed.ts'
import { holdersOf } from './holders.ts'
import { Importer } from './importer.ts'
import type { LinkDecision, LinkSource } from './link-policy.ts'
import type { Wanted } from './plan.ts'
import type { ArchivePorts, Publication, Standing } from './ports.ts'
import { Publisher } from './publisher.ts'
import { Reconciler } from './reconcile.ts'
import { Replacement } from './replacement.ts'
import type { RestorationOptions } from './restoration-options.ts'
import { Restorer } from './restorer.ts'
import { type Freed, Retention, type RetentionView } from './retention.ts'
import { ArchiveScheduler, type LoopStatus } from './scheduler.ts'
import { Signals } from './signals.ts'
import { Tenure } from './tenure.ts'

export type ArchiveStore = Pick<
  Store,
  | 'adoptions'
  | 'archives'
  | 'retention'
  | 'downloads'
  | 'replacement'
  | 'records'
  | 'messages'
  | 'communities'
  | 'counters'
  | 'sync'
>

export interface ArchivesOptions extends ArchivePorts {
  readonly store: ArchiveStore
  readonly restoration?: Partial<RestorationOptions>
  /** Threads that verify and decode downloaded archives; 2 unless told otherwise. */
  readonly importThreads?: number
  /** Messages that are written at once. */
  readonly importBatch?: number
}

const isParked = (state: string, reason: string) => state === 'accepted' && reason.startsWith('ENCRYPTED')
const noLink = '' as ArchiveLink
const toSeconds = (at: Millis): Seconds => Math.floor(at / 1000) as Seconds

export class Archives {
  readonly signals: Signals
  /** A member's archives in the place of what is here, where that is wished. */
  readonly replacement: Replacement
  readonly #options: ArchivesOptions
  readonly #builder: Builder
  readonly #publisher: Publisher
  readonly #retention: Retention
  readonly #tenure: Tenure
  readonly #scheduler: ArchiveScheduler
  readonly #importer: Importer
  readonly #restorer: Restorer
  readonly #adoptions: Adoptions

  constructor(options: ArchivesOptions) {
    const { store, clock, engines, owner, member, keys = noKeys } = options
    const signals = new Signals(clock)
    const parts = { store, clock, engines, signals, keys }
    this.signals = signals
    this.#options = options
    this.#builder = new Builder(store, options.staging, keys)
    this.#publisher = new Publisher({ ...parts, owner, builder: this.#builder })
    this.#retention = new Retention({
      store,
      clock,
      days: () => owner.retentionDays(),
      engines: () => engines.wanted(),
    })
    this.#importer = new Importer(
      { ...parts, member },
      { threads: options.importThreads ?? 2, batch: options.importBatch },
    )
    const folder = (communityId: CommunityId) => this.#builder.folder(communityId)
    const continuation = new Continuation({ ...parts, importer: this.#importer, folder })
    const reconciler = new Reconciler({ ...parts, continuation })
    this.#scheduler = new ArchiveScheduler({
      ...parts,
      owner,
      publisher: this.#publisher,
      reconciler,
      retention: this.#retention,
    })
    const interval = () => owner.interval()
    this.#restorer = new Restorer({
      ...parts,
      interval,
      member: { ...member, standing: (communityId) => this.#standing(communityId) },
      importer: this.#importer,
      ...(options.restoration ? { options: options.restoration } : {}),
    })
    this.replacement = new Replacement({ ...parts, member, importer: this.#importer })
    this.#adoptions = new Adoptions({ ...parts, owner, restorer: this.#restorer, continuation })
    this.#tenure = new Tenure({
      ...parts,
      adoptions: this.#adoptions,
      controlNodes: new ControlNodes({ ...parts, interval, publisher: this.#publisher }),
      reconciler,
      restorer: this.#restorer,
      scheduler: this.#scheduler,
      publisher: this.#publisher,
      member,
    })
  }

  // Owner

  /**
   * Archives a community of ours from now on, as soon as nothing keeps it from being published; a second call does
   * nothing. PROTOCOL.md §5.1, RULES.md R1.3.
   */
  startOwner(communityId: CommunityId): void {
    this.#tenure.start(communityId)
  }

  /** Archives it no more and stops serving it; everything stays on disk. PROTOCOL.md §5.8, RULES.md R1.7. */
  async stopOwner(communityId: CommunityId): Promise<void> {
    await this.#tenure.stop(communityId)
  }

  /** This community became ours by its key: what its members fetched of it goes on being fetched by its owner. R1.3. */
  async adopted(communityId: CommunityId): Promise<void> {
    await this.#restorer.release(communityId)
    await this.#adoptions.load(communityId)
  }

  /** Closes the running partition now. @returns archives that became public. @throws ArchiveError `not-running`, `held` */
  archiveNow(communityId: CommunityId): Promise<number> {
    return this.#tenure.archiveNow(communityId)
  }

  /** Why nothing is published for a community of ours; null if it may be. RULES.md R1.2, R1.3, R3.7. */
  heldUp(communityId: CommunityId): Promise<PublishingHold | null> {
    return this.#tenure.hold(communityId)
  }

  /** What was published before and is not here is given up. The caller asked for the name. @throws ArchiveError `nothing-held` */
  startAfresh(communityId: CommunityId): Promise<void> {
    return this.#tenure.startAfresh(communityId)
  }

  /** Which of two devices with the same key goes on. RULES.md R3.7. @throws ArchiveError `no-rival` */
  resolveRival(communityId: CommunityId, choice: 'keep-publishing' | 'yield'): Promise<void> {
    return this.#tenure.resolveRival(communityId, choice)
  }

  /** For a room that is bringing in a past: no archive is made by itself until the returned function is called. */
  hold(communityId: CommunityId): () => void {
    return this.#scheduler.hold(communityId)
  }

  /** To be called when the interval setting was changed. RULES.md R2.2. */
  intervalChanged(): Promise<void> {
    return this.#scheduler.intervalChanged()
  }

  /** Time that no store node has any more: said to whoever looks after this community. RULES.md R2.5. */
  missed(communityId: CommunityId, { from, to }: { readonly from: Millis; readonly to: Millis }): void {
    this.signals.emit('historyArchivesGap', communityId, { from: toSeconds(from), to: toSeconds(to) })
  }

  /** To be called when engines came or went, or time may have passed unnoticed: what is due is not kept waiting. */
  lookAgain(): void {
    this.#scheduler.lookAgain()
  }

  /** An engine that was in trouble is well again. */
  engineBack(): void {
    this.#scheduler.engineBack()
  }

  /** What the retention of raw records would free, and what it keeps. */
  retention(communityId: CommunityId): Promise<RetentionView> {
    return this.#retention.view(communityId)
  }

  /** Frees it now instead of with the next day. */
  prune(communityId: CommunityId): Promise<Freed> {
    return this.#retention.prune(communityId)
  }

  /** The newest publication, for descriptions and join responses; null before the first. RULES.md R3.1, R3.8. */
  publication(communityId: CommunityId): Promise<Publication | null> {
    return this.#publisher.current(communityId)
  }

  loop(communityId: CommunityId): LoopStatus {
    return this.#scheduler.status(communityId)
  }

  // Member

  /** Goes on with every download and import that was interrupted, and serves what is whole. PROTOCOL.md §6.6. */
  async startMember(): Promise<void> {
    await this.#restorer.start()
    await this.replacement.start()
  }

  /**
   * An announcement whose signature was verified to be this community's, or the link of a join response. Durable when
   * it resolves. For a community of ours it is what we announced ourselves, maybe before the database was restored.
   */
  async announced(
    communityId: CommunityId,
    announcement: Announcement,
    source: LinkSource,
  ): Promise<readonly LinkDecision[]> {
    const { owner } = await this.#options.member.standing(communityId)
    if (owner) return this.#tenure.announced(communityId, announcement, source)
    return this.#restorer.announced(communityId, announcement, source)
  }

  /** The archive clock of a description that was just accepted. PROTOCOL.md §5.7. */
  async described(communityId: CommunityId, archiveClock: Millis): Promise<void> {
    const { owner } = await this.#options.member.standing(communityId)
    if (owner) return this.#adoptions.wake(communityId)
    return this.#restorer.described(communityId, archiveClock)
  }

  storeAnswered(communityId: CommunityId): void {
    this.#restorer.storeAnswered(communityId)
  }

  pause(communityId: CommunityId, on: boolean): Promise<void> {
    return this.#restorer.pause(communityId, on)
  }

  cancel(communityId: CommunityId): Promise<void> {
    return this.#restorer.cancel(communityId)
  }

  want(communityId: CommunityId, wanted: Wanted): Promise<void> {
    return this.#restorer.want(communityId, wanted)
  }

  /** @throws ArchiveError `owner-serves` */
  seed(communityId: CommunityId, on: boolean): Promise<void> {
    return this.#restorer.seed(communityId, on)
  }

  /** To be called when the preference was changed: an engine switched on gets the whole history now. RULES.md R5.1. */
  preferenceChanged(): Promise<void> {
    this.lookAgain()
    return this.#restorer.preferenceChanged()
  }

  /** To be called when the disk limit was changed. */
  diskLimitChanged(): Promise<void> {
    return this.#restorer.roomChanged()
  }

  retry(communityId: CommunityId, archiveId: ArchiveId): Promise<void> {
    return this.#restorer.retry(communityId, archiveId)
  }

  /** To be called when a community was joined, or its history archives were switched on. */
  follow(communityId: CommunityId): Promise<void> {
    return this.#restorer.follow(communityId)
  }

  /** Group keys came that were not here before. RULES.md R6.2. */
  keysArrived(communityId: CommunityId): Promise<void> {
    return this.#restorer.keysArrived(communityId)
  }

  leave(communityId: CommunityId): Promise<void> {
    return this.#restorer.leave(communityId)
  }

  /** True while a member still downloads or imports, or waits for a burst of links to settle. */
  isRestoring(communityId: CommunityId): boolean {
    return this.#restorer.isBusy(communityId)
  }

  /** Whether an archive is being imported, of any community. */
  get isImporting(): boolean {
    return this.#importer.isBusy
  }

  heldLinks(communityId: CommunityId): HeldLink[] {
    return this.#restorer.held(communityId)
  }

  // Both

  /** Everything that is shown of a community's history, owner's and member's. */
  async history(communityId: CommunityId): Promise<History> {
    const { store, owner } = this.#options
    const published = await store.archives.list(communityId)
    // What was taken over was downloaded once, and is ours since.
    const ours = new Set(published.map(({ id }) => id))
    const downloaded = (await store.downloads.list(communityId)).filter(({ id }) => !ours.has(id))
    const { owner: isOwner } = await this.#options.member.standing(communityId)
    const hold = isOwner ? await this.#tenure.hold(communityId) : null
    const links = [
      ...(await store.archives.links(communityId)).map((link) => ({ ...link, state: 'published' })),
      ...(await store.downloads.links(communityId)).map(({ engine, clock, link, state, reason }) => ({
        engine,
        clock,
        link,
        state: isParked(state, reason) ? 'waiting-for-key' : state,
      })),
      ...this.heldLinks(communityId).map(({ engine, clock, reason }) => ({
        engine,
        clock,
        link: noLink,
        state: reason,
      })),
    ]
    const { paused, wanted, seeding } = await store.downloads.settings(communityId)
    const refused = { ...(await store.downloads.refused(communityId)) }
    for (const [reason, count] of Object.entries(await store.counters.list(communityId))) {
      refused[reason] = (refused[reason] ?? 0) + count
    }
    return {
      archives: [...published, ...downloaded],
      interval: (owner.interval() * 1000) as Millis,
      lastEnd: await store.archives.lastEnd(communityId),
      nextAt: this.#scheduler.status(communityId).nextAt,
      unarchived: await store.archives.unarchived(communityId),
      links,
      gaps: await this.#gaps(communityId),
      paused,
      wanted,
      seeding,
      replaces: await store.replacement.isOn(communityId),
      replaced: await store.replacement.replaced(communityId),
      refused: Object.entries(refused).map(([reason, count]) => ({ reason, count })),
      standing: isOwner ? (hold === null ? 'publishing' : 'held') : 'member',
      hold,
      rival: isOwner ? await this.#tenure.rival(communityId) : null,
    }
  }

  /** While a history is taken over, its owner restores it as a member does. RULES.md R1.3. */
  async #standing(communityId: CommunityId): Promise<Standing> {
    const standing = await this.#options.member.standing(communityId)
    return { ...standing, owner: standing.owner && !this.#adoptions.isAdopting(communityId) }
  }

  /** Which weeks are here, in what state, why not, and how many others have them. Costs as much as there are archives. */
  async coverage(communityId: CommunityId): Promise<readonly Week[]> {
    const { store, engines } = this.#options
    const [published, downloaded, days, { wanted }] = await Promise.all([
      store.archives.list(communityId),
      store.downloads.list(communityId),
      store.messages.liveDays(communityId),
      store.downloads.settings(communityId),
    ])
    const links = [...(await store.archives.links(communityId)), ...(await store.downloads.links(communityId))]
    const running = engines.running()
    const sets = await Promise.all(running.map(({ kind }) => store.archives.published(communityId, kind)))
    const rows = await store.downloads.archives(communityId)
    const entries = [...sets.flatMap((set) => set?.entries ?? []), ...rows.map(({ entry }) => entry)]
    const peers = await holdersOf(communityId, { engines: running, links, entries })
    const archives = [...published, ...downloaded].map((one) => ({ ...one, peers: peers.get(one.id) ?? null }))
    // A day counts for the week in which its noon lies.
    const live = days.map(({ day, messages }) => ({ at: (day * 86_400 + 43_200) as Seconds, messages }))
    return coverage({ archives, live, wanted, gaps: await this.#gaps(communityId) })
  }

  /** RULES.md R2.5. */
  async #gaps(communityId: CommunityId) {
    const gaps = await this.#options.store.sync.gaps(communityId)
    return gaps.map(({ from, to }) => ({ from: toSeconds(from), to: toSeconds(to) }))
  }

  /** Ends every loop, download and thread after the step it is in. Engines and store are their owner's to stop. */
  async close(): Promise<void> {
    await this.#tenure.close()
    await this.#scheduler.close()
    await this.#restorer.close()
    await this.replacement.close()
    await this.#importer.close()
    await this.#builder.close()
  }
}
