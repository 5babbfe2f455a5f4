/**
 * The member's side: announcements in, histories restored. It applies the link policy, lets bursts settle, and keeps one
 * restoration for each community. Everything it decides is in the database before it acts on it. PROTOCOL.md §6,
 * RULES.md R3.4–R3.6.
 */
import type { ArchiveId, CommunityId, EngineKind, Millis } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { Store } from '../store/index.ts'
import { type Announcement, type ReadLink, readLinks } from './announced-links.ts'
import type { KeysPort } from './blobs.ts'
import { DiskRoom } from './disk-room.ts'
import { ArchiveError } from './errors.ts'
import { type Followed, type HeldLink, newlyFollowed, passing } from './followed.ts'
import type { Importer } from './importer.ts'
import {
  decideLink,
  extendBurst,
  isBehindDescription,
  type LinkDecision,
  type LinkSource,
  type LinkState,
  MAX_SETTLE,
  noLinks,
  noteDescriptionClock,
  settlesAt,
} from './link-policy.ts'
import type { Wanted } from './plan.ts'
import type { EnginesPort, MemberPort } from './ports.ts'
import { Restoration } from './restoration.ts'
import { type RestorationOptions, restorationDefaults } from './restoration-options.ts'
import type { Signals } from './signals.ts'

export interface RestorerParts {
  readonly store: Pick<Store, 'downloads' | 'adoptions'>
  readonly clock: Clock
  readonly engines: EnginesPort
  readonly member: MemberPort
  /** s; how long an archive spans. */
  readonly interval: () => number
  readonly importer: Pick<Importer, 'import' | 'index'>
  readonly signals: Signals
  readonly keys: KeysPort
  readonly options?: Partial<RestorationOptions>
}

export class Restorer {
  readonly #parts: RestorerParts
  readonly #followed = new Map<CommunityId, Followed>()
  readonly #room: DiskRoom
  #closed = false

  constructor(parts: RestorerParts) {
    this.#parts = parts
    this.#room = new DiskRoom(parts.store.downloads, () => parts.member.diskLimit())
  }

  /** Takes up what was going on when the node ended, and serves what is whole. PROTOCOL.md §6.6, §6.7. */
  async start(): Promise<void> {
    const { store, clock } = this.#parts
    for (const communityId of await store.downloads.unfinished()) {
      // Its key may have come in the last moment before the node ended.
      await store.downloads.keyArrived(communityId, 'archives', clock.now())
      await this.#restart(communityId)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#followed.keys()].map((id) => this.#drop(id)))
  }

  /**
   * An announcement whose signature is this community's, or the link of a join response. Durable when it resolves;
   * acting on it waits until the burst it may be part of has settled.
   */
  announced(
    communityId: CommunityId,
    announcement: Announcement,
    source: LinkSource,
  ): Promise<readonly LinkDecision[]> {
    const links = readLinks(announcement, communityId, this.#parts.member.linkRules())
    return this.#exclusive(communityId, () => this.#decide(communityId, links, source))
  }

  /** The archive clock of a description that was just accepted. PROTOCOL.md §5.7, RULES.md R3.5. */
  described(communityId: CommunityId, clock: Millis): Promise<void> {
    return this.#exclusive(communityId, async () => {
      const { store, clock: time, signals } = this.#parts
      const state = await this.#state(communityId)
      const next = noteDescriptionClock(state, clock, time.now())
      if (next === state || next.description === null) return
      await store.downloads.noteDescription(communityId, next.description.clock, next.description.since)
      if (!isBehindDescription(next)) return
      const detail = 'The community has newer archives than any link received so far; waiting for their announcement.'
      signals.emit('historyArchivesNotice', communityId, null, detail)
    })
  }

  /** The store node has said all it knows: what it announced is acted on at once. RULES.md R3.6. */
  storeAnswered(communityId: CommunityId): void {
    const followed = this.#followed.get(communityId)
    if (followed?.burst) this.#settle(communityId, followed)
  }

