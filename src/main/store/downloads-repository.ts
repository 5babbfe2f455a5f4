/**
 * The member's archives: links followed, what their indexes name, and how far each archive has come. An archive is
 * marked imported in the transaction of its last batch, so what a crash interrupts is only ever done again.
 */
import type {
  Archive,
  ArchiveId,
  ArchiveLink,
  ArchiveState,
  ChatId,
  CommunityId,
  EngineKind,
  Millis,
} from '../../shared/domain.ts'
import { crashPoint } from '../workers/crash-point.ts'
import { type PackedEffects, unpackEffects } from '../workers/packed-effects.ts'
import { countsOf, ENTRY_COLUMNS, entryBytes, entryValues, type StoredEntry } from './archive-rows.ts'
import type { Db } from './database.ts'
import {
  type DownloadRow,
  downloadOf,
  everything,
  ROW,
  type Row,
  type StoredWish,
  textsOf,
  wishOf,
} from './download-rows.ts'
import type { InboxItem } from './records.ts'
import type { RecordsRepository } from './records-repository.ts'
import { Repository } from './repository.ts'

export type DownloadLinkState = 'accepted' | 'opened' | 'done' | 'superseded' | 'cancelled' | 'refused'

export interface DownloadLink {
  readonly engine: EngineKind
  readonly link: ArchiveLink
  readonly clock: Millis
  readonly hints: readonly string[]
  readonly state: DownloadLinkState
  /** Why it is refused; empty otherwise. */
  readonly reason: string
  readonly acceptedAt: Millis
  /** Entries of its index that were not believed, by reason. */
  readonly refused: Readonly<Record<string, number>>
}

export type NewLink = Pick<DownloadLink, 'engine' | 'link' | 'clock' | 'hints'>

export interface DownloadSettings {
  readonly paused: boolean
  readonly wanted: StoredWish
  /** Whether what was downloaded is served to others. */
  readonly seeding: boolean
  /** The archive clock of the newest description, and since when it is known; null if none was heard. */
  readonly description: { readonly clock: Millis; readonly since: Millis } | null
}

export interface ImportProgress {
  /** The last batch: the archive is imported when this transaction is. */
  readonly done: boolean
  /** Messages of the batch, known ones too. */
  readonly messages: number
  /** Messages refused since the batch before, by reason. */
  readonly refused: Readonly<Record<string, number>>
  readonly at: Millis
}

export class DownloadsRepository extends Repository {
  static override readonly reads = [
    'settings',
    'links',
    'unfinished',
    'archives',
    'archivesAfter',
    'archive',
    'list',
    'refused',
    'usedBytes',
  ] as const

  readonly #records: RecordsRepository

  constructor(db: Db, peers: { readonly records: RecordsRepository }) {
    super(db)
    this.#records = peers.records
  }

  settings(communityId: CommunityId): DownloadSettings {
    const row = this.sql<{ paused: number; wanted: string; seeding: number; clock: Millis; since: Millis }>(
      `SELECT paused, wanted, seeding, description_clock AS clock, description_since AS since
       FROM download_communities WHERE community_id = ?`,
    ).get(communityId)
    if (row === undefined) return { paused: false, wanted: everything, seeding: true, description: null }
    const description = row.clock > 0 ? { clock: row.clock, since: row.since } : null
    return { paused: row.paused !== 0, wanted: wishOf(row.wanted), seeding: row.seeding !== 0, description }
  }

  setPaused(communityId: CommunityId, paused: boolean): void {
    this.sql(
      `INSERT INTO download_communities (community_id, paused) VALUES (?, ?)
       ON CONFLICT (community_id) DO UPDATE SET paused = excluded.paused`,
    ).run(communityId, Number(paused))
  }

  setSeeding(communityId: CommunityId, seeding: boolean): void {
    this.sql(
      `INSERT INTO download_communities (community_id, seeding) VALUES (?, ?)
       ON CONFLICT (community_id) DO UPDATE SET seeding = excluded.seeding`,
    ).run(communityId, Number(seeding))
  }

