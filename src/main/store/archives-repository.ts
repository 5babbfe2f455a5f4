/**
 * The owner's archives: the grid of partitions, which records were claimed for which, what was encoded, and what each
 * engine has published. Every step of RULES.md R1.1 is one method here, and one transaction.
 */
import type {
  Archive,
  ArchiveId,
  ArchiveLink,
  CommunityId,
  EngineKind,
  Millis,
  Seconds,
  Topic4,
} from '../../shared/domain.ts'
import type { OutboxEntry } from '../waku/network.ts'
import {
  ENTRY_COLUMNS,
  type EntryRow,
  entryBytes,
  entryOf,
  entryValues,
  packTopics,
  type StoredEntry,
  unpackTopics,
} from './archive-rows.ts'
import type { CommunitiesRepository } from './communities-repository.ts'
import type { Db } from './database.ts'
import type { Keys } from './keys.ts'
import type { OutboxRepository } from './outbox-repository.ts'
import { Repository } from './repository.ts'

interface Range {
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

/** An encoded archive that some engine has yet to publish. */
export interface UnpublishedPart extends Range {
  readonly id: number
  readonly partition: number
  /** Null when the staging file is gone because another engine has the archive. */
  readonly file: string | null
  readonly bytes: number
  readonly topics: readonly Topic4[]
}

export interface StoredLink {
  readonly engine: EngineKind
  readonly clock: Millis
  readonly link: ArchiveLink
}

/** The same shape as the engines' `PublishedSet`. */
export interface StoredSet {
  readonly link: ArchiveLink
  readonly entries: readonly StoredEntry[]
  readonly committedBytes: number
}

export interface EngineCommit {
  readonly engine: EngineKind
  readonly link: ArchiveLink
  readonly committedBytes: number
  /** New in this publication; `part` is null for one that the database did not know. */
  readonly entries: readonly { readonly entry: StoredEntry; readonly part: number | null }[]
}

export interface Commit {
  readonly communityId: CommunityId
  readonly clock: Millis
  readonly at: Millis
  readonly engines: readonly EngineCommit[]
  /** Null where the link itself was found announced already. */
  readonly announcement: OutboxEntry | null
}

interface Peers {
  readonly keys: Keys
  readonly outbox: OutboxRepository
  readonly communities: CommunitiesRepository
}

export class ArchivesRepository extends Repository {
  static override readonly reads = [
    'schedule',
    'unarchived',
    'unfinished',
    'claimedPage',
    'claimedTopics',
    'unpublished',
    'entryOfPart',
    'published',
    'links',
    'list',
    'lastClock',
    'lastEnd',
    'announcedAt',
    'files',
  ] as const

  readonly #peers: Peers

  constructor(db: Db, peers: Peers) {
    super(db)
    this.#peers = peers
  }

