/** Files that are still there after a power cut: written aside, fsynced, renamed, and their folder fsynced too. */
import { constants, copyFile, link, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Replaces `path` by `bytes` in one step: a reader sees the old file or the new one, never a part. */
export async function writeDurably(path: string, bytes: Uint8Array | string): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.new`)
  await writeSynced(aside, bytes)
  await rename(aside, path)
  await syncFolder(dirname(path))
}

/** Writes a file and waits until the disk has it; its name is durable only after `syncFolder`. */
export async function writeSynced(path: string, bytes: Uint8Array | string): Promise<void> {
  const handle = await open(path, 'w', 0o644)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes what was created, renamed or removed in a folder durable. Windows keeps folders itself and has no such call. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A second name for the same bytes where the file system has such a thing, else false. */
export async function linkFile(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (['EXDEV', 'EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EISDIR'].includes(String(code))) return false
    throw error
  }
}

/** An own copy of the first `length` bytes, sharing blocks on disk where the file system can. */
export async function copyStart(from: string, to: string, length: number): Promise<void> {
  await rm(to, { force: true })
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  const handle = await open(to, 'r+')
  try {
    await handle.truncate(length)
  } finally {
    await handle.close()
  }
}
