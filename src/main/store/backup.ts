/** Copies of the database while it is in use: daily and before every migration, three kept. RULES.md R1.6. */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Millis } from '../../shared/domain.ts'
import { checkBackup } from './backup-check.ts'
import type { Db } from './database.ts'
import { storeError } from './errors.ts'

export const backupsKept = 3

export interface Backup {
  readonly file: string
  readonly at: Millis
}

/** Complete backups in a folder, newest first; none if the folder is missing. */
export function listBackups(folder: string): readonly Backup[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  return names
    .flatMap((name) => {
      const at = /\.(\d{13})\.backup$/.exec(name)?.[1]
      return at === undefined ? [] : [{ file: join(folder, name), at: Number(at) as Millis }]
    })
    .sort((a, b) => b.at - a.at)
}

/**
 * Copies the database into `folder` page by page, other work going on in between. The copy gets its name when it is
 * complete, found whole and on disk; then all but the newest three go. Returns its path.
 * @throws StoreError `corrupt`: then the older backups stay; `no-space`, `unreachable`
 */
export async function backUp(db: Db, folder: string, now: Millis): Promise<string> {
  const file = join(folder, `${basename(db.name)}.${String(now).padStart(13, '0')}.backup`)
  const part = `${file}.part`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(folder)) if (/\.part(-wal|-shm)?$/.test(name)) rmSync(join(folder, name)) // of a crash
    closeSync(openSync(part, 'w', 0o600))
    await db.backup(part, { progress: () => 1000 }) // pages at a time
    await checkBackup(part)
    sync(part)
    renameSync(part, file)
    if (process.platform !== 'win32') sync(folder)
  } catch (error) {
    rmSync(part, { force: true })
    throw storeError(error)
  }
  for (const old of listBackups(folder).slice(backupsKept)) rmSync(old.file, { force: true })
  return file
}

/** Where the backups of a database lie; made when the database is first opened. */
export function backupFolder(file: string): string {
  return join(dirname(file), 'backups')
}

export function sync(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
