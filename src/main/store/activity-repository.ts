/** What this node did, line by line, for people to read. Only ever added to; the oldest lines of very many go. */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import { Repository, type SqlValue } from './repository.ts'

/** Lines kept; it may be more by as many as are added between two times of sweeping. */
export const activityKept = 100_000
const sweepEvery = 1000

export interface Activity {
  readonly at: Millis
  /** A short name for what happened: `published`, `imported`, `link-ignored` … */
  readonly kind: string
  readonly communityId: CommunityId | null
  /** Any JSON value. */
  readonly detail: unknown
}

export interface ActivityRow extends Activity {
  /** Rises with every line; the cursor of `page`. */
  readonly seq: number
}

export interface ActivityQuery {
  readonly communityId?: CommunityId
  readonly kind?: string
  /** Lines older than this one. */
  readonly before?: number
  readonly limit: number
}

interface Row {
  readonly seq: number
  readonly at: Millis
  readonly kind: string
  readonly communityId: CommunityId | null
  readonly detail: string
}

export class ActivityRepository extends Repository {
  static override readonly reads = ['page', 'dropped'] as const

  /** Returns the line's number. What it tells of is kept elsewhere, or was of that moment: no reason to wait for the disk. */
  add({ at, kind, communityId, detail }: Activity): number {
    return this.transactLoosely(() => {
      const text = 'INSERT INTO activity (at, kind, community, detail) VALUES (?, ?, ?, ?)'
      const seq = Number(this.sql(text).run(at, kind, communityId, JSON.stringify(detail ?? null)).lastInsertRowid)
      if (seq % sweepEvery === 0) this.sql('DELETE FROM activity WHERE seq <= ?').run(seq - activityKept)
      return seq
    })
  }

  /** How many of the oldest lines are gone. */
  dropped(): number {
    return (this.sql<{ first: number | null }>('SELECT min(seq) AS first FROM activity').get()?.first ?? 1) - 1
  }

  /** Newest first. */
  page({ communityId, kind, before, limit }: ActivityQuery): ActivityRow[] {
    const where: string[] = []
    const values: SqlValue[] = []
    const only = (condition: string, value: SqlValue | undefined) => {
      if (value === undefined) return
      where.push(condition)
      values.push(value)
    }
    only('community = ?', communityId)
    only('kind = ?', kind)
    only('seq < ?', before)
    const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`
    const rows = this.sql<Row>(
      `SELECT seq, at, kind, community AS communityId, detail FROM activity ${condition} ORDER BY seq DESC LIMIT ?`,
    ).all(...values, limit)
    return rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) }))
  }
}