  setWanted(communityId: CommunityId, wanted: StoredWish): void {
    this.sql(
      `INSERT INTO download_communities (community_id, wanted) VALUES (?, ?)
       ON CONFLICT (community_id) DO UPDATE SET wanted = excluded.wanted`,
    ).run(communityId, JSON.stringify(wanted))
  }

  noteDescription(communityId: CommunityId, clock: Millis, since: Millis): void {
    this.sql(
      `INSERT INTO download_communities (community_id, description_clock, description_since) VALUES (?, ?, ?)
       ON CONFLICT (community_id) DO UPDATE
         SET description_clock = excluded.description_clock, description_since = excluded.description_since
         WHERE excluded.description_clock > description_clock`,
    ).run(communityId, clock, since)
  }

  /** Newest clock first; of equal clocks the one accepted last. */
  links(communityId: CommunityId): DownloadLink[] {
    const rows = this.sql<Omit<DownloadLink, 'hints' | 'refused'> & { hints: string; refused: string }>(
      `SELECT engine, link, clock, hints, state, reason, accepted_at AS acceptedAt, refused FROM download_links
       WHERE community_id = ? ORDER BY clock DESC, accepted_at DESC, link`,
    ).all(communityId)
    return rows.map((row) => ({ ...row, hints: textsOf(row.hints), refused: countsOf(row.refused) }))
  }

  /** Follows a link from now on. The flavour's earlier one is done with, unless all of it is here. PROTOCOL.md §6.1. */
  acceptLink(communityId: CommunityId, { engine, link, clock, hints }: NewLink, at: Millis): void {
    crashPoint('download.accept:before')
    this.transact(() => {
      this.sql(
        `UPDATE download_links SET state = 'superseded'
         WHERE community_id = ? AND engine = ? AND link <> ? AND state IN ('accepted', 'opened')`,
      ).run(communityId, engine, link)
      this.sql(
        `INSERT INTO download_links (community_id, engine, link, clock, hints, state, accepted_at)
         VALUES (?, ?, ?, ?, ?, 'accepted', ?)
         ON CONFLICT (community_id, engine, link) DO UPDATE
           SET clock = max(clock, excluded.clock), hints = excluded.hints, state = 'accepted', reason = '',
             accepted_at = excluded.accepted_at`,
      ).run(communityId, engine, link, clock, JSON.stringify(hints), at)
    })
    crashPoint('download.accept:after')
  }

  setLinkState(
    communityId: CommunityId,
    { engine, link }: Pick<DownloadLink, 'engine' | 'link'>,
    state: DownloadLinkState,
    reason = '',
  ): void {
    crashPoint('download.link:before')
    this.sql('UPDATE download_links SET state = ?, reason = ? WHERE community_id = ? AND engine = ? AND link = ?').run(
      state,
      reason,
      communityId,
      engine,
      link,
    )
    crashPoint('download.link:after')
  }

  forgetLink(communityId: CommunityId, { engine, link }: Pick<DownloadLink, 'engine' | 'link'>): void {
    this.sql('DELETE FROM download_links WHERE community_id = ? AND engine = ? AND link = ?').run(
      communityId,
      engine,
      link,
    )
  }

  /** Communities with something to go on with: a link not done, or an archive not imported. */
  unfinished(): CommunityId[] {
    return this.sql<{ id: CommunityId }>(
      `SELECT community_id AS id FROM download_links WHERE state IN ('accepted', 'opened', 'done')
       UNION SELECT community_id FROM download_archives WHERE state IN ('downloaded', 'importing') ORDER BY 1`,
    )
      .all()
      .map(({ id }) => id)
  }

