/**
 * Brings a database up to the schema of this version. What was applied is recorded step by step, not as one number, so
 * that rooms can number their steps in ranges of their own.
 */
import type { Millis } from '../../shared/domain.ts'
import type { Db } from './database.ts'
import { StoreError, storeError } from './errors.ts'
import type { Migration } from './migrations/migration.ts'

/**
 * The steps that a database still needs, in order.
 * @throws StoreError `newer` if it holds a step that this version does not know
 */
export function pendingMigrations(db: Db, all: readonly Migration[]): readonly Migration[] {
  const sorted = [...all].sort((a, b) => a.number - b.number)
  const twice = sorted.find((step, index) => step.number === sorted[index - 1]?.number)
  if (twice !== undefined) throw new StoreError('migration', `Two migrations have the number ${twice.number}.`)
  const applied = appliedNumbers(db)
  const known = new Set(sorted.map((step) => step.number))
  const unknown = [...applied].find((number) => !known.has(number))
  if (unknown !== undefined) {
    const message = `This database was written by a newer version of Chronicle (step ${unknown}). Update the app to open it.`
    throw new StoreError('newer', message)
  }
  return sorted.filter((step) => !applied.has(step.number))
}

/**
 * Applies what is pending, each step in a transaction of its own; a failed one leaves the steps before it.
 * @throws StoreError `migration`, `newer`
 */
export function migrate(db: Db, all: readonly Migration[], now: Millis): void {
  const pending = pendingMigrations(db, all)
  db.exec(
    'CREATE TABLE IF NOT EXISTS schema_steps (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT',
  )
  const record = db.prepare('INSERT INTO schema_steps (number, name, applied_at) VALUES (?, ?, ?)')
  for (const step of pending) {
    const apply = db.transaction(() => {
      if (typeof step.up === 'string') db.exec(step.up)
      else step.up(db)
      record.run(step.number, step.name, now)
    })
    try {
      apply.immediate()
    } catch (error) {
      const known = storeError(error)
      if (known.code === 'no-space' || known.code === 'corrupt' || known.code === 'busy') throw known
      const message = `The database could not be brought up to date (step ${step.number} ${step.name}); it is as it was before.`
      throw new StoreError('migration', message, error)
    }
  }
}

/** True for a database in which something was stored already: worth a backup before it is changed. */
export function isInUse(db: Db): boolean {
  return appliedNumbers(db).size > 0
}

function appliedNumbers(db: Db): ReadonlySet<number> {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_steps'").get()
  if (table === undefined) return new Set()
  return new Set(
    db
      .prepare<[], { number: number }>('SELECT number FROM schema_steps')
      .all()
      .map((row) => row.number),
  )
}
