/**
 * Which raw records may go, and their going. A record's payload is freed only when it is older than the owner keeps it,
 * AND lies in an archive of every engine the owner publishes on, AND the network took an announcement that names it.
 * The row stays, with its hash and message id: seen again, it is known, and is not archived a second time.
 */
import type { CommunityId, EngineKind, Millis, Seconds } from '../../shared/domain.ts'
import type { Db } from './database.ts'
import type { Keys } from './keys.ts'
import type { RecordPosition } from './records-repository.ts'
import { Repository } from './repository.ts'

export interface RetentionRule {
  /** Partitions that end after this stay. */
  readonly before: Seconds
  /** Those that the owner publishes on, running or not. */
  readonly engines: readonly EngineKind[]
}

export interface FreeablePartition {
  readonly id: number
  readonly from: Seconds
  readonly to: Seconds
}

export interface RetentionSlice extends RetentionRule {
  readonly partition: number
  /** Where the slice before ended; null to begin. */
  readonly after: RecordPosition | null
  readonly records: number
  readonly bytes: number
  readonly at: Millis
}

export interface FreedSlice {
  readonly records: number
  readonly bytes: number
  /** Null: nothing is left to free in this partition. */
  readonly after: RecordPosition | null
}

export interface FileSpace {
  /** Bytes of the file that hold nothing and are written to before it grows. */
  readonly reusable: number
  readonly total: number
}

/** Payload and signer bytes; a heavier record is in no archive (PROTOCOL.md §4.4), so it is the only copy. */
const ARCHIVED = 'length(payload) + length(sig) <= 30000000'
const WEIGHT = 'length(payload) + length(sig) + length(padding)'

/** Of partitions `a`; parameters: engines (JSON), announced clock. */
const EVERY_ENGINE_HAS_IT = `json_array_length(@engines) > 0 AND NOT EXISTS (
  SELECT 1 FROM json_each(@engines) k WHERE CASE
    WHEN EXISTS (SELECT 1 FROM archive_parts p WHERE p.partition_id = a.id)
    THEN EXISTS (
      SELECT 1 FROM archive_parts p WHERE p.partition_id = a.id AND NOT EXISTS (
        SELECT 1 FROM archive_entries e WHERE e.part_id = p.id AND e.engine = k.value AND e.clock <= @announced))
    -- found in an index of ours: each engine must have as many archives of this range as any other
    ELSE (
      SELECT count(*) FROM archive_entries e
      WHERE e.community_id = a.community_id AND e.engine = k.value AND e.from_s = a.from_s AND e.to_s = a.to_s
        AND e.clock <= @announced
    ) < (
      SELECT max(1, coalesce(max(n), 1)) FROM (
        SELECT count(*) AS n FROM archive_entries e
        WHERE e.community_id = a.community_id AND e.from_s = a.from_s AND e.to_s = a.to_s GROUP BY e.engine))
    END)`

export class RetentionRepository extends Repository {
  static override readonly reads = ['freeable', 'weigh', 'held', 'oldestKept', 'announced', 'space'] as const

  readonly #keys: Keys

  constructor(db: Db, keys: Keys) {
    super(db)
    this.#keys = keys
  }

  /** ms; the newest publication of which the network took an announcement, or was found to have one. 0: none. */
  announced(communityId: CommunityId): Millis {
    const row = this.sql<{ clock: Millis | null }>(
      `SELECT max(a.clock) AS clock FROM archive_announced a LEFT JOIN outbox o ON o.id = a.outbox_id
       WHERE a.community_id = ? AND (a.outbox_id = '' OR o.sent_at IS NOT NULL)`,
    ).get(communityId)
    return row?.clock ?? (0 as Millis)
  }

  /** Partitions whose records may be freed, oldest first. */
  freeable(communityId: CommunityId, rule: RetentionRule): FreeablePartition[] {
    return this.#statement<FreeablePartition>(
      `SELECT a.id, a.from_s AS "from", a.to_s AS "to" FROM archive_partitions a
       WHERE a.community_id = @communityId AND a.state = 'published' AND a.freed_at IS NULL AND a.to_s <= @before
         AND ${EVERY_ENGINE_HAS_IT} ORDER BY a.from_s, a.id`,
    ).all(this.#values(communityId, rule))
  }

