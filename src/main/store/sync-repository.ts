/** How far each community was fetched from the network, and the time that it could no longer give. RULES.md R2.5. */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import { Repository } from './repository.ts'

export interface Gap {
  readonly from: Millis
  readonly to: Millis
}

export class SyncRepository extends Repository {
  static override readonly reads = ['fetchedUpTo', 'gaps'] as const

  /** Everything before this was asked for; null if nothing was. */
  fetchedUpTo(communityId: CommunityId): Millis | null {
    const text = 'SELECT fetched_up_to AS at FROM sync_marks WHERE community = ?'
    return this.sql<{ at: Millis }>(text).get(communityId)?.at ?? null
  }

  /** Moves the mark forward; it never goes back. */
  advance(communityId: CommunityId, at: Millis): void {
    this.sql(
      `INSERT INTO sync_marks (community, fetched_up_to) VALUES (?, ?)
       ON CONFLICT (community) DO UPDATE SET fetched_up_to = max(fetched_up_to, excluded.fetched_up_to)`,
    ).run(communityId, at)
  }

  /**
   * Everything up to `at` was asked for, and `gap` could no longer be had. Unlike `advance` this may move the mark back:
   * one that lies after now was set by a clock that ran ahead.
   */
  caughtUp(communityId: CommunityId, at: Millis, gap: Gap | null): void {
    this.transact(() => {
      if (gap !== null) this.addGap(communityId, gap)
      this.sql(
        `INSERT INTO sync_marks (community, fetched_up_to) VALUES (?, ?)
         ON CONFLICT (community) DO UPDATE SET fetched_up_to = excluded.fetched_up_to`,
      ).run(communityId, at)
    })
  }

  addGap(communityId: CommunityId, gap: Gap): void {
    this.sql('INSERT INTO sync_gaps (community, from_ms, to_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING').run(
      communityId,
      gap.from,
      gap.to,
    )
  }

  gaps(communityId: CommunityId): Gap[] {
    const text = 'SELECT from_ms AS "from", to_ms AS "to" FROM sync_gaps WHERE community = ? ORDER BY from_ms, to_ms'
    return this.sql<Gap>(text).all(communityId)
  }
}