  /** The grid, and every range that has an archive or is being made into one. */
  schedule(communityId: CommunityId): { cuts: StoredCut[]; archived: Range[] } {
    return {
      cuts: this.sql<StoredCut>('SELECT start, interval FROM archive_cuts WHERE community_id = ? ORDER BY start').all(
        communityId,
      ),
      archived: this.sql<Range>(
        `SELECT from_s AS "from", to_s AS "to" FROM archive_partitions WHERE community_id = ?
         UNION SELECT from_s, to_s FROM archive_entries WHERE community_id = ? ORDER BY 1, 2`,
      ).all(communityId, communityId),
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

  /** Encoded archives that this engine has no entry for, in the order in which they are to be published. */
  unpublished(communityId: CommunityId, engine: EngineKind): UnpublishedPart[] {
    const rows = this.sql<Omit<UnpublishedPart, 'topics'> & { topics: Uint8Array }>(
      `SELECT p.id, p.partition_id AS partition, a.from_s AS "from", a.to_s AS "to", p.file, p.bytes, p.topics
       FROM archive_partitions a JOIN archive_parts p ON p.partition_id = a.id
       WHERE a.community_id = ? AND a.state <> 'building'
         AND NOT EXISTS (SELECT 1 FROM archive_entries e WHERE e.part_id = p.id AND e.engine = ?)
       ORDER BY p.partition_id, p.part`,
    ).all(communityId, engine)
    return rows.map((row) => ({ ...row, topics: unpackTopics(row.topics) }))
  }

  /** The entry under which an engine published a part; null if it did not. */
  entryOfPart(communityId: CommunityId, engine: EngineKind, part: number): StoredEntry | null {
    const row = this.sql<EntryRow>(
      `SELECT ${ENTRY_COLUMNS} FROM archive_entries WHERE community_id = ? AND engine = ? AND part_id = ?`,
    ).get(communityId, engine, part)
    return row === undefined ? null : entryOf(row)
  }

  /** What this engine published last; null if it never did. */
  published(communityId: CommunityId, engine: EngineKind): StoredSet | null {
    const last = this.sql<{ link: ArchiveLink; committed: number }>(
      'SELECT link, committed FROM archive_links WHERE community_id = ? AND engine = ? ORDER BY clock DESC LIMIT 1',
    ).get(communityId, engine)
    if (last === undefined) return null
    const rows = this.sql<EntryRow>(
      `SELECT ${ENTRY_COLUMNS} FROM archive_entries WHERE community_id = ? AND engine = ? ORDER BY offset, from_s, id`,
    ).all(communityId, engine)
    return { link: last.link, entries: rows.map(entryOf), committedBytes: last.committed }
  }

  /** R1.1 step 4: archives, links, clocks and the announcement, in one transaction. */
  commit(commit: Commit): void {
    const { communityId, clock, at, engines, announcement } = commit
    this.transact(() => {
      for (const { engine, link, committedBytes, entries } of engines) {
        this.sql(
          'INSERT OR REPLACE INTO archive_links (community_id, engine, clock, link, committed) VALUES (?, ?, ?, ?, ?)',
        ).run(communityId, engine, clock, link, committedBytes)
        const add = this.sql(
          `INSERT OR IGNORE INTO archive_entries (community_id, ${ENTRY_COLUMNS}, part_id)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        for (const { entry, part } of entries) add.run(communityId, ...entryValues(entry), part)
      }
      this.sql(
        `UPDATE archive_partitions SET state = 'published', published_at = ?
         WHERE community_id = ? AND state = 'staged' AND NOT EXISTS (
           SELECT 1 FROM archive_parts p WHERE p.partition_id = archive_partitions.id
             AND NOT EXISTS (SELECT 1 FROM archive_entries e WHERE e.part_id = p.id))`,
      ).run(at, communityId)
      this.#peers.communities.noteArchiveClock(communityId, clock)
      if (announcement !== null) this.announce(communityId, announcement, at)
    })
  }

  /** The newest link said once more. RULES.md R3.8. */
  announce(communityId: CommunityId, announcement: OutboxEntry, at: Millis): void {
    this.transact(() => {
      this.#peers.outbox.add(announcement)
      this.sql(
        `INSERT INTO archive_announcements (community_id, at) VALUES (?, ?)
         ON CONFLICT (community_id) DO UPDATE SET at = excluded.at`,
      ).run(communityId, at)
    })
  }

  announcedAt(communityId: CommunityId): Millis | null {
    const text = 'SELECT at FROM archive_announcements WHERE community_id = ?'
    return this.sql<{ at: Millis }>(text).get(communityId)?.at ?? null
  }

  /** Every publication that is remembered, newest first. */
  links(communityId: CommunityId): StoredLink[] {
    return this.sql<StoredLink>(
      'SELECT engine, clock, link FROM archive_links WHERE community_id = ? ORDER BY clock DESC, engine DESC',
    ).all(communityId)
  }

  forgetLink(communityId: CommunityId, engine: EngineKind, link: ArchiveLink): void {
    this.sql('DELETE FROM archive_links WHERE community_id = ? AND engine = ? AND link = ?').run(
      communityId,
      engine,
      link,
    )
  }

  /** ms; the newest clock of any publication, 0 if there is none. */
  lastClock(communityId: CommunityId): Millis {
    const text = 'SELECT max(clock) AS clock FROM archive_links WHERE community_id = ?'
    return this.sql<{ clock: Millis | null }>(text).get(communityId)?.clock ?? (0 as Millis)
  }

  /** s; the end of the newest archived range, null if there is none. */
  lastEnd(communityId: CommunityId): Seconds | null {
    const text = 'SELECT max(to_s) AS "to" FROM archive_partitions WHERE community_id = ?'
    const adopted = 'SELECT max(to_s) AS "to" FROM archive_entries WHERE community_id = ?'
    const ends = [text, adopted].map((query) => this.sql<{ to: Seconds | null }>(query).get(communityId)?.to ?? 0)
    const end = Math.max(...ends)
    return end === 0 ? null : (end as Seconds)
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

  /** The staging files of archives that each of these engines has published; they are forgotten, and may be deleted. */
  releaseFiles(communityId: CommunityId, engines: readonly EngineKind[]): string[] {
    return this.transact(() => {
      const waiting = new Set(engines.flatMap((engine) => this.unpublished(communityId, engine).map(({ id }) => id)))
      const rows = this.sql<{ id: number; file: string }>(
        `SELECT p.id, p.file FROM archive_parts p JOIN archive_partitions a ON a.id = p.partition_id
         WHERE a.community_id = ? AND a.state = 'published' AND p.file IS NOT NULL`,
      ).all(communityId)
      const free = rows.filter(({ id }) => !waiting.has(id))
      for (const { id } of free) this.sql('UPDATE archive_parts SET file = NULL WHERE id = ?').run(id)
      return free.map(({ file }) => file)
    })
  }

  /** A staging file made anew for an engine that was not there when the archive was first published. */
  restage(part: number, file: string): void {
    this.sql('UPDATE archive_parts SET file = ? WHERE id = ?').run(file, part)
  }

  /** Records found in an archive of ours that the database did not know: they are not archived a second time. */
  markArchived(communityId: CommunityId, range: Range, hashes: readonly Uint8Array[], at: Millis): void {
    this.transact(() => {
      const key = this.#key(communityId)
      const mark = this.sql(
        'UPDATE raw_records SET partition_id = ? WHERE community = ? AND hash = ? AND partition_id IS NULL',
      )
      const id = this.#adoptedPartition(communityId, range, at)
      const records = hashes.reduce((n, hash) => n + mark.run(id, key, hash).changes, 0)
      this.sql('UPDATE archive_partitions SET records = records + ? WHERE id = ?').run(records, id)
    })
  }

  /** Every archive of this community, newest first. One without an entry yet has a placeholder for its id. */
  list(communityId: CommunityId): Archive[] {
    const rows = this.sql<EntryRow & { messages: number | null; bytes: number | null }>(
      `SELECT e.id, e.engine, e.from_s, e.to_s, e.topics, e.offset, e.size, e.padding, e.cid, p.messages, p.bytes
       FROM archive_entries e LEFT JOIN archive_parts p ON p.id = e.part_id
       WHERE e.community_id = ? ORDER BY e.to_s DESC, e.from_s DESC, e.id`,
    ).all(communityId)
    const unfinished = this.unfinished(communityId).map(({ id, from, to, state, records }) => ({
      id: `0x${id.toString(16).padStart(64, '0')}` as ArchiveId,
      engine: 'torrent' as const,
      from,
      to,
      state,
      reason: '',
      bytes: 0,
      messages: records,
    }))
    const done = rows.map((row) => ({
      id: row.id,
      engine: row.engine,
      from: row.from_s,
      to: row.to_s,
      state: 'published' as const,
      reason: '',
      bytes: row.bytes ?? entryBytes(entryOf(row)),
      messages: row.messages ?? 0,
    }))
    return [...unfinished.reverse(), ...done]
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
    return this.#peers.keys.find('community_keys', communityId)
  }
}
