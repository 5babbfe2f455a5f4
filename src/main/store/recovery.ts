/**
 * A damaged database, found when it is opened (RULES.md R1.6): the newest backup that is whole takes its place. What is
 * damaged is set aside under a dated name and never deleted. Every step may be repeated, so a process that is killed on
 * the way goes on at its next start:
 *
 *   1. a copy of the backup, checked, lies beside the database;
 *   2. a note says what is about to be done, for whoever tells the person;
 *   3. the damaged files are renamed, the database itself last: while it is there, it is found damaged again;
 *   4. the copy is renamed to the database. Until then the database is missing though there are backups: damaged, too.
 */
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Millis } from '../../shared/domain.ts'
import { crashPoint } from '../workers/crash-point.ts'
import { backupFolder, listBackups, sync } from './backup.ts'
import { checkIntegrity, type Db, openForWriting } from './database.ts'
import { StoreError, storeError } from './errors.ts'
import { isInUse } from './migrate.ts'

export interface Recovery {
  readonly at: Millis
  /** What was found wrong. */
  readonly reason: string
  /** Name of the file that the damaged database is kept in; null if there was none left. */
  readonly damaged: string | null
  /** When the backup was made that stands in for it; null if it was begun anew. */
  readonly backupAt: Millis | null
}

export interface OpenInput {
  readonly file: string
  readonly now: Millis
  /** Whether a damaged database may be replaced at all: only when nobody else has it open. */
  readonly recover: boolean
  /** Whether an empty one may replace it where no backup is whole: only when a person said so. */
  readonly beginAnew: boolean
}

/**
 * The write connection to a database that is whole.
 * @throws StoreError `corrupt` if it is not, and no backup is
 */
export function openWhole(input: OpenInput): Db {
  try {
    return openChecked(input.file)
  } catch (error) {
    const known = storeError(error)
    if (known.code !== 'corrupt' || !input.recover) throw known
    return replace(input, known) === 'restored' ? openChecked(input.file) : openForWriting(input.file)
  }
}

/** What was done about a damaged database and not yet told; null if nothing. */
export function untoldRecovery(file: string): Recovery | null {
  try {
    return JSON.parse(readFileSync(noteOf(file), 'utf8'))
  } catch {
    return null
  }
}

export function forgetRecovery(file: string): void {
  rmSync(noteOf(file), { force: true })
}

const noteOf = (file: string): string => `${file}.recovery.json`

function openChecked(file: string): Db {
  if (file === ':memory:') return openForWriting(file)
  const loss = lossOf(file)
  if (loss !== null) throw new StoreError('corrupt', `The database is damaged: ${loss}`)
  const db = openForWriting(file)
  try {
    checkIntegrity(db)
    if (wasUsed(file) && !isInUse(db))
      throw new StoreError('corrupt', 'The database is damaged: nothing of it is left.')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** The folder of backups is made at the first use of a database. */
const wasUsed = (file: string): boolean =>
  statSync(backupFolder(file), { throwIfNoEntry: false })?.isDirectory() ?? false

/** What SQLite would take for a new database, and is not. */
function lossOf(file: string): string | null {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? null
  if (size === 0 && wasUsed(file)) return 'the file is empty.'
  return size === null && listBackups(backupFolder(file)).length > 0 ? 'the file is missing.' : null
}

function replace({ file, now, beginAnew }: OpenInput, cause: StoreError): 'restored' | 'gone' {
  const draft = `${file}.restoring`
  const backup = listBackups(backupFolder(file)).find((each) => isWhole(each.file, draft))
  const before = untoldRecovery(file)
  // A start that was cut short may have left an empty file where the person had chosen to begin anew.
  if (backup === undefined && !beginAnew && before?.backupAt !== null) {
    const message = `${cause.message} There is no backup of it that is whole.`
    throw new StoreError('corrupt', message, cause)
  }
  const name = freeName(file, now)
  const damaged = existsSync(file) ? basename(name) : (before?.damaged ?? null)
  const reason = before?.reason ?? cause.message
  const recovery: Recovery = { at: now, reason, damaged, backupAt: backup?.at ?? null }
  try {
    writeFileSync(noteOf(file), JSON.stringify(recovery), { mode: 0o600 })
    sync(noteOf(file))
    crashPoint('recovery.set-aside:before')
    for (const suffix of ['-wal', '-shm', ''])
      if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${name}${suffix}`)
    syncFolder(file)
    crashPoint('recovery.set-aside:after')
    if (backup === undefined) return 'gone'
    crashPoint('recovery.restore:before')
    renameSync(draft, file)
    syncFolder(file)
    crashPoint('recovery.restore:after')
    return 'restored'
  } catch (error) {
    throw storeError(error)
  }
}

/** Copies a backup to `draft` and looks at the copy. False for one that is damaged, or is none of ours. */
function isWhole(backup: string, draft: string): boolean {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${draft}${suffix}`, { force: true })
  copyFileSync(backup, draft)
  try {
    const db = openForWriting(draft)
    try {
      checkIntegrity(db)
      if (!isInUse(db)) return false
    } finally {
      db.close()
    }
    sync(draft)
    return true
  } catch (error) {
    if (storeError(error).code === 'corrupt') return false
    throw error
  }
}

/** `chronicle.sqlite.2026-11-25T03-02-01Z.damaged`, with a number behind it if that is taken. */
function freeName(file: string, now: Millis): string {
  const date = new Date(now).toISOString().slice(0, 19).replaceAll(':', '-')
  for (let n = 1; ; n += 1) {
    const name = `${file}.${date}Z${n === 1 ? '' : `.${n}`}.damaged`
    if (!['', '-wal', '-shm'].some((suffix) => existsSync(`${name}${suffix}`))) return name
  }
}

function syncFolder(file: string): void {
  if (process.platform !== 'win32') sync(dirname(file))
}
