/**
 * Asks the store nodes for what a community said while this node was away: from where it left off, or the 30 days that
 * stores keep. What they no longer have is written down as a gap. PROTOCOL.md §5.2, RULES.md R2.5.
 */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { Communities } from '../communities/index.ts'
import type { Intake } from '../messages/index.ts'
import type { Store } from '../store/index.ts'

export interface CatchUpParts {
  readonly store: Pick<Store, 'sync'>
  readonly intake: Pick<Intake, 'catchUp'>
  readonly communities: Pick<Communities, 'contentTopics'>
  readonly clock: Clock
}

/** ms that a store node keeps messages. */
const STORE_KEEPS = 30 * 24 * 3600 * 1000
/** ms asked for again: a message sent just before the mark may have reached the store after it. */
const OVERLAP = 2 * 60 * 1000

export class CatchUp {
  readonly #parts: CatchUpParts
  readonly #running = new Map<CommunityId, Promise<void>>()

  constructor(parts: CatchUpParts) {
    this.#parts = parts
  }

  /** Resolves when all of it is durable; joins a run under way. Rejects when no store can be asked now. */
  run(communityId: CommunityId, signal: AbortSignal): Promise<void> {
    const running = this.#running.get(communityId)
    if (running !== undefined) return running
    const run = this.#run(communityId, signal).finally(() => this.#running.delete(communityId))
    this.#running.set(communityId, run)
    return run
  }

  async #run(communityId: CommunityId, signal: AbortSignal): Promise<void> {
    const { store, intake, communities, clock } = this.#parts
    const to = clock.now()
    const kept = to - STORE_KEEPS
    const mark = await store.sync.fetchedUpTo(communityId)
    const from = Math.max(kept, mark === null ? 0 : mark - OVERLAP) as Millis
    await intake.catchUp({ topics: communities.contentTopics(communityId), from, to, signal })
    if (mark !== null && mark < kept) await store.sync.addGap(communityId, { from: mark, to: kept as Millis })
    await store.sync.advance(communityId, to)
  }
}