  /** What freeing a partition would free. */
  weigh(communityId: CommunityId, partition: number): { records: number; bytes: number } {
    const row = this.sql<{ records: number; bytes: number | null }>(
      `SELECT count(*) AS records, sum(${WEIGHT}) AS bytes FROM raw_records INDEXED BY raw_records_in_order
       WHERE community = ? AND partition_id = ? AND freed = 0 AND ${ARCHIVED}`,
    ).get(this.#community(communityId), partition)
    return { records: row?.records ?? 0, bytes: row?.bytes ?? 0 }
  }

  /** Records old enough to go that must stay: in no archive yet, or in one that some engine or the network lacks. */
  held(communityId: CommunityId, rule: RetentionRule): number {
    const values = this.#values(communityId, rule)
    const unready = this.#statement<{ n: number | null }>(
      `SELECT sum(a.records) AS n FROM archive_partitions a
       WHERE a.community_id = @communityId AND a.freed_at IS NULL AND a.to_s <= @before
         AND NOT (a.state = 'published' AND ${EVERY_ENGINE_HAS_IT})`,
    ).get(values)
    const waiting = this.sql<{ n: number }>(
      `SELECT count(*) AS n FROM raw_records INDEXED BY raw_records_waiting
       WHERE community = ? AND partition_id IS NULL AND archivable = 1 AND timestamp < ?`,
    ).get(this.#community(communityId), rule.before)
    return (unready?.n ?? 0) + (waiting?.n ?? 0)
  }

  /** The time of the oldest record that is whole and would stay so; null if there is none. */
  oldestKept(communityId: CommunityId, rule: RetentionRule): Seconds | null {
    const going = JSON.stringify(this.freeable(communityId, rule).map(({ id }) => id))
    const row = this.#statement<{ at: Seconds | null }>(
      `SELECT min(at) AS at FROM (
         SELECT (SELECT min(timestamp) FROM raw_records r WHERE r.community = @key AND r.partition_id = a.id) AS at
         FROM archive_partitions a WHERE a.community_id = @communityId AND a.freed_at IS NULL
           AND a.id NOT IN (SELECT value FROM json_each(@going))
         UNION ALL SELECT min(timestamp) FROM raw_records
         WHERE community = @key AND partition_id IS NULL AND archivable = 1)`,
    ).get({ key: this.#community(communityId), communityId, going })
    return row?.at ?? null
  }

  /**
   * Frees some records of one partition, in a transaction short enough for others to be written in between. Whether it
   * may go is asked anew each time.
   */
  free(communityId: CommunityId, slice: RetentionSlice): FreedSlice {
    const { partition, after, records, bytes, at } = slice
    return this.transact(() => {
      const may = this.#statement<{ id: number }>(
        `SELECT a.id FROM archive_partitions a WHERE a.id = @partition AND a.community_id = @communityId
           AND a.state = 'published' AND a.to_s <= @before AND ${EVERY_ENGINE_HAS_IT}`,
      ).get({ ...this.#values(communityId, slice), partition })
      if (may === undefined) return { records: 0, bytes: 0, after: null }
      const rows = this.sql<RecordPosition & { key: number; bytes: number; freed: number }>(
        `SELECT key, timestamp, topic, hash, ${WEIGHT} AS bytes, (freed OR NOT (${ARCHIVED})) AS freed
         FROM raw_records INDEXED BY raw_records_in_order
         WHERE community = ? AND partition_id = ? AND (timestamp, topic, hash) > (?, ?, ?)
         ORDER BY timestamp, topic, hash LIMIT ?`,
      ).all(
        this.#community(communityId),
        partition,
        after?.timestamp ?? -1,
        after?.topic ?? new Uint8Array(),
        after?.hash ?? new Uint8Array(),
        records,
      )
      const empty = this.sql("UPDATE raw_records SET payload = x'', sig = x'', padding = x'', freed = 1 WHERE key = ?")
      const freed = { records: 0, bytes: 0 }
      let last: RecordPosition | null = null
      for (const row of rows) {
        if (freed.bytes >= bytes) return { ...freed, after: last }
        last = { timestamp: row.timestamp, topic: row.topic, hash: row.hash }
        if (row.freed !== 0) continue
        empty.run(row.key)
        freed.records += 1
        freed.bytes += row.bytes
      }
      if (rows.length === records) return { ...freed, after: last }
      this.sql('UPDATE archive_partitions SET freed_at = ? WHERE id = ?').run(at, partition)
      return { ...freed, after: null }
    })
  }

  space(): FileSpace {
    const number = (name: string) => Number(this.db.pragma(name, { simple: true }))
    const page = number('page_size')
    return { reusable: number('freelist_count') * page, total: number('page_count') * page }
  }

  /**
   * Gives at most so many free pages back to the disk. A database that was made without `auto_vacuum` keeps them for what
   * is written next: its file does not shrink. @returns bytes
   */
  shrink(pages: number): number {
    if (Number(this.db.pragma('auto_vacuum', { simple: true })) !== 2) return 0
    const before = this.space().total
    this.db.pragma(`incremental_vacuum(${Math.trunc(pages)})`)
    return before - this.space().total
  }

  #values(communityId: CommunityId, { before, engines }: RetentionRule) {
    return { communityId, before, engines: JSON.stringify(engines), announced: this.announced(communityId) }
  }

  #statement<Row>(text: string) {
    return this.db.prepare<[Readonly<Record<string, string | number | null>>], Row>(text)
  }

  #community(id: CommunityId): number | null {
    return this.#keys.find('community_keys', id)
  }
}
