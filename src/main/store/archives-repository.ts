/**
 * The owner's archives: what was claimed and encoded (archive-claims.ts), and what each engine has published. Every step
 * of RULES.md R1.1 is one method, and one transaction.
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
import { ArchiveClaims, type Range } from './archive-claims.ts'
import {
  ENTRY_COLUMNS,
  type EntryRow,
  entryBytes,
  entryOf,
  entryValues,
  type StoredEntry,
  unpackTopics,
} from './archive-rows.ts'
import type { CommunitiesRepository } from './communities-repository.ts'
import type { Db } from './database.ts'
import type { Keys } from './keys.ts'
import type { OutboxRepository } from './outbox-repository.ts'
import type { RetentionRepository } from './retention-repository.ts'

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
  readonly retention: RetentionRepository
}

export class ArchivesRepository extends ArchiveClaims {
  static override readonly reads: readonly string[] = [
    ...ArchiveClaims.reads,
    'unpublished',
    'entryOfPart',
    'published',
    'held',
    'lastLink',
    'links',
    'list',
    'lastClock',
    'lastEnd',
    'announcedAt',
  ]

  readonly #peers: Peers

  constructor(db: Db, peers: Peers) {
    super(db, peers.keys)
    this.#peers = peers
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
    const last = this.lastLink(communityId, engine)
    if (last === null) return null
    const rows = this.sql<EntryRow>(
      `SELECT ${ENTRY_COLUMNS} FROM archive_entries WHERE community_id = ? AND engine = ? ORDER BY offset, from_s, id`,
    ).all(communityId, engine)
    return { ...last, entries: rows.map(entryOf) }
  }

  /** Every archive that this engine has published, and how much of it there is. */
  held(communityId: CommunityId, engine: EngineKind): { entry: StoredEntry; bytes: number; messages: number }[] {
    const rows = this.sql<EntryRow & { bytes: number | null; messages: number | null }>(
      `SELECT e.id, e.engine, e.from_s, e.to_s, e.topics, e.offset, e.size, e.padding, e.cid, p.messages, p.bytes
       FROM archive_entries e LEFT JOIN archive_parts p ON p.id = e.part_id WHERE e.community_id = ? AND e.engine = ?`,
    ).all(communityId, engine)
    return rows.map((row) => {
      const entry = entryOf(row)
      return { entry, bytes: row.bytes ?? entryBytes(entry), messages: row.messages ?? 0 }
    })
  }

  /** The link of what this engine published last, and how much of `data` it refers to; null if it never did. */
  lastLink(communityId: CommunityId, engine: EngineKind): Omit<StoredSet, 'entries'> | null {
    const text = `SELECT link, committed AS committedBytes FROM archive_links WHERE community_id = ? AND engine = ?
       ORDER BY clock DESC LIMIT 1`
    return this.sql<Omit<StoredSet, 'entries'>>(text).get(communityId, engine) ?? null
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
          `INSERT OR IGNORE INTO archive_entries (community_id, ${ENTRY_COLUMNS}, part_id, clock)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        for (const { entry, part } of entries) add.run(communityId, ...entryValues(entry), part, clock)
      }
      this.sql(
        `UPDATE archive_partitions SET state = 'published', published_at = ?
         WHERE community_id = ? AND state = 'staged' AND NOT EXISTS (
           SELECT 1 FROM archive_parts p WHERE p.partition_id = archive_partitions.id
             AND NOT EXISTS (SELECT 1 FROM archive_entries e WHERE e.part_id = p.id))`,
      ).run(at, communityId)
      this.#peers.communities.noteArchiveClock(communityId, clock)
      if (announcement === null) this.#noteAnnounced(communityId, clock, '')
      else this.announce(communityId, clock, announcement, at)
    })
  }

  /** The newest publication, of this clock, said once more. RULES.md R3.8. */
  announce(communityId: CommunityId, clock: Millis, announcement: OutboxEntry, at: Millis): void {
    this.transact(() => {
      this.#peers.outbox.add(announcement)
      this.#noteAnnounced(communityId, clock, announcement.id)
      this.sql(
        `INSERT INTO archive_announcements (community_id, at) VALUES (?, ?)
         ON CONFLICT (community_id) DO UPDATE SET at = excluded.at`,
      ).run(communityId, at)
    })
  }

  /** Older ones are needed until the newest that was sent. */
  #noteAnnounced(communityId: CommunityId, clock: Millis, outboxId: string): void {
    this.sql('INSERT OR IGNORE INTO archive_announced (community_id, clock, outbox_id) VALUES (?, ?, ?)').run(
      communityId,
      clock,
      outboxId,
    )
    this.sql('DELETE FROM archive_announced WHERE community_id = ? AND clock < ?').run(
      communityId,
      this.#peers.retention.announced(communityId),
    )
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
}
