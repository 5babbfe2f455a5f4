/**
 * What every repository is: a synchronous class over one connection, whose statements are prepared once. Methods named
 * in `static readonly reads` may run in the reader thread: they must not write and must not keep state between calls.
 */
import type { Statement } from 'better-sqlite3'
import type { Db } from './database.ts'

export type SqlValue = string | number | bigint | Uint8Array | null

export abstract class Repository {
  /** Names of the methods that only read. */
  static readonly reads: readonly string[] = []

  protected readonly db: Db
  readonly #statements = new Map<string, Statement<SqlValue[], unknown>>()

  constructor(db: Db) {
    this.db = db
  }

  /** The statement for this text, prepared at its first use. `Row` is the caller's word for what the columns are. */
  protected sql<Row = unknown>(text: string): Statement<SqlValue[], Row> {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      statement = this.db.prepare<SqlValue[], unknown>(text)
      this.#statements.set(text, statement)
    }
    return statement as Statement<SqlValue[], Row>
  }

  /** Runs `step` in one transaction that takes the write lock at once; part of the outer one where there is one. */
  protected transact<T>(step: () => T): T {
    return this.db.inTransaction ? step() : this.db.transaction(step).immediate()
  }

  /**
   * The same for work that can be done again from what is on the disk anyway: a power cut may undo the last of such
   * transactions, whole and in their order; the death of the program undoes none.
   */
  protected transactLoosely<T>(step: () => T): T {
    if (this.db.inTransaction) return step()
    this.db.pragma('synchronous = NORMAL')
    try {
      return this.transact(step)
    } finally {
      this.db.pragma('synchronous = FULL')
    }
  }
}
