/** What runs inside the store's two threads. The entry points in workers/ only call these. RULES.md R7.3. */
import { mkdirSync } from 'node:fs'
import type { MessagePort } from 'node:worker_threads'
import type { Millis } from '../../shared/domain.ts'
import { serve } from '../workers/rpc.ts'
import { backUp, backupFolder } from './backup.ts'
import { closeDatabase, type Db, openForReading } from './database.ts'
import { methodsOf, type Shape, shapeOf } from './methods.ts'
import { isInUse, migrate, pendingMigrations } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { forgetRecovery, openWhole, type Recovery, untoldRecovery } from './recovery.ts'
import { openRepositories } from './repositories.ts'

export interface ThreadInput {
  readonly file: string
  readonly now: Millis
  /** A damaged database is replaced by its newest whole backup: only by the first thread, before others read it. */
  readonly recover?: boolean
  /** Where no backup is whole, by an empty one. */
  readonly beginAnew?: boolean
}

/** Beside the repositories, under a name that none of them can have. */
export const controlName = '$store'

export interface Control {
  shape(): Shape
  backUp(now: Millis): Promise<string>
  /** What was done about a damaged database and is yet to be told. */
  recovery(): Recovery | null
  recoveryTold(): void
  close(): Promise<void>
}

/** Opens, checks, puts a backup in the place of what is damaged, backs up if the schema is about to change, migrates. @throws StoreError */
export async function prepareDatabase({ file, now, recover = false, beginAnew = false }: ThreadInput): Promise<Db> {
  const db = openWhole({ file, now, recover, beginAnew })
  try {
    if (isInUse(db) && pendingMigrations(db, migrations).length > 0) await backUp(db, backupFolder(file), now)
    migrate(db, migrations, now)
    if (file !== ':memory:') markAsUsed(file)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

export function serveWriter(port: MessagePort, input: ThreadInput): void {
  serve(
    port,
    prepareDatabase(input).then((db) => served(db, input.file)),
  )
}

export function serveReader(port: MessagePort, input: ThreadInput): void {
  serve(port, (async () => served(openForReading(input.file), input.file))())
}

/** From now on an empty file is a lost one (recovery.ts). Where this fails, the first backup will say why. */
function markAsUsed(file: string): void {
  try {
    mkdirSync(backupFolder(file), { recursive: true, mode: 0o700 })
  } catch {
    return
  }
}

function served(db: Db, file: string): object {
  const repositories = openRepositories(db)
  let last: Promise<unknown> = Promise.resolve()
  const control: Control = {
    shape: () => shapeOf(repositories),
    backUp(now) {
      // One at a time: two of the same millisecond would write the same file.
      const next = last.then(() => backUp(db, backupFolder(file), now))
      last = next.catch(() => {})
      return next
    },
    recovery: () => untoldRecovery(file),
    recoveryTold: () => forgetRecovery(file),
    async close() {
      await last // a copy under way holds the connection
      closeDatabase(db)
    },
  }
  return { ...methodsOf(repositories), [controlName]: control }
}
