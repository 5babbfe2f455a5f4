/**
 * The engine's own small database: which datasets are here and which of their blocks, which manifests describe them,
 * and which links of which communities hold them. Files never say more than this does; it is the last to be written
 * and the first to be deleted.
 */
import Database from 'better-sqlite3'
import type { ArchiveLink, CommunityId } from '../../../../shared/domain.ts'
import { DamagedDatabase } from '../../../set-aside.ts'

export interface DatasetRow {
  /** Root of the tree in hex, size and block size: what a file is called, too. */
  readonly key: string
  readonly root: Uint8Array
  readonly size: number
  readonly blockSize: number
  readonly have: Uint8Array
  readonly nodes: Uint8Array
  readonly complete: number
}

export interface LinkRow {
  readonly id: number
  readonly community: CommunityId
  /** Of the index. */
  readonly cid: string
  readonly published: number
  /** What a publication was made from. */
  readonly record: string
}

/** In the place of a link's CID, which it can never be. */
export const draftCid = 'draft'

const schema = `
  CREATE TABLE IF NOT EXISTS dataset (
    key TEXT PRIMARY KEY,
    root BLOB NOT NULL,
    size INTEGER NOT NULL,
    blockSize INTEGER NOT NULL,
    have BLOB NOT NULL, -- a bit for each block; of an incomplete dataset a claim, to be checked against nodes
    nodes BLOB NOT NULL, -- of the tree, as far as they are known
    complete INTEGER NOT NULL -- whether all of it is on the disk, synced
  ) STRICT;
  CREATE INDEX IF NOT EXISTS dataset_root ON dataset (root);
  CREATE TABLE IF NOT EXISTS manifest (
    cid TEXT PRIMARY KEY,
    dataset TEXT NOT NULL REFERENCES dataset (key),
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS manifest_dataset ON manifest (dataset);
  CREATE TABLE IF NOT EXISTS link (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    community TEXT NOT NULL,
    cid TEXT NOT NULL,
    published INTEGER NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (community, cid)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS holding (
    link INTEGER NOT NULL REFERENCES link (id) ON DELETE CASCADE,
    cid TEXT NOT NULL, -- of a manifest, which may not be here yet
    PRIMARY KEY (link, cid)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS holding_cid ON holding (cid);
  CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`

export class Catalogue {
  readonly #db: Database.Database
  /** Prepared once: preparing takes longer than most of these take. */
  readonly #statements = new Map<string, Database.Statement<unknown[], unknown>>()

  /** Opens or makes the database. Only one process may hold it: others are refused with SQLITE_BUSY. */
  constructor(file: string) {
    this.#db = new Database(file, { timeout: 2000 })
    try {
      // One connection, held for good: two engines on one folder would undo each other's work.
      this.#db.pragma('locking_mode = EXCLUSIVE')
      this.#db.pragma('journal_mode = WAL')
      this.#db.pragma('synchronous = FULL')
      this.#db.pragma('foreign_keys = ON')
      this.#db.exec(schema)
      const found = this.#db.pragma('quick_check(1)', { simple: true })
      if (found !== 'ok') throw new DamagedDatabase(String(found))
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  close(): void {
    this.#db.close()
  }

  dataset(key: string): DatasetRow | null {
    return this.#one('SELECT * FROM dataset WHERE key = ?', key)
  }

  datasetKeys(): string[] {
    return this.#db.prepare<[], string>('SELECT key FROM dataset').pluck().all()
  }

  keysOfRoot(root: Uint8Array): string[] {
    return this.#db.prepare<[Uint8Array], string>('SELECT key FROM dataset WHERE root = ?').pluck().all(root)
  }

  manifest(cid: string): { readonly dataset: string; readonly bytes: Uint8Array } | null {
    return this.#one('SELECT dataset, bytes FROM manifest WHERE cid = ?', cid)
  }

  /** A dataset and what describes it, durable when this returns. What is there of the dataset stays, unless `row` is complete. */
  putDataset(row: DatasetRow, manifest: { readonly cid: string; readonly bytes: Uint8Array }): void {
    this.#db.transaction(() => {
      this.#db
        .prepare(
          `INSERT INTO dataset VALUES (@key, @root, @size, @blockSize, @have, @nodes, @complete)
           ON CONFLICT (key) DO UPDATE SET have = excluded.have, nodes = excluded.nodes, complete = 1
           WHERE excluded.complete`,
        )
        .run(row)
      this.#db.prepare('INSERT OR IGNORE INTO manifest VALUES (?, ?, ?)').run(manifest.cid, row.key, manifest.bytes)
    })()
  }

  /**
   * Notes which blocks are there. `durable` waits for the disk. Otherwise a power cut may lose the note, and a killed
   * process does not; blocks noted but not on the disk are found out when the dataset is loaded.
   */
  noteProgress(row: Pick<DatasetRow, 'key' | 'have' | 'nodes' | 'complete'>, durable: boolean): void {
    if (!durable) this.#db.pragma('synchronous = NORMAL')
    try {
      this.#prepared('UPDATE dataset SET have = @have, nodes = @nodes, complete = @complete WHERE key = @key').run(row)
    } finally {
      if (!durable) this.#db.pragma('synchronous = FULL')
    }
  }

  link(community: CommunityId, cid: string): LinkRow | null {
    return this.#one('SELECT * FROM link WHERE community = ? AND cid = ?', community, cid)
  }

