/**
 * Whether this device publishes for a community: not before the history made elsewhere is continued (adoption.ts), and
 * not while another device with the same key does (control-nodes.ts). Between these it starts and stops the owner's loop.
 */
import type { PublishingHold, Rival } from '../../shared/contract.ts'
import type { CommunityId } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { Store } from '../store/index.ts'
import type { Adoptions } from './adoption.ts'
import { type Announcement, readLinks } from './announced-links.ts'
import type { ControlNodes, RivalChoice } from './control-nodes.ts'
import { ArchiveError } from './errors.ts'
import type { LinkDecision, LinkSource } from './link-policy.ts'
import type { MemberPort } from './ports.ts'
import type { Publisher } from './publisher.ts'
import type { Reconciler } from './reconcile.ts'
import type { Restorer } from './restorer.ts'
import type { ArchiveScheduler } from './scheduler.ts'
import type { Signals } from './signals.ts'

export interface TenureParts {
  readonly store: Pick<Store, 'adoptions'>
  readonly clock: Clock
  readonly adoptions: Adoptions
  readonly controlNodes: ControlNodes
  readonly reconciler: Reconciler
  readonly restorer: Pick<Restorer, 'announced'>
  readonly scheduler: Pick<ArchiveScheduler, 'start' | 'stop' | 'status' | 'archiveNow'>
  readonly publisher: Pick<Publisher, 'seed' | 'unseed'>
  readonly member: Pick<MemberPort, 'linkRules'>
  readonly signals: Signals
}

export class Tenure {
  readonly #parts: TenureParts
  /** Communities of ours that are to be archived. */
  readonly #wanted = new Set<CommunityId>()
  readonly #lanes = new Map<CommunityId, Promise<unknown>>()

  constructor(parts: TenureParts) {
    this.#parts = parts
  }

