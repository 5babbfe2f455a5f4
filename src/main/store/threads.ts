/** What runs inside the store's two threads. The entry points in workers/ only call these. RULES.md R7.3. */
import { dirname, join } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import type { Millis } from '../../shared/domain.ts'
import { serve } from '../workers/rpc.ts'
import { backUp } from './backup.ts'
import { checkIntegrity, closeDatabase, type Db, openForReading, openForWriting } from './database.ts'
import { methodsOf, type Shape, shapeOf } from './methods.ts'
import { isInUse, migrate, pendingMigrations } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { openRepositories } from './repositories.ts'

export interface ThreadInput {
  readonly file: string
  readonly now: Millis
}

/** Beside the repositories, under a name that none of them can have. */
export const controlName = '$store'

export interface Control {
  shape(): Shape
  backUp(now: Millis): Promise<string>
  close(): Promise<void>
}

/** Opens, checks, backs up if the schema is about to change, migrates. @throws StoreError */
export async function prepareDatabase({ file, now }: ThreadInput): Promise<Db> {
  const db = openForWriting(file)
  try {
    checkIntegrity(db)
    if (isInUse(db) && pendingMigrations(db, migrations).length > 0) await backUp(db, backupFolder(file), now)
    migrate(db, migrations, now)
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

export function backupFolder(file: string): string {
  return join(dirname(file), 'backups')
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
    async close() {
      await last // a copy under way holds the connection
      closeDatabase(db)
    },
  }
  return { ...methodsOf(repositories), [controlName]: control }
}
