/**
 * The owner's loop, one for each community: wait until nothing is missing, publish what is due, sleep until the next
 * partition closes. All it knows is in the database, so starting again is the same as going on. PROTOCOL.md §5,
 * RULES.md §2, R3.8.
 */
import type { CommunityId, Millis, Seconds } from '../../shared/domain.ts'
import { type Clock, wait } from '../clock.ts'
import type { Store } from '../store/index.ts'
import { ArchiveError } from './errors.ts'
import type { OwnerPort } from './ports.ts'
import type { Publisher } from './publisher.ts'
import type { Reconciler } from './reconcile.ts'
import type { Retention } from './retention.ts'
import { changeInterval, cutNow, type Due, duePartitions, type Schedule, withoutFuture } from './schedule.ts'
import type { Signals } from './signals.ts'

export interface SchedulerParts {
  readonly store: Pick<Store, 'archives' | 'records'>
  readonly clock: Clock
  readonly owner: Pick<OwnerPort, 'interval' | 'catchUp'>
  readonly publisher: Pick<Publisher, 'publish' | 'clean' | 'seed' | 'servesAll' | 'unseed' | 'announce'>
  readonly reconciler: Pick<Reconciler, 'reconcile'>
  readonly retention: Pick<Retention, 'prune'>
  readonly signals: Signals
}

/** How the loop found its community. A: nothing to archive yet; B: nothing due; C: something is. PROTOCOL.md §5.2. */
export type StartCase = 'A' | 'B' | 'C'

export interface LoopStatus {
  readonly running: boolean
  /** Null while the loop still waits for what it missed. */
  readonly startedAs: StartCase | null
  /** When the running partition closes; null while it is empty. */
  readonly nextAt: Millis | null
}

/** What is known of the grid from the first waiting record on. */
interface Waiting extends Schedule {
  readonly first: Seconds
}

interface Loop {
  readonly communityId: CommunityId
  readonly controller: AbortController
  /** The work in progress; what else changes rows of the community waits for it. */
  lane: Promise<unknown>
  /** Raw records being freed. */
  pruning: Promise<unknown>
  interval: number
  /** Nothing is missing any more; from now on timers wake the loop. */
  begun: boolean
  readonly ready: PromiseWithResolvers<void>
  /** What went wrong last, as it was told; the same is not told again before something went right. */
  told: string | null
  startedAs: StartCase | null
  nextAt: Millis | null
  failures: number
  cancelWake: () => void
  cancelAnnouncement: () => void
  cancelPruning: () => void
}

const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR
/** Longest sleep: a machine that was suspended notices within an hour that a partition has closed. */
const MAX_SLEEP = HOUR
const FIRST_RETRY = 5 * SECOND
/** Raw records are freed soon after a start, when nobody waits for the node any more, and then daily. */
const FIRST_PRUNING = 60 * SECOND
/** How long “archive now” waits for a loop that has yet to learn what it missed. */
const PATIENCE = 20 * SECOND
const MAX_RETRY = 10 * 60 * SECOND

/** The grid is one of whole seconds. */
const wholeSeconds = (interval: number): number => Math.max(1, Math.round(interval))

const backoff = (failures: number): number => Math.min(MAX_RETRY, FIRST_RETRY * 2 ** Math.min(failures - 1, 10))

export class ArchiveScheduler {
  readonly #parts: SchedulerParts
  readonly #loops = new Map<CommunityId, Loop>()
  /** Loops that were stopped and have not ended yet. */
  readonly #ending = new Map<CommunityId, Promise<void>>()
  /** How often each community is held. */
  readonly #held = new Map<CommunityId, number>()

  constructor(parts: SchedulerParts) {
    this.#parts = parts
  }