  /** Stops, or goes on with, downloading and importing. What is here is served either way. */
  async pause(communityId: CommunityId, on: boolean): Promise<void> {
    await this.#parts.store.downloads.setPaused(communityId, on)
    await this.#restart(communityId)
  }

  /** Whether what was downloaded is served to others; nothing is deleted either way. @throws ArchiveError `owner-serves` */
  async seed(communityId: CommunityId, on: boolean): Promise<void> {
    const { store, member, signals } = this.#parts
    if ((await member.standing(communityId)).owner)
      throw new ArchiveError('owner-serves', 'An owner serves its archives for as long as history archives are on.')
    await store.downloads.setSeeding(communityId, on)
    await this.#restart(communityId)
    if (!on) signals.emit('historyArchivesUnseeded', communityId)
  }

  /** What waits for room on the disk may have it now. */
  async roomChanged(): Promise<void> {
    for (const [communityId, { restoration }] of this.#followed)
      if (restoration?.finished === false) await this.#restart(communityId)
  }

  /** Another engine is tried first, or may be used at all: every plan is made anew. RULES.md R5.1. */
  async preferenceChanged(): Promise<void> {
    for (const [communityId, { restoration }] of this.#followed) if (restoration) await this.#restart(communityId)
  }

  /** Gives up the links not yet done. The next announcement is followed again. */
  cancel(communityId: CommunityId): Promise<void> {
    return this.#exclusive(communityId, async () => {
      const { store } = this.#parts
      await this.#stopRestoration(communityId)
      for (const link of await store.downloads.links(communityId)) {
        if (link.state === 'accepted' || link.state === 'opened') {
          await store.downloads.setLinkState(communityId, link, 'cancelled')
        }
      }
    })
  }

  /** All of the history, its newest partition only, or a stretch of time. */
  async want(communityId: CommunityId, wanted: Wanted): Promise<void> {
    await this.#parts.store.downloads.setWanted(communityId, wanted)
    await this.#reopen(communityId)
  }

  /** Tries a refused archive, or one that waits for a key, once more. @throws ArchiveError `unknown-archive` */
  async retry(communityId: CommunityId, archiveId: ArchiveId): Promise<void> {
    const { store, clock } = this.#parts
    const rows = await store.downloads.archives(communityId)
    const row = rows.find(({ entry }) => entry.id === archiveId)
    if (!row) throw new ArchiveError('unknown-archive', 'This archive is not known here.')
    if (row.state === 'imported') return
    const change = { state: 'wanted', attempts: 0, at: clock.now() } as const
    await store.downloads.setState(communityId, row.engine, archiveId, change)
    await this.#reopen(communityId)
  }