  /** Archives a community from now on, as soon as it may; returns at once. */
  start(communityId: CommunityId): void {
    if (this.#wanted.has(communityId)) return
    this.#wanted.add(communityId)
    this.#settle(communityId)
  }

  async stop(communityId: CommunityId): Promise<void> {
    const { adoptions, scheduler, publisher } = this.#parts
    this.#wanted.delete(communityId)
    await adoptions.stop(communityId)
    await this.#exclusive(communityId, async () => {
      if (scheduler.status(communityId).running) await scheduler.stop(communityId)
      else await publisher.unseed(communityId)
    })
  }

  async close(): Promise<void> {
    this.#wanted.clear()
    await this.#parts.adoptions.close()
    await Promise.all(this.#lanes.values())
  }

  /** @throws ArchiveError `held`, and what the loop throws */
  async archiveNow(communityId: CommunityId): Promise<number> {
    await this.#lanes.get(communityId)
    const hold = await this.hold(communityId)
    if (hold !== null) throw new ArchiveError('held', hold.detail)
    return this.#parts.scheduler.archiveNow(communityId)
  }

  /** An announcement with the key of a community of ours. */
  async announced(
    communityId: CommunityId,
    announcement: Announcement,
    source: LinkSource,
  ): Promise<readonly LinkDecision[]> {
    const { adoptions, controlNodes, reconciler, restorer, member } = this.#parts
    const other = await controlNodes.isOther(communityId, announcement)
    const adopting = await adoptions.load(communityId)
    const decisions = adopting ? await restorer.announced(communityId, announcement, source) : ownLink
    if (other) {
      const handedOver = await controlNodes.heard(communityId, announcement)
      if (handedOver && !adopting) await this.#takeOver(communityId)
      // Not awaited: the loop may be waiting for this very message to be handled.
      this.#settle(communityId)
    } else if (!adopting) {
      for (const { engine, link, clock, hints } of readLinks(announcement, communityId, member.linkRules()))
        if (engine !== null) reconciler.note(communityId, { engine, link, clock, hints })
    }
    adoptions.wake(communityId)
    return decisions
  }

  /** Why nothing is published; null if it may be. */
  async hold(communityId: CommunityId): Promise<PublishingHold | null> {
    const { store, adoptions, controlNodes, reconciler } = this.#parts
    const adoption = await store.adoptions.adoption(communityId)
    if (adoption?.phase === 'looking') {
      const { since } = adoption
      const detail = 'What was published before is looked for as soon as history archives are switched on.'
      return adoptions.hold(communityId) ?? { reason: 'looking', detail, since, ...nothing }
    }
    const other = await controlNodes.hold(communityId)
    if (other !== null) return { ...other, ...nothing }
    const since = reconciler.behind(communityId)
    if (since === null) return null
    const detail = 'The description speaks of newer archives than any link found; they are waited for, an hour at most.'
    return { reason: 'newer-link-missing', detail, since, ...nothing }
  }

  rival(communityId: CommunityId): Promise<Rival | null> {
    return this.#parts.controlNodes.rival(communityId)
  }

  /** The owner gives up what was published before. @throws ArchiveError `nothing-held` */
  async startAfresh(communityId: CommunityId): Promise<void> {
    const { store, clock, adoptions, reconciler } = this.#parts
    const looking = (await store.adoptions.adoption(communityId))?.phase === 'looking'
    if (!looking && reconciler.behind(communityId) === null)
      throw new ArchiveError('nothing-held', 'Nothing keeps this community from being published: there is no need.')
    if (!looking) await store.adoptions.begin(communityId, clock.now())
    await adoptions.startAfresh(communityId)
    await this.#again(communityId)
  }

  /** @throws ArchiveError `no-rival` */
  async resolveRival(communityId: CommunityId, choice: RivalChoice): Promise<void> {
    if (await this.#parts.controlNodes.resolve(communityId, choice)) await this.#takeOver(communityId)
    await this.#again(communityId)
  }

  /** What the other device published is continued first. */
  async #takeOver(communityId: CommunityId): Promise<void> {
    const { store, clock, adoptions } = this.#parts
    await store.adoptions.begin(communityId, clock.now())
    await adoptions.load(communityId)
  }

  /** Looks anew at whether the loop may run. */
  async #again(communityId: CommunityId): Promise<void> {
    this.#settle(communityId)
    await this.#lanes.get(communityId)
    this.#parts.signals.changed(communityId)
  }

  #settle(communityId: CommunityId): void {
    this.#exclusive(communityId, () => this.#arrange(communityId)).catch((error: unknown) => {
      const detail = error instanceof Error ? error.message : String(error)
      this.#parts.signals.emit('historyArchivesNotice', communityId, null, detail)
    })
  }

  /** Starts or stops what today's rows say. */
  async #arrange(communityId: CommunityId): Promise<void> {
    const { adoptions, controlNodes, scheduler, publisher, signals } = this.#parts
    if (!this.#wanted.has(communityId)) return
    const running = scheduler.status(communityId).running
    if (await adoptions.load(communityId)) {
      if (running) await scheduler.stop(communityId, { unseed: false })
      void adoptions.run(communityId).then(
        (done) => done && this.#settle(communityId),
        (error: unknown) => signals.emit('historyArchivesNotice', communityId, null, String(error)),
      )
      return
    }
    const hold = await controlNodes.hold(communityId)
    if (hold === null) {
      if (!running) scheduler.start(communityId)
      return
    }
    if (running) {
      await scheduler.stop(communityId, { unseed: false })
      signals.emit('historyArchivesNotice', communityId, null, hold.detail)
    } else {
      await publisher.seed(communityId)
      await controlNodes.handOver(communityId)
    }
  }

  #exclusive<T>(communityId: CommunityId, step: () => Promise<T>): Promise<T> {
    const before = this.#lanes.get(communityId) ?? Promise.resolve()
    const run = before.then(step, step)
    this.#lanes.set(
      communityId,
      run.catch(() => {}),
    )
    return run
  }
}

const nothing = { done: 0, total: 0 } as const
const ownLink: readonly LinkDecision[] = [{ act: 'ignore', reason: 'own-link' }]