  /** Oldest first; drafts are none. */
  links(community: CommunityId): LinkRow[] {
    return this.#db
      .prepare<[string, string], LinkRow>('SELECT * FROM link WHERE community = ? AND cid <> ? ORDER BY id')
      .all(community, draftCid)
  }

  /** A publication in the making: what was stored for it is held until it is finished, or another is begun. */
  beginDraft(community: CommunityId): void {
    this.#db.prepare('DELETE FROM link WHERE community = ? AND cid = ?').run(community, draftCid)
    this.hold(community, draftCid, [])
  }

  /** @returns what `reclaim` gives */
  abandonDraft(community: CommunityId): string[] {
    const draft = this.link(community, draftCid)
    return draft === null ? [] : this.dropLink(draft, null)
  }

  draft(community: CommunityId, cid: string): void {
    this.hold(community, draftCid, [cid])
  }

  /** The draft becomes a publication, which holds its index and these. */
  publish(community: CommunityId, cid: string, held: readonly string[], record: string): LinkRow {
    return this.#db.transaction(() => {
      const row = this.hold(community, cid, held, { record })
      this.#db.prepare('DELETE FROM link WHERE community = ? AND cid = ?').run(community, draftCid)
      return row
    })()
  }

  /** Makes the link hold these, besides what it holds already; a new one holds its index in any case. */
  hold(
    community: CommunityId,
    cid: string,
    held: readonly string[],
    published: { readonly record: string } | null = null,
  ): LinkRow {
    return this.#db.transaction(() => {
      this.#db
        .prepare(
          `INSERT INTO link (community, cid, published, record) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET published = 1, record = excluded.record WHERE excluded.published`,
        )
        .run(community, cid, published === null ? 0 : 1, published?.record ?? '')
      const row = this.link(community, cid)
      if (row === null) throw new Error('The link was not written.')
      const hold = this.#db.prepare('INSERT OR IGNORE INTO holding VALUES (?, ?)')
      for (const each of [cid, ...held]) hold.run(row.id, each)
      return row
    })()
  }

  /** CIDs of the manifests that a link holds. */
  held(link: LinkRow): string[] {
    return this.#db.prepare<[number], string>('SELECT cid FROM holding WHERE link = ?').pluck().all(link.id)
  }

  /** Every link, and whether everything that it holds was noted as complete; whoever reads it checks it again. */
  heldSets(community: CommunityId): { link: ArchiveLink; made: boolean; whole: boolean }[] {
    return this.links(community).map((row) => ({
      link: row.cid as ArchiveLink,
      made: row.published === 1,
      whole: this.#isComplete(row),
    }))
  }

  #isComplete(link: LinkRow): boolean {
    const lacking = `SELECT 1 FROM holding LEFT JOIN manifest ON manifest.cid = holding.cid
      LEFT JOIN dataset ON dataset.key = manifest.dataset WHERE holding.link = ? AND dataset.complete IS NOT 1 LIMIT 1`
    return this.#db.prepare(lacking).get(link.id) === undefined
  }

  /** Links that hold this. */
  holders(cid: string): LinkRow[] {
    return this.#db
      .prepare<[string], LinkRow>(
        'SELECT link.* FROM link JOIN holding ON holding.link = link.id WHERE holding.cid = ?',
      )
      .all(cid)
  }

  /** Links that hold a dataset, under whichever of its manifests. */
  holdersOfDataset(key: string): LinkRow[] {
    return this.#db
      .prepare<[string], LinkRow>(
        `SELECT DISTINCT link.* FROM link JOIN holding ON holding.link = link.id
         JOIN manifest ON manifest.cid = holding.cid WHERE manifest.dataset = ?`,
      )
      .all(key)
  }

  /** Lets go of a link; `heir` takes over what it held except its index. Ends in what `reclaim` gives. */
  dropLink(link: LinkRow, heir: LinkRow | null): string[] {
    return this.#db.transaction(() => {
      if (heir !== null)
        this.#db
          .prepare('INSERT OR IGNORE INTO holding SELECT ?, cid FROM holding WHERE link = ? AND cid <> ?')
          .run(heir.id, link.id, link.cid)
      this.#db.prepare('DELETE FROM link WHERE id = ?').run(link.id)
      return this.reclaim()
    })()
  }

  /** Deletes manifests that nobody holds and datasets that nothing describes. @returns the keys of those datasets */
  reclaim(): string[] {
    return this.#db.transaction(() => {
      this.#db.prepare('DELETE FROM manifest WHERE cid NOT IN (SELECT cid FROM holding)').run()
      return this.#db
        .prepare<[], string>('DELETE FROM dataset WHERE key NOT IN (SELECT dataset FROM manifest) RETURNING key')
        .pluck()
        .all()
    })()
  }

  note(name: string): string | null {
    return this.#db.prepare<[string], string>('SELECT value FROM note WHERE name = ?').pluck().get(name) ?? null
  }

  setNote(name: string, value: string): void {
    this.#db.prepare('INSERT OR REPLACE INTO note VALUES (?, ?)').run(name, value)
  }

  #one<T>(sql: string, ...values: readonly string[]): T | null {
    return this.#prepared<T>(sql).get(...values) ?? null
  }

  #prepared<T>(sql: string): Database.Statement<unknown[], T> {
    const known = this.#statements.get(sql) ?? this.#db.prepare<unknown[], unknown>(sql)
    this.#statements.set(sql, known)
    return known as Database.Statement<unknown[], T>
  }
}
