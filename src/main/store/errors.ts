/** What can go wrong with the database, in words for the person in front of it. */
import type { PlainError } from '../workers/rpc.ts'

export type StoreErrorCode =
  /** The file is damaged or is not a database. */
  | 'corrupt'
  /** Written by a newer version of the app. */
  | 'newer'
  | 'migration'
  /** Another process holds the database. */
  | 'busy'
  | 'no-space'
  /** The file cannot be opened, read or written. */
  | 'unreachable'
  /** A value that the database refuses: a bug of the caller's. */
  | 'refused'
  /** The thread died during this call; whether a write took place is unknown. The next call starts a new thread. */
  | 'gone'
  | 'closed'
  | 'failed'

export class StoreError extends Error {
  readonly code: StoreErrorCode
  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StoreError'
    this.code = code
  }
}

const sentences: readonly [prefix: string, code: StoreErrorCode, sentence: string][] = [
  ['SQLITE_NOTADB', 'corrupt', 'The database is damaged, or this file is not one.'],
  ['SQLITE_CORRUPT', 'corrupt', 'The database is damaged.'],
  ['SQLITE_BUSY', 'busy', 'The database is in use by another process. Close it and try again.'],
  ['SQLITE_LOCKED', 'busy', 'The database is in use by another process. Close it and try again.'],
  ['SQLITE_FULL', 'no-space', 'The disk is full: nothing more can be written to the database.'],
  ['SQLITE_IOERR', 'unreachable', 'The disk did not answer while the database was read or written.'],
  ['SQLITE_CANTOPEN', 'unreachable', 'The database cannot be opened. Check that its folder exists and may be written.'],
  ['SQLITE_READONLY', 'unreachable', 'The database cannot be written. Check the permissions of its file and folder.'],
  ['SQLITE_CONSTRAINT', 'refused', 'The database refused a value that breaks one of its rules.'],
]

/** Any error of SQLite's as a StoreError; a StoreError as it is. */
export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = sentences.find(([prefix]) => code.startsWith(prefix))
  if (known !== undefined) return new StoreError(known[1], `${known[2]} (${code})`, error)
  return new StoreError('failed', error instanceof Error ? error.message : String(error), error)
}

/** A StoreError that came through a port, as one again; for `connect`. */
export function reviveStoreError(plain: PlainError): StoreError | undefined {
  if (plain.name !== 'StoreError') return undefined
  const cause = plain.cause === null ? undefined : Object.assign(new Error(plain.cause.message), plain.cause.fields)
  return new StoreError(plain.fields.code as StoreErrorCode, plain.message, cause)
}
