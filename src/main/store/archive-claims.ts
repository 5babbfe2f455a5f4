/**
 * The first half of the owner's archives: the grid of partitions, which records were claimed for which, and the staging
 * files made of them. RULES.md R1.1 steps 1 and 2, §2.
 */
import type { CommunityId, Millis, Seconds, Topic4 } from '../../shared/domain.ts'
import { packTopics, unpackTopics } from './archive-rows.ts'
import type { Db } from './database.ts'
import type { Keys } from './keys.ts'
import { Repository } from './repository.ts'

export interface Range {
  readonly from: Seconds
  readonly to: Seconds
}

export interface StoredCut {
  readonly start: Seconds
  /** Seconds. */
  readonly interval: number
}

export interface ClaimedPartition extends Range {
  readonly id: number
  readonly state: 'building' | 'staged' | 'published'
  readonly records: number
}

/** One record of a claimed partition, as it is archived. PROTOCOL.md §1.1. */
export interface ClaimedRecord {
  readonly sig: Uint8Array
  readonly timestamp: Seconds
  readonly topic: Uint8Array
  readonly payload: Uint8Array
  readonly padding: Uint8Array
  readonly hash: Uint8Array
  readonly thirdPartyId: string
}

export interface NewParts {
  readonly topics: readonly Topic4[]
  readonly parts: readonly { readonly file: string; readonly bytes: number; readonly messages: number }[]
  readonly dropped: number
}

/** Not offered by itself: `ArchivesRepository` is this and what is published. */
export abstract class ArchiveClaims extends Repository {
  static override readonly reads: readonly string[] = [
    'schedule',
    'unarchived',
    'unfinished',
    'claimedPage',
    'claimedTopics',
    'files',
  ]

  readonly #keys: Keys

  constructor(db: Db, keys: Keys) {
    super(db)
    this.#keys = keys
  }

  /**
   * The grid, and the ranges that have an archive or are being made into one: those that end after `from`, and the last
   * one before it. Nothing else says anything about a record of that time or later.
   */
  schedule(communityId: CommunityId, from: Seconds = 0 as Seconds): { cuts: StoredCut[]; archived: Range[] } {
    return {
      cuts: this.sql<StoredCut>('SELECT start, interval FROM archive_cuts WHERE community_id = ? ORDER BY start').all(
        communityId,
      ),
      archived: this.sql<Range>(
        `SELECT from_s AS "from", to_s AS "to" FROM archive_partitions WHERE community_id = ? AND to_s > ?
         UNION SELECT from_s, to_s FROM archive_entries WHERE community_id = ? AND to_s > ?
         UNION SELECT * FROM (SELECT from_s, to_s FROM archive_partitions
           WHERE community_id = ? AND to_s <= ? ORDER BY to_s DESC LIMIT 1)
         UNION SELECT * FROM (SELECT from_s, to_s FROM archive_entries
           WHERE community_id = ? AND to_s <= ? ORDER BY to_s DESC LIMIT 1)
         ORDER BY 1, 2`,
      ).all(...Array.from({ length: 4 }, () => [communityId, from]).flat()),
    }
  }

  setCuts(communityId: CommunityId, cuts: readonly StoredCut[]): void {
    this.transact(() => {
      this.sql('DELETE FROM archive_cuts WHERE community_id = ?').run(communityId)
      const add = this.sql('INSERT INTO archive_cuts (community_id, start, interval) VALUES (?, ?, ?)')
      for (const { start, interval } of cuts) add.run(communityId, start, interval)
    })
  }

