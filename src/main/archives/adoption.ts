/**
 * Takes over histories that were made elsewhere, one for each community: finds the newest link, has all of it restored
 * as a member would, and lets the owner's loop begin only when the rows continue it. What it knows is in the database,
 * so it goes on after a crash where it was. RULES.md R1.3.
 */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import { type Clock, wait } from '../clock.ts'
import type { Store } from '../store/index.ts'
import { type AdoptionStep, type HoldReason, nextStep } from './adoption-policy.ts'
import type { Continuation } from './continuation.ts'
import { ArchiveError } from './errors.ts'
import type { EnginesPort, OwnerPort } from './ports.ts'
import type { Restorer } from './restorer.ts'
import type { Signals } from './signals.ts'

export interface AdoptionParts {
  readonly store: Pick<Store, 'adoptions' | 'archives' | 'communities' | 'downloads'>
  readonly clock: Clock
  readonly engines: EnginesPort
  readonly owner: Pick<OwnerPort, 'findAnnouncements' | 'catchUp'>
  readonly restorer: Pick<Restorer, 'announced' | 'described' | 'storeAnswered' | 'release' | 'want'>
  readonly continuation: Pick<Continuation, 'follow'>
  readonly signals: Signals
}

export interface AdoptionHold {
  readonly reason: HoldReason
  readonly detail: string
  readonly since: Millis
  readonly done: number
  readonly total: number
}

interface Run {
  readonly stop: AbortController
  hold: AdoptionHold
  /** Something happened since the last look. */
  news: boolean
  /** Ends a pause. */
  awake: () => void
  done: Promise<boolean>
}

/** ms between looks that nobody asked for. */
const LOOK_AGAIN = 15_000
/** ms between questions to the store network while something is missing. */
const ASK_AGAIN = 5 * 60_000

export class Adoptions {
  readonly #parts: AdoptionParts
  readonly #adopting = new Set<CommunityId>()
  readonly #runs = new Map<CommunityId, Run>()

  constructor(parts: AdoptionParts) {
    this.#parts = parts
    const news: ReadonlySet<string> = new Set(['historyArchivesSeeding', 'downloadingHistoryArchivesFinished'])
    parts.signals.on(({ name, communityId }) => {
      if (news.has(name)) this.wake(communityId)
    })
  }

  /** Whether this community's history is being taken over; from then on `isAdopting` says the same. */
  async load(communityId: CommunityId): Promise<boolean> {
    const looking = (await this.#parts.store.adoptions.adoption(communityId))?.phase === 'looking'
    if (looking) this.#adopting.add(communityId)
    else this.#adopting.delete(communityId)
    return looking
  }

  isAdopting(communityId: CommunityId): boolean {
    return this.#adopting.has(communityId)
  }

  hold(communityId: CommunityId): AdoptionHold | null {
    return this.#runs.get(communityId)?.hold ?? null
  }

  /** Something was announced, or described. */
  wake(communityId: CommunityId): void {
    const run = this.#runs.get(communityId)
    if (run === undefined) return
    run.news = true
    run.awake()
  }

  /** Resolves with true when publishing may begin, with false when it was stopped before. */
  async run(communityId: CommunityId): Promise<boolean> {
    const running = this.#runs.get(communityId)
    if (running !== undefined) return running.done
    const adoption = await this.#parts.store.adoptions.adoption(communityId)
    const since = adoption?.since ?? this.#parts.clock.now()
    const detail = 'The newest archives of this community are being looked for.'
    const hold: AdoptionHold = { reason: 'looking', detail, since, done: 0, total: 0 }
    const run: Run = { stop: new AbortController(), hold, news: false, awake: () => {}, done: Promise.resolve(false) }
    this.#runs.set(communityId, run)
    run.done = this.#run(communityId, run)
      .then(
        () => true,
        (error: unknown) => {
          if (run.stop.signal.aborted) return run.stop.signal.reason === afresh
          throw error
        },
      )
      .finally(() => this.#runs.delete(communityId))
    return run.done
  }

  async stop(communityId: CommunityId): Promise<void> {
    const run = this.#runs.get(communityId)
    run?.stop.abort(new ArchiveError('not-running', 'The archives of this community were switched off.'))
    await run?.done.catch(() => {})
  }

  async close(): Promise<void> {
    await Promise.all([...this.#runs.keys()].map((id) => this.stop(id)))
  }

  /** The owner gives up what was published before and is not here. What was imported of it stays readable. */
  async startAfresh(communityId: CommunityId): Promise<void> {
    const run = this.#runs.get(communityId)
    run?.stop.abort(afresh)
    await run?.done.catch(() => {})
    await this.#parts.restorer.release(communityId)
    await this.#parts.store.adoptions.end(communityId, 'afresh')
    this.#adopting.delete(communityId)
  }

  async #run(communityId: CommunityId, run: Run): Promise<void> {
    const { clock, restorer, store } = this.#parts
    const { signal } = run.stop
    // All of it is needed, whatever this person wanted as a member.
    await store.downloads.setPaused(communityId, false)
    await restorer.want(communityId, { kind: 'all' })
    await this.#hearRival(communityId)
    let asked = Number.NEGATIVE_INFINITY
    let caughtUp = false
    for (;;) {
      signal.throwIfAborted()
      try {
        if (clock.now() - asked >= ASK_AGAIN || asked > clock.now()) {
          await this.#ask(communityId, signal)
          asked = clock.now()
        }
        const described = await this.#described(communityId)
        if (described !== null && !caughtUp) {
          // So that what an archive has, and what it lacks, is known when the archive is taken over.
          await this.#parts.owner.catchUp(communityId, signal)
          restorer.storeAnswered(communityId)
          caughtUp = true
        }
        const step = await this.#look(communityId, run)
        if (step.act !== 'wait') {
          this.#wait(
            communityId,
            run,
            'fetching',
            'Everything is here; the index and data are made ready to be continued.',
          )
          await this.#finish(communityId, step, signal)
          return
        }
      } catch (error) {
        signal.throwIfAborted()
        this.#wait(communityId, run, caughtUp ? 'fetching' : 'no-store', sentence(error))
      }
      await this.#pause(run)
    }
  }

  /** What the other device published last is what is taken over from it. RULES.md R3.7. */
  async #hearRival(communityId: CommunityId): Promise<void> {
    const rival = await this.#parts.store.adoptions.rival(communityId)
    if (rival !== null) await this.#parts.restorer.announced(communityId, { ...rival, from: null }, 'join-response')
  }

  /** Announcements and the description of the last 30 days, in a query of its own. */
  async #ask(communityId: CommunityId, signal: AbortSignal): Promise<void> {
    await this.#parts.owner.findAnnouncements(communityId, signal)
    this.#parts.restorer.storeAnswered(communityId)
  }

