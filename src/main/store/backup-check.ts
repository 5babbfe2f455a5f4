/** Whether a backup is whole: read in a thread of its own, since that takes as long as reading all of it. */
import { once } from 'node:events'
import { spawnWorker } from '../workers/spawn.ts'
import { checkIntegrity, openForWriting } from './database.ts'
import { StoreError, storeError } from './errors.ts'

/** @throws StoreError `corrupt` */
export async function checkBackup(file: string): Promise<void> {
  const worker = spawnWorker('backup-check', { file })
  try {
    const [fault] = await once(worker, 'message')
    if (fault !== null) throw new StoreError('corrupt', `The backup is damaged, as the database may be: ${fault}`)
  } finally {
    await worker.terminate()
  }
}

/** What is wrong with a file that nobody else uses; null if nothing. Runs in the thread. */
export function faultOf(file: string): string | null {
  try {
    const db = openForWriting(file)
    try {
      checkIntegrity(db)
    } finally {
      db.close()
    }
    return null
  } catch (error) {
    return storeError(error).message
  }
}