  /** How many records wait for an archive. */
  unarchived(communityId: CommunityId): number {
    const text = 'SELECT count(*) AS n FROM raw_records WHERE community = ? AND partition_id IS NULL AND archivable = 1'
    return this.sql<{ n: number }>(text).get(this.#key(communityId))?.n ?? 0
  }

  /** R1.1 step 1: the grid and the claim of every waiting record of these ranges, or nothing of it. */
  claim(
    communityId: CommunityId,
    cuts: readonly StoredCut[],
    ranges: readonly Range[],
    at: Millis,
  ): ClaimedPartition[] {
    return this.transact(() => {
      this.setCuts(communityId, cuts)
      const key = this.#key(communityId)
      const claimed: ClaimedPartition[] = []
      for (const { from, to } of ranges) {
        const text = `INSERT INTO archive_partitions (community_id, from_s, to_s, state, records, claimed_at)
           VALUES (?, ?, ?, 'building', 0, ?)`
        const id = Number(this.sql(text).run(communityId, from, to, at).lastInsertRowid)
        const records = this.sql(
          `UPDATE raw_records SET partition_id = ?
           WHERE community = ? AND partition_id IS NULL AND archivable = 1 AND timestamp >= ? AND timestamp < ?`,
        ).run(id, key, from, to).changes
        if (records === 0) this.sql('DELETE FROM archive_partitions WHERE id = ?').run(id)
        else {
          this.sql('UPDATE archive_partitions SET records = ? WHERE id = ?').run(records, id)
          claimed.push({ id, from, to, state: 'building', records })
        }
      }
      return claimed
    })
  }

  /** Claimed, but not yet published by any engine; oldest claim first. */
  unfinished(communityId: CommunityId): ClaimedPartition[] {
    return this.sql<ClaimedPartition>(
      `SELECT id, from_s AS "from", to_s AS "to", state, records FROM archive_partitions
       WHERE community_id = ? AND state <> 'published' ORDER BY id`,
    ).all(communityId)
  }

  /** Records of a claimed partition in archive order, from a place in it on: at least one, about `weight` bytes. */
  claimedPage(communityId: CommunityId, id: number, after: ClaimedRecord | null, weight: number): ClaimedRecord[] {
    const page: ClaimedRecord[] = []
    let held = 0
    const rows = this.sql<ClaimedRecord>(
      `SELECT sig, timestamp, topic, payload, padding, hash, third_party_id AS thirdPartyId
       FROM raw_records INDEXED BY raw_records_in_order
       WHERE community = ? AND partition_id = ? AND (timestamp, topic, hash) > (?, ?, ?)
       ORDER BY timestamp, topic, hash`,
    ).iterate(
      this.#key(communityId),
      id,
      after?.timestamp ?? -1,
      after?.topic ?? new Uint8Array(),
      after?.hash ?? new Uint8Array(),
    )
    for (const row of rows) {
      page.push(row)
      held += row.payload.length + row.padding.length + 256
      if (held >= weight) break
    }
    return page
  }

  /** The distinct topics of a claimed partition's records. */
  claimedTopics(communityId: CommunityId, id: number): Topic4[] {
    const text = 'SELECT DISTINCT topic FROM raw_records WHERE community = ? AND partition_id = ? ORDER BY topic'
    return this.sql<{ topic: Uint8Array }>(text)
      .all(this.#key(communityId), id)
      .flatMap(({ topic }) => unpackTopics(topic))
  }

  /** R1.1 step 2 is done: these files hold the partition, and are never built again. */
  stage(partition: number, { topics, parts, dropped }: NewParts): void {
    this.transact(() => {
      this.sql('DELETE FROM archive_parts WHERE partition_id = ?').run(partition)
      const add = this.sql(
        'INSERT INTO archive_parts (partition_id, part, file, bytes, messages, topics) VALUES (?, ?, ?, ?, ?, ?)',
      )
      for (const [part, { file, bytes, messages }] of parts.entries()) {
        add.run(partition, part, file, bytes, messages, packTopics(topics))
      }
      // With nothing but records too heavy for any archive there is nothing to publish.
      const state = parts.length > 0 ? 'staged' : 'published'
      this.sql('UPDATE archive_partitions SET state = ?, dropped = ? WHERE id = ?').run(state, dropped, partition)
    })
  }

  /** Back to step 1 for a partition whose staging files were lost. */
  unstage(partition: number): void {
    this.sql("UPDATE archive_partitions SET state = 'building' WHERE id = ? AND state = 'staged'").run(partition)
  }

  /** Staging files of this community that are still named. */
  files(communityId: CommunityId): string[] {
    return this.sql<{ file: string }>(
      `SELECT p.file FROM archive_parts p JOIN archive_partitions a ON a.id = p.partition_id
       WHERE a.community_id = ? AND p.file IS NOT NULL`,
    )
      .all(communityId)
      .map(({ file }) => file)
  }

  /** A staging file made anew for an engine that was not there when the archive was first published. */
  restage(part: number, file: string): void {
    this.sql('UPDATE archive_parts SET file = ? WHERE id = ?').run(file, part)
  }

  /**
   * Records found in an archive of ours that the database did not know: they are not archived a second time, nor by a
   * partition that has claimed them and is not encoded yet.
   */
  markArchived(communityId: CommunityId, range: Range, hashes: readonly Uint8Array[], at: Millis): void {
    this.transact(() => {
      const key = this.#key(communityId)
      const mark = this.sql(
        `UPDATE raw_records SET partition_id = ? WHERE community = ? AND hash = ? AND (partition_id IS NULL
           OR partition_id IN (SELECT id FROM archive_partitions WHERE community_id = ? AND state = 'building'))`,
      )
      const id = this.#adoptedPartition(communityId, range, at)
      const records = hashes.reduce((n, hash) => n + mark.run(id, key, hash, communityId).changes, 0)
      this.sql('UPDATE archive_partitions SET records = records + ?, freed_at = NULL WHERE id = ?').run(records, id)
    })
  }

  #adoptedPartition(communityId: CommunityId, { from, to }: Range, at: Millis): number {
    const known = this.sql<{ id: number }>(
      `SELECT id FROM archive_partitions WHERE community_id = ? AND from_s = ? AND to_s = ? AND state = 'published'
       ORDER BY id LIMIT 1`,
    ).get(communityId, from, to)
    if (known !== undefined) return known.id
    const text = `INSERT INTO archive_partitions (community_id, from_s, to_s, state, records, claimed_at, published_at)
       VALUES (?, ?, ?, 'published', 0, ?, ?)`
    return Number(this.sql(text).run(communityId, from, to, at, at).lastInsertRowid)
  }

  #key(communityId: CommunityId): number | null {
    return this.#keys.find('community_keys', communityId)
  }
}
