/** Addresses of peers by community, as links, announcements and people named them; kept while the engine runs. */
import type { CommunityId } from '../../../shared/domain.ts'
import type { PeerHint } from '../engine.ts'
import { dialable, hostOf, type Reach, withinReach } from './address.ts'

/** Addresses kept for each community; the longest unmentioned go first. */
const keptAtMost = 64

export class PeerBook {
  readonly #reach: Reach
  readonly #addresses = new Map<CommunityId, Set<string>>()

  constructor(reach: Reach) {
    this.#reach = reach
  }

  /** Keeps those hints that are TCP addresses within our reach; the rest are not ours to dial. */
  add(communityId: CommunityId, hints: readonly PeerHint[]): void {
    const kept = this.#addresses.get(communityId) ?? new Set<string>()
    for (const hint of hints) {
      const address = dialable(hint)
      if (address === null || !withinReach(hostOf(address), this.#reach)) continue
      kept.delete(address)
      kept.add(address)
    }
    for (const oldest of [...kept].slice(0, Math.max(0, kept.size - keptAtMost))) kept.delete(oldest)
    this.#addresses.set(communityId, kept)
  }

  of(communityId: CommunityId): readonly string[] {
    return [...(this.#addresses.get(communityId) ?? [])]
  }
}
