/** How often something was refused or ignored, and why: nothing is dropped without a trace. */
import type { CommunityId } from '../../shared/domain.ts'
import { Repository } from './repository.ts'

export class CountersRepository extends Repository {
  static override readonly reads = ['get', 'list'] as const

  /** Adds `n` for a reason; `null` counts for the profile as a whole. */
  add(communityId: CommunityId | null, reason: string, n = 1): void {
    this.sql(
      `INSERT INTO counters (community, reason, n) VALUES (?, ?, ?)
       ON CONFLICT (community, reason) DO UPDATE SET n = n + excluded.n`,
    ).run(communityId ?? '', reason, n)
  }

  get(communityId: CommunityId | null, reason: string): number {
    const text = 'SELECT n FROM counters WHERE community = ? AND reason = ?'
    return this.sql<{ n: number }>(text).get(communityId ?? '', reason)?.n ?? 0
  }

  /** Every reason that occurred, and how often. */
  list(communityId: CommunityId | null): Record<string, number> {
    const text = 'SELECT reason, n FROM counters WHERE community = ? ORDER BY reason'
    const rows = this.sql<{ reason: string; n: number }>(text).all(communityId ?? '')
    return Object.fromEntries(rows.map((row) => [row.reason, row.n]))
  }
}