  /** The index behind a link was read: its entries become archives that may be wanted. */
  openLink(
    communityId: CommunityId,
    { engine, link }: Pick<DownloadLink, 'engine' | 'link'>,
    index: { readonly entries: readonly StoredEntry[]; readonly refused: Readonly<Record<string, number>> },
    at: Millis,
  ): void {
    crashPoint('download.open:before')
    this.transact(() => {
      this.nameArchives(communityId, index.entries, at)
      this.sql(
        `UPDATE download_links SET refused = ?, state = iif(state = 'accepted', 'opened', state)
         WHERE community_id = ? AND engine = ? AND link = ?`,
      ).run(JSON.stringify(index.refused), communityId, engine, link)
    })
    crashPoint('download.open:after')
  }

  /** The first entries of an index that is too long for one call; `openLink` with the last of them completes it. */
  nameArchives(communityId: CommunityId, entries: readonly StoredEntry[], at: Millis): void {
    this.transactLoosely(() => {
      const add = this.sql(
        `INSERT INTO download_archives (community_id, ${ENTRY_COLUMNS}, state, bytes, changed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'wanted', ?, ?) ON CONFLICT DO NOTHING`,
      )
      for (const entry of entries) add.run(communityId, ...entryValues(entry), entryBytes(entry), at)
    })
  }

  /** Newest first. */
  archives(communityId: CommunityId): DownloadRow[] {
    const text = `SELECT ${ROW} FROM download_archives WHERE community_id = ? ORDER BY to_s DESC, from_s DESC, id`
    return this.sql<Row>(text).all(communityId).map(downloadOf)
  }

  /** The same, some at a time: `last` is the last one of those before. */
  archivesAfter(communityId: CommunityId, last: StoredEntry | null, limit: number): DownloadRow[] {
    const { to, from, id } = last ?? { to: Number.MAX_SAFE_INTEGER, from: 0, id: '' }
    const text = `SELECT ${ROW} FROM download_archives
       WHERE community_id = ? AND to_s <= ? AND (to_s < ? OR from_s < ? OR (from_s = ? AND id > ?))
       ORDER BY to_s DESC, from_s DESC, id LIMIT ?`
    return this.sql<Row>(text).all(communityId, to, to, from, from, id, limit).map(downloadOf)
  }

  archive(communityId: CommunityId, engine: EngineKind, id: ArchiveId): DownloadRow | null {
    const text = `SELECT ${ROW} FROM download_archives WHERE community_id = ? AND engine = ? AND id = ?`
    const row = this.sql<Row>(text).get(communityId, engine, id)
    return row === undefined ? null : downloadOf(row)
  }

  /** Moves one archive on. What is in the history stays there: an imported archive changes no more. */
  setState(
    communityId: CommunityId,
    engine: EngineKind,
    id: ArchiveId,
    change: {
      readonly state: Exclude<ArchiveState, 'building' | 'staged' | 'published' | 'imported'>
      readonly reason?: string
      readonly attempts?: number
      readonly bytes?: number
      readonly at: Millis
    },
  ): void {
    crashPoint('download.archive:before')
    const values = [change.state, change.reason ?? '', change.attempts ?? null, change.bytes ?? null, change.at]
    // What is on the disk says the same: lost in a power cut, the step is done again.
    this.transactLoosely(() =>
      this.sql(
        `UPDATE download_archives
         SET state = ?, reason = ?, attempts = coalesce(?, attempts), bytes = coalesce(?, bytes), changed_at = ?
         WHERE community_id = ? AND engine = ? AND id = ? AND state <> 'imported'`,
      ).run(...values, communityId, engine, id),
    )
    crashPoint('download.archive:after')
  }

  /**
   * A group key came: what waits for one is only here, not in the history. `messages`: so are archives that were
   * imported but for messages in them. R6.2.
   */
  keyArrived(communityId: CommunityId, what: 'archives' | 'messages', at: Millis): void {
    this.sql(
      `UPDATE download_archives SET state = 'downloaded', reason = '', attempts = 0, changed_at = ?
       WHERE community_id = ? AND (state = 'waiting-for-key' OR
         (? AND state = 'imported' AND json_extract(refused, '$."waiting-for-key"') > 0))`,
    ).run(at, communityId, Number(what === 'messages'))
  }