  /** New group keys: whatever waited for one is tried again, from what is on the disk already. RULES.md R6.2. */
  async keysArrived(communityId: CommunityId): Promise<void> {
    const { store, clock } = this.#parts
    if (!this.#followed.has(communityId)) return
    await this.#exclusive(communityId, async () => {
      await this.#stopRestoration(communityId)
      await store.downloads.keyArrived(communityId, 'messages', clock.now())
    })
    await this.#restart(communityId)
  }

  /** This community was joined, or its history archives or an engine were switched on: what was said of it counts now. */
  async follow(communityId: CommunityId): Promise<void> {
    const early = [...(this.#followed.get(communityId)?.early.values() ?? [])]
    for (const { link, source } of early) {
      await this.#exclusive(communityId, () => this.#decide(communityId, [link], source))
    }
    await this.#restart(communityId)
  }

  /** Leaves a community, or switches its history archives off: nothing more is downloaded or served of it. Its history stays. */
  async leave(communityId: CommunityId): Promise<void> {
    const { store, engines } = this.#parts
    await this.#drop(communityId)
    for (const { engine: kind, link } of await store.downloads.links(communityId)) {
      const engine = engines.running().find((one) => one.kind === kind)
      await engine?.seed(communityId, link, false).catch(() => {})
    }
  }

  /** Lets go of a community that its owner's loop looks after from now on: what was fetched stays, and is served. */
  async release(communityId: CommunityId): Promise<void> {
    await this.#drop(communityId)
  }

  held(communityId: CommunityId): HeldLink[] {
    const held = this.#followed.get(communityId)?.held.values() ?? []
    return [...held].map(({ engine, clock, reason, until }) => ({ engine, clock, reason, until }))
  }

  /** True while something is left to do that was not given up. */
  isBusy(communityId: CommunityId): boolean {
    const followed = this.#followed.get(communityId)
    if (followed === undefined) return false
    return followed.burst !== null || followed.starting > 0 || followed.restoration?.finished === false
  }

  async #decide(communityId: CommunityId, links: readonly ReadLink[], source: LinkSource): Promise<LinkDecision[]> {
    const { store, clock, member, engines } = this.#parts
    const standing = await member.standing(communityId)
    const decisions: LinkDecision[] = []
    let accepted = false
    for (const link of links) {
      const running = engines.running()
      const context = {
        ...standing,
        now: clock.now(),
        running: new Set(running.map(({ kind }) => kind)),
        interval: this.#parts.interval() * 1000,
      }
      const state = await this.#state(communityId)
      const decision = decideLink(state, context, link)
      decisions.push(decision)
      await this.#noteDevice(communityId, state, decision)
      if (decision.act === 'process') {
        const { engine } = decision
        await store.downloads.acceptLink(communityId, { ...link, engine }, clock.now())
        this.#release(communityId, engine, link.clock)
        this.#follow(communityId).early.delete(engine)
        accepted = true
      } else if (decision.act === 'hold') {
        this.#hold(communityId, link, source, decision)
      } else {
        member.count(standing.known ? communityId : null, `link:${decision.reason}`)
        if (standing.known && passing.has(decision.reason)) this.#keepEarly(communityId, link, source)
        // The same link from elsewhere: more peers for what is under way.
        const engine = decision.reason === 'same-link' && running.find(({ kind }) => kind === link.engine)
        if (engine) engine.addPeers(communityId, link.hints)
      }
    }
    if (accepted) this.#arm(communityId, source)
    return decisions
  }

  /** Of several devices with the community's key another one is followed now: what it said counts. RULES.md R3.7. */
  async #noteDevice(communityId: CommunityId, before: LinkState, decision: LinkDecision): Promise<void> {
    const followed = decision.act === 'hold' ? undefined : decision.state?.followed
    if (followed === undefined || followed === before.followed) return
    await this.#parts.store.adoptions.follow(communityId, followed)
    if (followed?.device === before.followed?.device) return
    for (const held of this.#followed.get(communityId)?.held.values() ?? [])
      if (held.reason === 'other-device') held.again()
  }

  async #state(communityId: CommunityId): Promise<LinkState> {
    const { store } = this.#parts
    const { description } = await store.downloads.settings(communityId)
    const state = { ...noLinks, description, followed: await store.adoptions.followed(communityId) }
    // Oldest first, so that the newest of each flavour stays.
    for (const { engine, link, clock } of (await store.downloads.links(communityId)).reverse()) {
      state[engine] = { clock, lastLink: link }
    }
    return state
  }

  #arm(communityId: CommunityId, source: LinkSource): void {
    const { clock } = this.#parts
    const followed = this.#follow(communityId)
    const now = clock.now()
    followed.burst = extendBurst(followed.burst, now)
    followed.cancelSettle()
    const delay = settlesAt(followed.burst, source) - now
    followed.cancelSettle = clock.setTimer(Math.max(0, delay), () => this.#settle(communityId, followed))
  }

  #settle(communityId: CommunityId, followed: Followed): void {
    followed.cancelSettle()
    followed.burst = null
    this.#restart(communityId).catch((error: unknown) => this.#notice(communityId, error))
  }

  #keepEarly(communityId: CommunityId, link: ReadLink, source: LinkSource): void {
    const { early } = this.#follow(communityId)
    if (link.engine === null || (early.get(link.engine)?.link.clock ?? 0) > link.clock) return
    early.set(link.engine, { link, source })
  }

  #hold(
    communityId: CommunityId,
    link: ReadLink,
    source: LinkSource,
    { engine, reason, until }: Extract<LinkDecision, { act: 'hold' }>,
  ): void {
    const { clock, member, signals } = this.#parts
    const { held } = this.#follow(communityId)
    member.count(communityId, `link:${reason}`)
    const known = held.get(engine)
    if (known && known.clock > link.clock && known.reason === reason) return
    known?.cancel()
    const again = () => {
      held.get(engine)?.cancel()
      held.delete(engine)
      // It is judged as if it were said now: that is what the time was for.
      const from = link.from && { ...link.from, at: clock.now() }
      this.#exclusive(communityId, () => this.#decide(communityId, [{ ...link, from }], source)).catch(
        (error: unknown) => this.#notice(communityId, error),
      )
    }
    // What a store node says comes oldest first: the device that is followed may be heard a moment later.
    const delay = Math.max(until - clock.now(), source === 'store' ? MAX_SETTLE : 0)
    const cancel = clock.setTimer(delay, again)
    held.set(engine, { engine, clock: link.clock, reason, until, cancel, again })
    signals.emit('historyArchivesNotice', communityId, null, `A link is held: ${reason}.`)
  }

  /** A link that was accepted makes the held one of its flavour superfluous, if that is not from the future. */
  #release(communityId: CommunityId, engine: EngineKind, clock: Millis): void {
    const held = this.#followed.get(communityId)?.held
    const link = held?.get(engine)
    if (!link || link.clock > clock) return
    link.cancel()
    held?.delete(engine)
  }

  async #reopen(communityId: CommunityId): Promise<void> {
    const { store } = this.#parts
    for (const link of await store.downloads.links(communityId)) {
      if (link.state === 'done' || link.state === 'refused') {
        await store.downloads.setLinkState(communityId, link, 'accepted')
      }
    }
    await this.#restart(communityId)
  }

  /** Begins anew from the rows: a newer link takes over, and keeps what is here already. */
  async #restart(communityId: CommunityId): Promise<void> {
    const followed = this.#follow(communityId)
    followed.starting += 1
    try {
      await this.#exclusive(communityId, async () => {
        await this.#stopRestoration(communityId)
        const { store, member } = this.#parts
        const { paused } = await store.downloads.settings(communityId)
        const standing = await member.standing(communityId)
        if (this.#closed || !standing.joined || !standing.historyArchives || standing.owner) return
        const options = { ...restorationDefaults, ...this.#parts.options }
        followed.restoration = new Restoration(communityId, { ...this.#parts, options, room: this.#room })
        if (paused) await followed.restoration.serve()
        else await followed.restoration.start()
      })
    } finally {
      followed.starting -= 1
    }
  }

  async #stopRestoration(communityId: CommunityId): Promise<void> {
    const followed = this.#followed.get(communityId)
    if (!followed?.restoration) return
    await followed.restoration.stop()
    followed.restoration = null
  }

  async #drop(communityId: CommunityId): Promise<void> {
    const followed = this.#followed.get(communityId)
    if (!followed) return
    followed.cancelSettle()
    for (const { cancel } of followed.held.values()) cancel()
    await this.#exclusive(communityId, () => this.#stopRestoration(communityId))
    this.#followed.delete(communityId)
  }

  #follow(communityId: CommunityId): Followed {
    const known = this.#followed.get(communityId)
    if (known) return known
    const followed = newlyFollowed()
    this.#followed.set(communityId, followed)
    return followed
  }

  /** One thing at a time for each community, in the order asked for. */
  #exclusive<T>(communityId: CommunityId, step: () => Promise<T>): Promise<T> {
    const followed = this.#follow(communityId)
    const run = followed.lane.then(step, step)
    followed.lane = run.catch(() => {})
    return run
  }

  #notice(communityId: CommunityId, error: unknown): void {
    const detail = error instanceof Error ? error.message : String(error)
    if (!this.#closed) this.#parts.signals.emit('historyArchivesNotice', communityId, null, detail)
  }
}