  /** Starts the loop of a community; a second start does nothing. Returns at once. */
  start(communityId: CommunityId): void {
    if (this.#loops.has(communityId)) return
    const loop: Loop = {
      communityId,
      controller: new AbortController(),
      // Switched off and on again: the old loop ends first.
      lane: this.#ending.get(communityId) ?? Promise.resolve(),
      pruning: Promise.resolve(),
      interval: wholeSeconds(this.#parts.owner.interval()),
      begun: false,
      ready: Promise.withResolvers(),
      told: null,
      startedAs: null,
      nextAt: null,
      failures: 0,
      cancelWake: () => {},
      cancelAnnouncement: () => {},
      cancelPruning: () => {},
    }
    this.#loops.set(communityId, loop)
    void this.#begin(loop).catch((error: unknown) => this.#notice(loop, error))
  }

  /** Ends the loop after the step it is in, and stops seeding where asked to. Nothing is deleted. RULES.md R1.7. */
  async stop(communityId: CommunityId, options: { readonly unseed: boolean } = { unseed: true }): Promise<void> {
    const loop = this.#loops.get(communityId)
    if (!loop) return this.#ending.get(communityId)
    this.#loops.delete(communityId)
    loop.controller.abort(new ArchiveError('not-running', 'The archive loop of this community was stopped.'))
    loop.cancelWake()
    loop.cancelAnnouncement()
    loop.cancelPruning()
    const ended = Promise.allSettled([loop.lane, loop.pruning]).then(async () => {
      if (options.unseed) await this.#parts.publisher.unseed(communityId)
    })
    this.#ending.set(communityId, ended)
    await ended.finally(() => {
      if (this.#ending.get(communityId) === ended) this.#ending.delete(communityId)
    })
  }

  async close(): Promise<void> {
    await Promise.all([...this.#loops.keys()].map((id) => this.stop(id, { unseed: false })))
    await Promise.all(this.#ending.values())
  }

  /** Something changed that a loop would notice later: an engine came or went, or the machine was asleep. */
  lookAgain(): void {
    for (const loop of this.#loops.values()) this.#wakeIn(loop, 0)
  }

  /** An engine is well again: what it could not offer it offers now, and that is announced. RULES.md R3.8. */
  engineBack(): void {
    for (const loop of this.#loops.values()) void this.#offerAgain(loop).catch(() => {})
    this.lookAgain()
  }

  async #offerAgain(loop: Loop): Promise<void> {
    await this.#begun(loop)
    if (!this.#parts.publisher.servesAll(loop.communityId)) await this.#patiently(loop, () => this.#announce(loop))
  }

  /** The interval setting may have changed: it applies from now on. RULES.md R2.2. */
  async intervalChanged(): Promise<void> {
    await Promise.all([...this.#loops.values()].map((loop) => this.#exclusive(loop, () => this.#align(loop))))
    this.lookAgain()
  }

  /**
   * Closes the running partition and publishes it. Resolves with the number of archives that became public.
   * @throws ArchiveError `not-running`, `catching-up`, or what publishing throws
   */
  async archiveNow(communityId: CommunityId): Promise<number> {
    const loop = this.#loops.get(communityId)
    if (!loop) throw new ArchiveError('not-running', 'History archives are switched off for this community.')
    await this.#begun(loop)
    return this.#exclusive(loop, async () => {
      const { clock, store, signals } = this.#parts
      const schedule = await this.#schedule(loop)
      const first = await store.records.earliestWaiting(communityId)
      // Up to the end of this second: what was said a moment ago is part of what a person means by "now".
      const now = (clock.now() + SECOND) as Millis
      const cuts = cutNow(schedule, now, first)
      const due = await this.#due(loop, { ...schedule, cuts }, now, true)
      const archives = await this.#publish(loop, due)
      if (archives === 0) signals.emit('noHistoryArchivesCreated', communityId)
      this.#wakeIn(loop, 0)
      return archives
    })
  }

  /** Makes no archive by itself until the returned function is called; then it looks at once. */
  hold(communityId: CommunityId): () => void {
    this.#held.set(communityId, (this.#held.get(communityId) ?? 0) + 1)
    let released = false
    const loop = this.#loops.get(communityId)
    // What comes in meanwhile may be due at once.
    if (loop !== undefined) loop.nextAt = null
    return () => {
      if (released) return
      released = true
      const left = (this.#held.get(communityId) ?? 1) - 1
      if (left > 0) this.#held.set(communityId, left)
      else this.#held.delete(communityId)
      const now = this.#loops.get(communityId)
      if (now === undefined || left > 0) return
      // A look that was under way may have set it, without what came in meanwhile.
      now.nextAt = null
      this.#wakeIn(now, 0)
    }
  }

  status(communityId: CommunityId): LoopStatus {
    const loop = this.#loops.get(communityId)
    return { running: loop !== undefined, startedAs: loop?.startedAs ?? null, nextAt: loop?.nextAt ?? null }
  }

  /** Seeds at once; decides only when nothing is missing any more. PROTOCOL.md §5.2. */
  async #begin(loop: Loop): Promise<void> {
    const { communityId } = loop
    const { publisher, reconciler } = this.#parts
    const { signal } = loop.controller
    await this.#patiently(loop, () =>
      this.#exclusive(loop, async () => {
        await publisher.seed(communityId)
        await publisher.clean(communityId)
      }),
    )
    await this.#caughtUp(loop)
    await this.#patiently(loop, () => this.#exclusive(loop, () => reconciler.reconcile(communityId, signal)))
    await this.#patiently(loop, () => this.#announce(loop))
    await this.#patiently(loop, () => this.#exclusive(loop, () => this.#align(loop)))
    loop.begun = true
    loop.ready.resolve()
    this.#pruneIn(loop, FIRST_PRUNING)
    await this.#wake(loop)
  }

  /** Before the loop knows what it missed and what it announced itself, nothing may be published. RULES.md R1.2. */
  async #begun(loop: Loop): Promise<void> {
    if (loop.begun) return
    const enough = new AbortController()
    const signal = AbortSignal.any([loop.controller.signal, enough.signal])
    const tooLate = wait(this.#parts.clock, PATIENCE, signal).then(() => {
      const message = 'What was said while this node was away is still being fetched; archiving begins after that.'
      throw new ArchiveError('catching-up', message)
    })
    await Promise.race([loop.ready.promise, tooLate]).finally(() => enough.abort())
  }

  /** Publishes what is due and arms the timer for what comes next. Never throws but when the loop was stopped. */
  async #wake(loop: Loop): Promise<void> {
    const { communityId } = loop
    const { signal } = loop.controller
    if (this.#held.has(communityId)) return
    try {
      if ((await this.#look(loop)).partitions.length > 0) await this.#caughtUp(loop)
      await this.#exclusive(loop, async () => {
        let due = await this.#look(loop, true)
        loop.startedAs ??= due.partitions.length > 0 ? 'C' : due.cuts.length > 0 || due.nextAt !== null ? 'B' : 'A'
        await this.#publish(loop, due)
        while (due.partitions.length > 0) {
          due = await this.#look(loop)
          await this.#publish(loop, due)
        }
        loop.nextAt = due.nextAt
      })
      loop.failures = 0
      loop.told = null
      const now = this.#parts.clock.now()
      // Without a record there is no partition to close; the first one is noticed long before its own does.
      const sleep = loop.nextAt === null ? (loop.interval * SECOND) / 2 : loop.nextAt - now
      this.#wakeIn(loop, Math.min(Math.max(sleep, 0), MAX_SLEEP))
    } catch (error) {
      if (signal.aborted) return
      loop.failures += 1
      this.#notice(loop, error)
      this.#wakeIn(loop, backoff(loop.failures))
    }
    this.#parts.signals.changed(communityId)
  }

  #wakeIn(loop: Loop, delay: number): void {
    loop.cancelWake()
    if (loop.controller.signal.aborted || !loop.begun) return
    loop.cancelWake = this.#parts.clock.setTimer(delay, () => void this.#wake(loop))
  }

  async #publish(loop: Loop, due: Due): Promise<number> {
    const { publisher } = this.#parts
    return publisher.publish(loop.communityId, due.partitions.length > 0 ? due : null, loop.controller.signal)
  }

  /** After the clock was set back, the interval that was chosen by the wrong one counts from now on: inside a lane. */
  async #look(loop: Loop, align = false): Promise<Due> {
    const now = this.#parts.clock.now()
    let schedule = await this.#schedule(loop)
    if (align && withoutFuture(schedule, now) !== schedule) {
      await this.#align(loop)
      schedule = await this.#schedule(loop)
    }
    return this.#due(loop, schedule, now, false)
  }

