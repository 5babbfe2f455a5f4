/**
 * Imports of pasts from elsewhere. How far a file was read is written in the transaction of the messages up to there,
 * so that whoever goes on after a crash neither misses nor repeats one.
 */
import { deserialize } from 'node:v8'
import type { ChatId, CommunityId, Millis } from '../../shared/domain.ts'
import { crashPoint } from '../workers/crash-point.ts'
import { countsOf } from './archive-rows.ts'
import type { Db } from './database.ts'
import type { InboxItem } from './records.ts'
import type { RecordsRepository } from './records-repository.ts'
import { Repository } from './repository.ts'

export type StoredImportState = 'running' | 'done' | 'incomplete' | 'cancelled' | 'failed'

export interface StoredImport {
  readonly id: string
  readonly communityId: CommunityId
  readonly kind: string
  readonly state: StoredImportState
  readonly map: readonly { readonly from: string; readonly to: string }[]
  readonly error: string
  readonly startedAt: Millis
  readonly endedAt: Millis | null
}

export interface StoredPlace {
  readonly line: number
  readonly byte: number
}

export interface StoredImportFile {
  readonly n: number
  readonly path: string
  readonly size: number
  /** ms, with fractions. */
  readonly modifiedAt: number
  readonly state: 'waiting' | 'reading' | 'done' | 'failed'
  readonly foreignId: string
  readonly foreignName: string
  readonly chatId: ChatId | null
  readonly position: number
  readonly line: number
  readonly messages: number
  readonly added: number
  readonly known: number
  readonly leftOut: Readonly<Record<string, number>>
  readonly error: (StoredPlace & { readonly reason: string }) | null
}

export interface StoredExample extends StoredPlace {
  readonly n: number
  readonly reason: string
  readonly detail: string
}

export interface ImportBatch {
  /** Everything before it is in this batch or in an earlier one. */
  readonly position: number
  readonly line: number
  /** Messages read since the batch before, those left out among them. */
  readonly messages: number
  readonly leftOut: Readonly<Record<string, number>>
  readonly examples: readonly Omit<StoredExample, 'n'>[]
}

type FileRow = Omit<StoredImportFile, 'leftOut' | 'error'> & { readonly leftOut: string; readonly error: string | null }

/** Examples kept of each reason. */
const EXAMPLES = 20
const IMPORT = 'id, community_id AS communityId, kind, state, map, error, started_at AS startedAt, ended_at AS endedAt'
const FILE = `n, path, size, modified_at AS modifiedAt, state, foreign_id AS foreignId, foreign_name AS foreignName,
  chat_id AS chatId, position, line, messages, added, known, left_out AS leftOut, error`
const here = 'import = (SELECT key FROM imports WHERE id = ?) AND n = ?'

export class ImportsRepository extends Repository {
  static override readonly reads = ['get', 'list', 'running', 'files', 'examples', 'channels'] as const

  readonly #records: RecordsRepository

  constructor(db: Db, peers: { readonly records: RecordsRepository }) {
    super(db)
    this.#records = peers.records
  }

  add(
    row: Pick<StoredImport, 'id' | 'communityId' | 'kind' | 'map' | 'startedAt'>,
    files: readonly Pick<StoredImportFile, 'path' | 'size' | 'modifiedAt'>[],
  ): void {
    this.transact(() => {
      const key = this.sql(
        `INSERT INTO imports (id, community_id, kind, state, map, started_at) VALUES (?, ?, ?, 'running', ?, ?)`,
      ).run(row.id, row.communityId, row.kind, JSON.stringify(row.map), row.startedAt).lastInsertRowid
      const add = this.sql('INSERT INTO import_files (import, n, path, size, modified_at) VALUES (?, ?, ?, ?, ?)')
      for (const [n, { path, size, modifiedAt }] of files.entries()) add.run(key, n, path, size, modifiedAt)
    })
  }

  get(id: string): StoredImport | null {
    const row = this.sql<StoredImport & { map: string }>(`SELECT ${IMPORT} FROM imports WHERE id = ?`).get(id)
    return row === undefined ? null : { ...row, map: JSON.parse(row.map) }
  }

  /** Newest first. */
  list(communityId: CommunityId | null, limit: number): StoredImport[] {
    const rows = this.sql<StoredImport & { map: string }>(
      `SELECT ${IMPORT} FROM imports WHERE ? IS NULL OR community_id = ? ORDER BY key DESC LIMIT ?`,
    ).all(communityId, communityId, limit)
    return rows.map((row) => ({ ...row, map: JSON.parse(row.map) }))
  }

  /** Those to go on with, oldest first. */
  running(): string[] {
    return this.sql<{ id: string }>("SELECT id FROM imports WHERE state = 'running' ORDER BY key")
      .all()
      .map(({ id }) => id)
  }

  files(id: string): StoredImportFile[] {
    const text = `SELECT ${FILE} FROM import_files WHERE import = (SELECT key FROM imports WHERE id = ?) ORDER BY n`
    return this.sql<FileRow>(text)
      .all(id)
      .map((row) => ({
        ...row,
        leftOut: countsOf(row.leftOut),
        error: row.error === null ? null : JSON.parse(row.error),
      }))
  }

