/**
 * What we gave the node and when, and what it is to let go of: without it every start would read and upload everything
 * again, and a removal that the node missed would be forgotten. Losing it costs that work and nothing else.
 */
import Database from 'better-sqlite3'
import { DamagedDatabase, openOrSetAside } from '../../../set-aside.ts'

export interface Placement {
  readonly cid: string
  /** ms; when it was uploaded, or found there, complete. */
  readonly placed: number
  /** ms; when all of it was read from there last, and was right. */
  readonly read: number
}

const schema = `
  CREATE TABLE IF NOT EXISTS placement (cid TEXT PRIMARY KEY, placed INTEGER NOT NULL, read INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS unwanted (cid TEXT PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`

export class Placements {
  readonly #db: Database.Database

  private constructor(file: string) {
    this.#db = new Database(file, { timeout: 2000 })
    try {
      this.#db.pragma('journal_mode = WAL')
      this.#db.pragma('synchronous = FULL')
      this.#db.exec(schema)
      const found = this.#db.pragma('quick_check(1)', { simple: true })
      if (found !== 'ok') throw new DamagedDatabase(String(found))
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  static open(file: string): Placements {
    return openOrSetAside(file, () => new Placements(file))
  }

  close(): void {
    this.#db.close()
  }

  /** Another node has nothing of what this one was given. */
  belongTo(node: string): void {
    if (this.note('node') === node) return
    this.#db.transaction(() => {
      this.#db.prepare('DELETE FROM placement').run()
      this.#db.prepare('DELETE FROM unwanted').run()
      this.setNote('node', node)
    })()
  }

  get(cid: string): Placement | null {
    return this.#db.prepare<[string], Placement>('SELECT * FROM placement WHERE cid = ?').get(cid) ?? null
  }

  put(placement: Placement): void {
    this.#db.transaction(() => {
      this.#db.prepare('INSERT OR REPLACE INTO placement VALUES (@cid, @placed, @read)').run(placement)
      this.#db.prepare('DELETE FROM unwanted WHERE cid = ?').run(placement.cid)
    })()
  }

  forget(cid: string): void {
    this.#db.prepare('DELETE FROM placement WHERE cid = ?').run(cid)
  }

  /** The node is to let go of these, as soon as it can be told. */
  unwant(cids: readonly string[]): void {
    const insert = this.#db.prepare('INSERT OR IGNORE INTO unwanted VALUES (?)')
    this.#db.transaction(() => {
      for (const cid of cids) insert.run(cid)
    })()
  }

  want(cids: readonly string[]): void {
    const remove = this.#db.prepare('DELETE FROM unwanted WHERE cid = ?')
    this.#db.transaction(() => {
      for (const cid of cids) remove.run(cid)
    })()
  }

  unwanted(): string[] {
    return this.#db.prepare<[], string>('SELECT cid FROM unwanted').pluck().all()
  }

  /** The node has let go of it. */
  gone(cid: string): void {
    this.#db.transaction(() => {
      this.#db.prepare('DELETE FROM unwanted WHERE cid = ?').run(cid)
      this.forget(cid)
    })()
  }

  note(name: string): string | null {
    return this.#db.prepare<[string], string>('SELECT value FROM note WHERE name = ?').pluck().get(name) ?? null
  }

  setNote(name: string, value: string): void {
    this.#db.prepare('INSERT OR REPLACE INTO note VALUES (?, ?)').run(name, value)
  }
}
