/**
 * Asks the store nodes for what a community said while this node was away: from where it left off, or the 30 days that
 * stores keep. What they no longer have is written down as a gap. PROTOCOL.md §5.2, RULES.md R2.5.
 */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { Communities } from '../communities/index.ts'
import type { Intake } from '../messages/index.ts'
import type { Gap, Store } from '../store/index.ts'
import { contentTopicOf, magnetlinksChatId, universalChatId } from '../wire/index.ts'

export interface CatchUpParts {
  readonly store: Pick<Store, 'sync' | 'communities'>
  readonly intake: Pick<Intake, 'catchUp'>
  readonly communities: Pick<Communities, 'contentTopics'>
  readonly clock: Clock
  /** Told of time that no store node has any more, once it is written down. */
  readonly onGap: (communityId: CommunityId, gap: Gap) => void
}

interface Run {
  readonly done: Promise<void>
  readonly signal: AbortSignal
}

const HOUR = 3600 * 1000
/** ms that a store node keeps messages. */
const STORE_KEEPS = 30 * 24 * HOUR
/** ms asked for again: a message sent just before the mark may have reached the store after it. */
const OVERLAP = 2 * 60 * 1000
/** The first time after a start it is more than a day: the clock may have run a day ahead when the mark was set. */
const FIRST_OVERLAP = 25 * HOUR

/** What to ask for, and what can no longer be had: `known` is when this node first heard of the community. Pure. */
export function missing(
  mark: Millis | null,
  now: Millis,
  overlap: number = OVERLAP,
  known: Millis | null = null,
): { readonly from: Millis; readonly gap: Gap | null } {
  const kept = (now - STORE_KEEPS) as Millis
  // Nobody ever answered; what was said before that, members have.
  if (mark === null) return { from: kept, gap: known !== null && known < kept ? { from: known, to: kept } : null }
  // A mark after now says nothing: the clock was set back, and nobody knows when that mark really was.
  if (mark > now + OVERLAP) return { from: kept, gap: null }
  const from = Math.max(kept, Math.min(mark, now) - overlap) as Millis
  return { from, gap: mark < kept ? { from: mark, to: kept } : null }
}

export class CatchUp {
  readonly #parts: CatchUpParts
  readonly #running = new Map<CommunityId, Run>()
  readonly #asked = new Set<CommunityId>()

  constructor(parts: CatchUpParts) {
    this.#parts = parts
  }

  /** Resolves when all of it is durable; joins a run under way. Rejects when no store can be asked now. */
  async run(communityId: CommunityId, signal: AbortSignal): Promise<void> {
    for (let other = this.#running.get(communityId); other !== undefined; other = this.#running.get(communityId)) {
      if (!other.signal.aborted) return other.done
      // Whoever began it has gone; what it got until then is kept.
      await other.done.catch(() => {})
      signal.throwIfAborted()
    }
    const done = this.#run(communityId, signal).finally(() => this.#running.delete(communityId))
    this.#running.set(communityId, { done, signal })
    return done
  }

  /**
   * Hourly, for as long as the node runs: what the network dropped is not missing for long, and the mark stays near now,
   * so that a node that was here all the time finds no gap when it starts again.
   */
  keepUp(communities: () => readonly CommunityId[], signal: AbortSignal): void {
    if (signal.aborted) return
    const cancel = this.#parts.clock.setTimer(HOUR, () => {
      signal.removeEventListener('abort', cancel)
      const runs = communities().map((id) => this.run(id, signal))
      // What fails now is asked for with the next hour, from the same mark.
      void Promise.allSettled(runs).then(() => this.keepUp(communities, signal))
    })
    signal.addEventListener('abort', cancel, { once: true })
  }

  /** What was said since then once more, for it could not be read when it first came. The mark stays where it is. */
  async again(communityId: CommunityId, since: Millis, signal: AbortSignal): Promise<void> {
    const { intake, communities, clock } = this.#parts
    const to = clock.now()
    const from = Math.max(since - OVERLAP, to - STORE_KEEPS) as Millis
    await intake.catchUp({ topics: communities.contentTopics(communityId), from, to, signal })
  }

  /**
   * The description and every announcement that stores still have, of whatever generation, in a query of its own: what
   * was fetched before makes no difference, and the mark stays where it is. RULES.md R1.3.
   */
  async announcements(communityId: CommunityId, signal: AbortSignal): Promise<void> {
    const { intake, clock } = this.#parts
    const to = clock.now()
    const chats = [communityId, universalChatId(communityId), magnetlinksChatId(communityId)]
    await intake.catchUp({ topics: chats.map(contentTopicOf), from: (to - STORE_KEEPS) as Millis, to, signal })
  }

  async #run(communityId: CommunityId, signal: AbortSignal): Promise<void> {
    const { store, intake, communities, clock, onGap } = this.#parts
    const to = clock.now()
    const overlap = this.#asked.has(communityId) ? OVERLAP : FIRST_OVERLAP
    const known = (await store.communities.get(communityId))?.createdAt ?? null
    const { from, gap } = missing(await store.sync.fetchedUpTo(communityId), to, overlap, known)
    await intake.catchUp({ topics: communities.contentTopics(communityId), from, to, signal })
    await store.sync.caughtUp(communityId, to, gap)
    this.#asked.add(communityId)
    if (gap !== null) onGap(communityId, gap)
  }
}
