/** One connection to SQLite, set up the way this app needs it. Runs in the store's threads and in tests. */
import { closeSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'
import { StoreError, storeError } from './errors.ts'

export type Db = Database.Database

/**
 * Opens the one write connection. WAL with `synchronous = FULL`: what was acknowledged survives a power cut.
 * The file is readable by its owner only.
 * @throws StoreError `corrupt`, `busy`, `unreachable`
 */
export function openForWriting(file: string): Db {
  return guarded(() => {
    if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600))
    const db = new Database(file, { timeout: 5000 })
    return setUp(db, [
      'auto_vacuum = INCREMENTAL', // of a new file only: what retention frees can be given back to the disk
      'journal_mode = WAL',
      'synchronous = FULL',
      'foreign_keys = ON',
      'temp_store = MEMORY',
      'cache_size = -32768', // KiB
      'mmap_size = 0', // what is mapped counts as this program’s memory, and a database of years is large
      'journal_size_limit = 67108864', // bytes: what a large transaction leaves behind
      'wal_autocheckpoint = 4000', // pages: an import writes to the same ones again and again
    ])
  })
}

/** Opens a connection that can only read; the writer must have opened and migrated the file before. */
export function openForReading(file: string): Db {
  return guarded(() => {
    const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 5000 })
    return setUp(db, ['query_only = ON', 'temp_store = MEMORY', 'cache_size = -32768', 'mmap_size = 0'])
  })
}

/** RULES.md R1.6. @throws StoreError `corrupt` naming the first thing found wrong */
export function checkIntegrity(db: Db): void {
  const found = guarded(() => db.pragma('quick_check(1)', { simple: true }))
  if (found === 'ok') return
  const fault = String(found).replace(/^\*{3} in database main \*{3}\s+/, '')
  throw new StoreError('corrupt', `The database is damaged: ${fault}.`)
}

/** Leaves the file tidy: statistics for the planner, and no log to be read at the next start. */
export function closeDatabase(db: Db): void {
  if (!db.open) return
  if (!db.readonly) {
    db.pragma('optimize')
    db.pragma('wal_checkpoint(TRUNCATE)')
  }
  db.close()
}

function setUp(db: Db, pragmas: readonly string[]): Db {
  try {
    for (const pragma of pragmas) db.pragma(pragma)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function guarded<T>(step: () => T): T {
  try {
    return step()
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) {
      throw new StoreError('unreachable', 'The database cannot be opened. Check that its folder may be written.', error)
    }
    throw storeError(error)
  }
}