  /** Says of everything still wanted why it does not come. */
  noteWanted(communityId: CommunityId, reason: string): void {
    this.sql(
      `UPDATE download_archives SET reason = ? WHERE community_id = ? AND state IN ('wanted', 'downloading')`,
    ).run(reason, communityId)
  }

  /** Bytes of every archive on this disk, of all communities: downloaded ones and our own, by each engine. */
  usedBytes(): number {
    const row = this.sql<{ bytes: number }>(
      `SELECT (SELECT coalesce(sum(coalesce(size, bytes)), 0) FROM download_archives WHERE state NOT IN ('wanted', 'downloading'))
         + (SELECT coalesce(sum(coalesce(e.size, p.bytes, 0)), 0)
            FROM archive_entries e LEFT JOIN archive_parts p ON p.id = e.part_id) AS bytes`,
    ).get()
    return row?.bytes ?? 0
  }

  /** An import begins, or begins again: its counts start from nothing. */
  beginImport(communityId: CommunityId, engine: EngineKind, id: ArchiveId, at: Millis): void {
    crashPoint('import.begin:before')
    this.transactLoosely(() =>
      this.sql(
        `UPDATE download_archives SET state = 'importing', reason = '', messages = 0, refused = '{}', changed_at = ?
         WHERE community_id = ? AND engine = ? AND id = ? AND state <> 'imported'`,
      ).run(at, communityId, engine, id),
    )
    crashPoint('import.begin:after')
  }

  /**
   * Verified messages of an archive, by the same way in as live ones. The last batch marks the archive imported.
   * Returns the channels in which something is new.
   */
  importBatch(
    communityId: CommunityId,
    engine: EngineKind,
    id: ArchiveId,
    packed: PackedEffects,
    progress: ImportProgress,
  ): readonly ChatId[] {
    return this.transactLoosely(() => {
      const { chatIds } = this.#records.ingest(archived(packed), { searchable: 'later' })
      const text = 'SELECT refused FROM download_archives WHERE community_id = ? AND engine = ? AND id = ?'
      const counts = countsOf(this.sql<{ refused: string }>(text).get(communityId, engine, id)?.refused ?? '{}')
      for (const [reason, count] of Object.entries(progress.refused)) counts[reason] = (counts[reason] ?? 0) + count
      this.sql(
        `UPDATE download_archives
         SET state = iif(?, 'imported', state), messages = messages + ?, refused = ?, changed_at = ?
         WHERE community_id = ? AND engine = ? AND id = ?`,
      ).run(Number(progress.done), progress.messages, JSON.stringify(counts), progress.at, communityId, engine, id)
      return chatIds
    })
  }

  /** Every archive known to this member, newest first. */
  list(communityId: CommunityId): Archive[] {
    return this.archives(communityId).map(({ entry, engine, state, reason, bytes, messages }) => ({
      id: entry.id,
      engine,
      from: entry.from,
      to: entry.to,
      state,
      reason,
      bytes,
      messages,
    }))
  }

  /** Entries and messages refused so far, by reason. */
  refused(communityId: CommunityId): Record<string, number> {
    const rows = this.sql<{ refused: string }>(
      `SELECT refused FROM download_archives WHERE community_id = ? AND refused <> '{}'
       UNION ALL SELECT refused FROM download_links WHERE community_id = ? AND state <> 'superseded' AND refused <> '{}'`,
    ).all(communityId, communityId)
    const total: Record<string, number> = {}
    for (const row of rows) {
      for (const [reason, count] of Object.entries(countsOf(row.refused))) total[reason] = (total[reason] ?? 0) + count
    }
    return total
  }
}

function* archived(packed: PackedEffects): Generator<InboxItem> {
  for (const effect of unpackEffects(packed)) yield { record: null, effect, source: 'archive' }
}