  /** What comes in while this looks, and is older than everything that waited before, waits for the next look. */
  #due(loop: Loop, schedule: Waiting, now: Millis, byHand: boolean): Promise<Due> {
    const { store } = this.#parts
    const next = (from: Seconds) =>
      store.records.earliestWaiting(loop.communityId, Math.max(from, schedule.first) as Seconds)
    return duePartitions(schedule, now, next, { byHand })
  }

  async #schedule(loop: Loop): Promise<Waiting> {
    const { records, archives } = this.#parts.store
    const first = (await records.earliestWaiting(loop.communityId)) ?? (Number.MAX_SAFE_INTEGER as Seconds)
    return { ...(await archives.schedule(loop.communityId, first)), first, interval: loop.interval }
  }

  /** A setting that changed, now or while this community was not looked after, makes a cut. */
  async #align(loop: Loop): Promise<void> {
    const { clock, owner, store } = this.#parts
    const schedule = await this.#schedule(loop)
    const interval = wholeSeconds(owner.interval())
    const first = await store.records.earliestWaiting(loop.communityId)
    const cuts = changeInterval(schedule, interval, clock.now(), first)
    loop.interval = interval
    if (cuts !== schedule.cuts) await store.archives.setCuts(loop.communityId, cuts)
  }

  async #caughtUp(loop: Loop): Promise<void> {
    const { signal } = loop.controller
    await this.#patiently(loop, () => this.#parts.owner.catchUp(loop.communityId, signal))
  }

  /** Tries until it succeeds or the loop is stopped; what is wrong is said each time. */
  async #patiently(loop: Loop, step: () => Promise<unknown>): Promise<void> {
    const { signal } = loop.controller
    for (let failures = 1; ; failures += 1) {
      signal.throwIfAborted()
      try {
        await step()
        loop.told = null
        return
      } catch (error) {
        signal.throwIfAborted()
        this.#notice(loop, error)
        await wait(this.#parts.clock, backoff(failures), signal)
      }
    }
  }

  /** At the start and then daily, for as long as the loop runs. RULES.md R3.8. */
  async #announce(loop: Loop): Promise<void> {
    const { clock, publisher } = this.#parts
    await this.#exclusive(loop, () => publisher.announce(loop.communityId))
    loop.cancelAnnouncement()
    loop.cancelAnnouncement = clock.setTimer(DAY, () => {
      void this.#patiently(loop, () => this.#announce(loop)).catch(() => {})
    })
  }

  /** Frees raw records that need not be kept; daily. What fails is tried with the next day. */
  #pruneIn(loop: Loop, delay: number): void {
    const { clock, retention } = this.#parts
    if (loop.controller.signal.aborted) return
    loop.cancelPruning = clock.setTimer(delay, () => {
      loop.pruning = retention
        .prune(loop.communityId, loop.controller.signal)
        .catch((error: unknown) => this.#notice(loop, error))
        .finally(() => this.#pruneIn(loop, DAY))
    })
  }

  /** One thing at a time for each community, in the order asked for. */
  #exclusive<T>(loop: Loop, step: () => Promise<T>): Promise<T> {
    const run = loop.lane.then(
      () => this.#ifRunning(loop, step),
      () => this.#ifRunning(loop, step),
    )
    loop.lane = run.catch(() => {})
    return run
  }

  async #ifRunning<T>(loop: Loop, step: () => Promise<T>): Promise<T> {
    loop.controller.signal.throwIfAborted()
    return step()
  }

  #notice(loop: Loop, error: unknown): void {
    if (loop.controller.signal.aborted) return
    const detail = error instanceof Error ? error.message : String(error)
    if (detail === loop.told) return
    loop.told = detail
    this.#parts.signals.emit('historyArchivesNotice', loop.communityId, null, detail)
  }
}
