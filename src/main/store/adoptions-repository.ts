/**
 * What an owner's node must know before it publishes: whether a history made elsewhere is still being taken over, whose
 * links are followed, and whether another device has the same key. RULES.md R1.2, R1.3, R3.7.
 */
import type { ArchiveLink, CommunityId, EngineKind, Millis, Seconds } from '../../shared/domain.ts'
import { ENTRY_COLUMNS, entryValues, packTopics, type StoredEntry } from './archive-rows.ts'
import type { CommunitiesRepository } from './communities-repository.ts'
import type { Db } from './database.ts'
import { Repository } from './repository.ts'

export type AdoptionPhase = 'looking' | 'continued' | 'afresh'

export interface StoredAdoption {
  readonly phase: AdoptionPhase
  readonly since: Millis
}

export interface StoredDevice {
  readonly device: string
  readonly heardAt: Millis
}

export type RivalChoice = 'keep-publishing' | 'yield'

export interface StoredRival {
  readonly device: string
  readonly since: Millis
  readonly heardAt: Millis
  readonly clock: Millis
  readonly link: ArchiveLink
  readonly otherLink: ArchiveLink | null
  readonly peers: readonly string[]
  readonly choice: RivalChoice | null
}

/** An archive that is here, whole, and how much of it there is. */
export interface HeldArchive {
  readonly entry: StoredEntry
  readonly bytes: number
  readonly messages: number
}

/** A publication that the next one continues, every archive of it. */
export interface ContinuedSet {
  readonly engine: EngineKind
  readonly link: ArchiveLink
  readonly clock: Millis
  readonly committedBytes: number
  readonly archives: readonly HeldArchive[]
}

export class AdoptionsRepository extends Repository {
  static override readonly reads = ['adoption', 'followed', 'rival'] as const

  readonly #communities: CommunitiesRepository

  constructor(db: Db, peers: { readonly communities: CommunitiesRepository }) {
    super(db)
    this.#communities = peers.communities
  }

  /** Null for a community whose whole history was made here. */
  adoption(communityId: CommunityId): StoredAdoption | null {
    const text = 'SELECT phase, since FROM archive_adoptions WHERE community_id = ?'
    return this.sql<StoredAdoption>(text).get(communityId) ?? null
  }

  /** From now on nothing is published until the newest publication of others is here. */
  begin(communityId: CommunityId, at: Millis): void {
    this.sql(
      `INSERT INTO archive_adoptions (community_id, phase, since) VALUES (?, 'looking', ?)
       ON CONFLICT DO UPDATE SET phase = 'looking', since = excluded.since WHERE phase <> 'looking'`,
    ).run(communityId, at)
  }

  /** There is nothing to continue, or what there is was given up: then what was marked as archived by it no longer is. */
  end(communityId: CommunityId, phase: 'continued' | 'afresh'): void {
    this.transact(() => {
      this.sql('UPDATE archive_adoptions SET phase = ? WHERE community_id = ?').run(phase, communityId)
      if (phase === 'continued') return
      const unmade = `SELECT a.id FROM archive_partitions a WHERE a.community_id = ? AND a.state = 'published'
         AND NOT EXISTS (SELECT 1 FROM archive_parts p WHERE p.partition_id = a.id)
         AND NOT EXISTS (SELECT 1 FROM archive_entries e
           WHERE e.community_id = a.community_id AND e.from_s = a.from_s AND e.to_s = a.to_s)`
      this.sql(`UPDATE raw_records SET partition_id = NULL WHERE partition_id IN (${unmade})`).run(communityId)
      this.sql(`DELETE FROM archive_partitions WHERE id IN (${unmade})`).run(communityId)
    })
  }

  /**
   * The rows follow these sets from now on. An archive gets its part, so that an engine which lacks it is given it from
   * another; one of ours that a set does not have must have been `displace`d before, and is published again.
   */
  continue(communityId: CommunityId, sets: readonly ContinuedSet[], at: Millis): void {
    this.transact(() => {
      const last = this.#lastClock(communityId)
      // What is continued must be the newest, also where we went on by ourselves for a while. R3.1: one clock.
      const overtaken = sets.every(({ clock }) => clock <= last) && !this.#isNewest(communityId, sets)
      for (const set of sets) this.#follow(communityId, overtaken ? { ...set, clock: (last + 1) as Millis } : set, at)
      this.sql(
        `UPDATE archive_partitions SET state = 'published', published_at = ?
         WHERE community_id = ? AND state = 'staged' AND NOT EXISTS (
           SELECT 1 FROM archive_parts p WHERE p.partition_id = archive_partitions.id
             AND NOT EXISTS (SELECT 1 FROM archive_entries e WHERE e.part_id = p.id))`,
      ).run(at, communityId)
      this.sql("UPDATE archive_adoptions SET phase = 'continued' WHERE community_id = ?").run(communityId)
    })
  }

  /** An archive of ours that the continued set lacks: its bytes lie in `file`, to be published once more. */
  displace(communityId: CommunityId, archive: HeldArchive, file: string, at: Millis): void {
    this.transact(() => {
      const { entry } = archive
      const text = 'SELECT part_id AS part FROM archive_entries WHERE community_id = ? AND engine = ? AND id = ?'
      const known = this.sql<{ part: number | null }>(text).get(communityId, entry.locator.kind, entry.id)
      const part = known?.part ?? this.#newPart(communityId, archive, at)
      this.sql('UPDATE archive_parts SET file = ? WHERE id = ?').run(file, part)
    })
  }

  /** The device whose links are followed; null until one was heard. */
  followed(communityId: CommunityId): StoredDevice | null {
    const text = 'SELECT device, heard_at AS heardAt FROM archive_devices WHERE community_id = ?'
    return this.sql<StoredDevice>(text).get(communityId) ?? null
  }

