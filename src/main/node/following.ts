/** Brings communities what was said while this node could not hear it, as soon as a store node can be asked. */
import type { CommunityId } from '../../shared/domain.ts'
import type { Archives } from '../archives/index.ts'
import { type Clock, wait } from '../clock.ts'
import type { Communities } from '../communities/index.ts'
import type { CatchUp } from './catch-up.ts'
import { reads } from './history-ports.ts'
import { sentence } from './sentence.ts'

export interface FollowingParts {
  readonly communities: Pick<Communities, 'has' | 'get' | 'list'>
  readonly archives: Pick<Archives, 'heldUp' | 'storeAnswered' | 'lookAgain'>
  readonly catchUp: Pick<CatchUp, 'run' | 'again' | 'keepUp'>
  readonly clock: Clock
  readonly log: (line: string) => void
}

/** ms between attempts to reach a store node that did not answer. */
const AGAIN = 15_000

export class Following {
  readonly #parts: FollowingParts
  readonly #signal: AbortSignal
  #online = false
  #isStarted = false

  /** Whatever is under way ends when the signal is aborted. */
  constructor(parts: FollowingParts, signal: AbortSignal) {
    this.#parts = parts
    this.#signal = signal
  }

  /** The state of the network, now and whenever it changes; before the start it is of no matter. */
  online(is: boolean): void {
    if (!this.#isStarted) return
    const came = is && !this.#online
    this.#online = is
    if (!came) return
    for (const { id } of this.#parts.communities.list()) void this.follow(id)
    // A machine that was asleep is online again before its timers notice how late it is.
    this.#parts.archives.lookAgain()
  }

  /**
   * Once the communities are listened to. From then on every community's stores are also asked from time to time, for
   * what live delivery lost.
   */
  start(online: boolean): void {
    const { communities, catchUp } = this.#parts
    this.#isStarted = true
    this.online(online)
    catchUp.keepUp(
      // One without a description has channels that nobody knows yet: its first fetch must find all of theirs.
      () => communities.list().flatMap(({ id, state, name }) => (state === 'joined' && name !== '' ? [id] : [])),
      this.#signal,
    )
  }

  /** Fetches a member's messages anew from a time on: a key has come that they waited for. */
  async again(communityId: CommunityId, since: Parameters<CatchUp['again']>[1]): Promise<void> {
    const { communities, catchUp } = this.#parts
    const known = communities.has(communityId) ? communities.get(communityId) : null
    if (known?.role === 'member' && known.state === 'joined' && this.#online)
      await catchUp.again(communityId, since, this.#signal)
  }

  /** Brings what was missed to members, and to an owner whose loop, which does so for itself, is not running. R3.7. */
  async follow(communityId: CommunityId): Promise<void> {
    const { communities, archives, catchUp, clock, log } = this.#parts
    while (!this.#signal.aborted && communities.has(communityId)) {
      const { role, state } = communities.get(communityId)
      if (!reads(state) || (role === 'owner' && (await archives.heldUp(communityId)) === null)) return
      try {
        await catchUp.run(communityId, this.#signal)
        archives.storeAnswered(communityId)
        return
      } catch (error) {
        if (this.#signal.aborted) return
        log(`Nothing could be fetched from a store node: ${sentence(error)}`)
        if (!this.#online) return
        await wait(clock, AGAIN, this.#signal).catch(() => {})
      }
    }
  }
}