  async #described(communityId: CommunityId): Promise<Millis | null> {
    const { store, restorer } = this.#parts
    const row = await store.communities.get(communityId)
    if (row === null || row.description === null) return null
    if (row.archiveClock > 0) await restorer.described(communityId, row.archiveClock)
    return row.archiveClock
  }

  async #look(communityId: CommunityId, run: Run): Promise<AdoptionStep> {
    const { store, clock, engines } = this.#parts
    const rows = await store.downloads.archives(communityId)
    const here = rows.filter(({ state }) => state !== 'wanted' && state !== 'downloading').length
    const step = nextStep({
      now: clock.now(),
      since: run.hold.since,
      described: await this.#described(communityId),
      published: await store.archives.lastClock(communityId),
      links: await store.downloads.links(communityId),
      running: new Set(engines.running().map(({ kind }) => kind)),
      archives: { here, all: rows.length },
    })
    if (step.act === 'wait') this.#wait(communityId, run, step.reason, step.detail, { done: here, total: rows.length })
    return step
  }

  #wait(
    communityId: CommunityId,
    run: Run,
    reason: HoldReason,
    detail: string,
    { done, total } = { done: run.hold.done, total: run.hold.total },
  ): void {
    const { signals } = this.#parts
    const said = run.hold.reason !== reason && reason !== 'fetching'
    run.hold = { ...run.hold, reason, detail, done, total }
    if (said) signals.emit('historyArchivesNotice', communityId, null, detail)
    else signals.changed(communityId)
  }

  async #finish(communityId: CommunityId, step: AdoptionStep, signal: AbortSignal): Promise<void> {
    const { store, restorer, continuation, signals } = this.#parts
    if (step.act === 'continue') await continuation.follow(communityId, step.links, signal)
    else await store.adoptions.end(communityId, 'continued')
    this.#adopting.delete(communityId)
    await restorer.release(communityId)
    const detail =
      step.act === 'continue'
        ? 'The archives published before are all here; the next publication continues them.'
        : 'No archives were published before; the first publication begins the history.'
    signals.emit('historyArchivesNotice', communityId, null, detail)
  }

  /** Ends early when there is news. */
  async #pause(run: Run): Promise<void> {
    const awake = new AbortController()
    run.awake = () => awake.abort()
    if (!run.news)
      await wait(this.#parts.clock, LOOK_AGAIN, AbortSignal.any([awake.signal, run.stop.signal])).catch(() => {})
    run.awake = () => {}
    run.news = false
  }
}

const afresh = new ArchiveError('held', 'The owner starts the history afresh.')

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))