  /** Null: nothing tells them apart any more. */
  follow(communityId: CommunityId, followed: StoredDevice | null): void {
    if (followed === null) {
      this.sql('DELETE FROM archive_devices WHERE community_id = ?').run(communityId)
      return
    }
    const { device, heardAt } = followed
    this.sql(
      `INSERT INTO archive_devices (community_id, device, heard_at) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET device = excluded.device, heard_at = excluded.heard_at`,
    ).run(communityId, device, heardAt)
  }

  rival(communityId: CommunityId): StoredRival | null {
    const row = this.sql<Omit<StoredRival, 'peers'> & { peers: string }>(
      `SELECT device, since, heard_at AS heardAt, clock, link, other_link AS otherLink, peers, choice
       FROM archive_rivals WHERE community_id = ?`,
    ).get(communityId)
    if (row === undefined) return null
    const peers: unknown = JSON.parse(row.peers)
    return { ...row, peers: Array.isArray(peers) ? peers.filter((peer) => typeof peer === 'string') : [] }
  }

  putRival(communityId: CommunityId, rival: StoredRival): void {
    const { device, since, heardAt, clock, link, otherLink, peers, choice } = rival
    this.sql(
      `INSERT OR REPLACE INTO archive_rivals
         (community_id, device, since, heard_at, clock, link, other_link, peers, choice)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(communityId, device, since, heardAt, clock, link, otherLink, JSON.stringify(peers), choice)
  }

  dropRival(communityId: CommunityId): void {
    this.sql('DELETE FROM archive_rivals WHERE community_id = ?').run(communityId)
  }

  #lastClock(communityId: CommunityId): number {
    const text = 'SELECT max(clock) AS clock FROM archive_links WHERE community_id = ?'
    return this.sql<{ clock: number | null }>(text).get(communityId)?.clock ?? 0
  }

  #isNewest(communityId: CommunityId, sets: readonly ContinuedSet[]): boolean {
    const text = 'SELECT link FROM archive_links WHERE community_id = ? AND engine = ? ORDER BY clock DESC LIMIT 1'
    return sets.every(({ engine, link }) => this.sql<{ link: string }>(text).get(communityId, engine)?.link === link)
  }

  #follow(communityId: CommunityId, { engine, link, clock, committedBytes, archives }: ContinuedSet, at: Millis): void {
    this.sql(
      'INSERT OR REPLACE INTO archive_links (community_id, engine, clock, link, committed) VALUES (?, ?, ?, ?, ?)',
    ).run(communityId, engine, clock, link, committedBytes)
    const ids = JSON.stringify(archives.map(({ entry }) => entry.id))
    this.sql(
      `DELETE FROM archive_entries WHERE community_id = ? AND engine = ? AND id NOT IN (SELECT value FROM json_each(?))`,
    ).run(communityId, engine, ids)
    const known = this.sql('SELECT 1 FROM archive_entries WHERE community_id = ? AND engine = ? AND id = ?')
    const add = this.sql(
      `INSERT INTO archive_entries (community_id, ${ENTRY_COLUMNS}, part_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    for (const archive of archives) {
      if (known.get(communityId, engine, archive.entry.id) !== undefined) continue
      const part = this.#partLacking(communityId, engine, archive) ?? this.#newPart(communityId, archive, at)
      add.run(communityId, ...entryValues(archive.entry), part)
    }
    this.#communities.noteArchiveClock(communityId, clock)
  }

  /** The same archive as another engine has it, or as it waits to be published. */
  #partLacking(communityId: CommunityId, engine: EngineKind, { entry, bytes }: HeldArchive): number | null {
    const row = this.sql<{ id: number }>(
      `SELECT p.id FROM archive_partitions a JOIN archive_parts p ON p.partition_id = a.id
       WHERE a.community_id = ? AND a.from_s = ? AND a.to_s = ? AND p.bytes = ? AND a.state <> 'building'
         AND NOT EXISTS (SELECT 1 FROM archive_entries e WHERE e.part_id = p.id AND e.engine = ?)
       ORDER BY p.id LIMIT 1`,
    ).get(communityId, entry.from, entry.to, bytes, engine)
    return row?.id ?? null
  }

  #newPart(communityId: CommunityId, { entry, bytes, messages }: HeldArchive, at: Millis): number {
    const partition = this.#partition(communityId, entry, at)
    const text = 'SELECT coalesce(max(part) + 1, 0) AS next FROM archive_parts WHERE partition_id = ?'
    const next = this.sql<{ next: number }>(text).get(partition)?.next ?? 0
    const { lastInsertRowid } = this.sql(
      'INSERT INTO archive_parts (partition_id, part, file, bytes, messages, topics) VALUES (?, ?, NULL, ?, ?, ?)',
    ).run(partition, next, bytes, messages, packTopics(entry.topics))
    return Number(lastInsertRowid)
  }

  #partition(communityId: CommunityId, { from, to }: { from: Seconds; to: Seconds }, at: Millis): number {
    const known = this.sql<{ id: number }>(
      `SELECT id FROM archive_partitions WHERE community_id = ? AND from_s = ? AND to_s = ? AND state = 'published'
       ORDER BY id LIMIT 1`,
    ).get(communityId, from, to)
    if (known !== undefined) return known.id
    const { lastInsertRowid } = this.sql(
      `INSERT INTO archive_partitions (community_id, from_s, to_s, state, records, claimed_at, published_at)
       VALUES (?, ?, ?, 'published', 0, ?, ?)`,
    ).run(communityId, from, to, at, at)
    return Number(lastInsertRowid)
  }
}