  examples(id: string): StoredExample[] {
    return this.sql<StoredExample>(
      `SELECT n, reason, line, byte, detail FROM import_examples
       WHERE import = (SELECT key FROM imports WHERE id = ?) ORDER BY reason, n, byte`,
    ).all(id)
  }

  /** Which channel here was which there, in this community's imports; the newest of each first. */
  channels(communityId: CommunityId): { foreignId: string; chatId: ChatId }[] {
    return this.sql<{ foreignId: string; chatId: ChatId }>(
      `SELECT f.foreign_id AS foreignId, f.chat_id AS chatId FROM import_files f JOIN imports i ON i.key = f.import
       WHERE i.community_id = ? AND f.chat_id IS NOT NULL GROUP BY f.foreign_id, f.chat_id ORDER BY max(i.key) DESC`,
    ).all(communityId)
  }

  /** Whose history a file is, once it was opened. */
  opened(id: string, n: number, file: Pick<StoredImportFile, 'foreignId' | 'foreignName'> & { chatId: ChatId }): void {
    this.sql(
      `UPDATE import_files SET state = 'reading', foreign_id = ?, foreign_name = ?, chat_id = ?, error = NULL
       WHERE ${here}`,
    ).run(file.foreignId, file.foreignName, file.chatId, id, n)
  }

  /** The file is another one than it was: it is read from its beginning, and counted anew. */
  restart(id: string, n: number, { size, modifiedAt }: Pick<StoredImportFile, 'size' | 'modifiedAt'>): void {
    this.transact(() => {
      this.sql(
        `UPDATE import_files SET size = ?, modified_at = ?, state = 'waiting', position = 0, line = 1, messages = 0,
           added = 0, known = 0, left_out = '{}', error = NULL WHERE ${here}`,
      ).run(size, modifiedAt, id, n)
      this.sql(`DELETE FROM import_examples WHERE ${here}`).run(id, n)
    })
  }

  /**
   * Messages of a file, by the same way in as live ones, and how far it is read now: one transaction. `packed` is the
   * items, serialized where they were made, so that the threads in between only move one buffer.
   * Crash points: `store.ingest:before` inside it, `imports.batch:before` and `imports.batch:after` around it.
   */
  batch(id: string, n: number, packed: Uint8Array, batch: ImportBatch): { added: number; known: number } {
    crashPoint('imports.batch:before')
    const items: readonly InboxItem[] = deserialize(packed)
    const done = this.transact(() => {
      const fresh = new Set(this.#records.ingest(items).fresh)
      const chats = items.flatMap(({ effect }) => (effect?.kind === 'chat' ? [effect.id] : []))
      const added = new Set(chats.filter((one) => fresh.has(one))).size
      const counts = { added, known: chats.length - added }
      this.#progress(id, n, batch, counts)
      return counts
    })
    crashPoint('imports.batch:after')
    return done
  }

  /** A file is read to its end, or as far as it can be. */
  endFile(id: string, n: number, error: StoredImportFile['error']): void {
    this.sql(`UPDATE import_files SET state = ?, error = ? WHERE ${here}`).run(
      error === null ? 'done' : 'failed',
      error === null ? null : JSON.stringify(error),
      id,
      n,
    )
  }

  /** Moves the whole import on; files that failed are tried again when it runs again. */
  setState(id: string, state: StoredImportState, at: Millis | null, error = ''): void {
    this.transact(() => {
      this.sql('UPDATE imports SET state = ?, ended_at = ?, error = ? WHERE id = ?').run(state, at, error, id)
      if (state !== 'running') return
      this.sql(
        `UPDATE import_files SET state = 'waiting', error = NULL
         WHERE import = (SELECT key FROM imports WHERE id = ?) AND state = 'failed'`,
      ).run(id)
    })
  }

  #progress(id: string, n: number, batch: ImportBatch, { added, known }: { added: number; known: number }): void {
    const row = this.sql<{ leftOut: string }>(`SELECT left_out AS leftOut FROM import_files WHERE ${here}`).get(id, n)
    const counts = countsOf(row?.leftOut ?? '{}')
    for (const [reason, count] of Object.entries(batch.leftOut)) counts[reason] = (counts[reason] ?? 0) + count
    this.sql(
      `UPDATE import_files SET position = ?, line = ?, messages = messages + ?, added = added + ?, known = known + ?,
         left_out = ? WHERE ${here}`,
    ).run(batch.position, batch.line, batch.messages, added, known, JSON.stringify(counts), id, n)
    for (const { reason, line, byte, detail } of batch.examples) {
      this.sql(
        `INSERT INTO import_examples (import, n, reason, line, byte, detail)
         SELECT key, ?, ?, ?, ?, ? FROM imports WHERE id = ? AND ${EXAMPLES} >
           (SELECT count(*) FROM import_examples e WHERE e.import = imports.key AND e.reason = ?)
         ON CONFLICT DO NOTHING`,
      ).run(n, reason, line, byte, detail, id, reason)
    }
  }
}
