/**
 * One process at a time per profile folder (RULES.md R7.2). The lock is a file that names its holder; it is taken by
 * an atomic link, and recovered when the holder is gone: killed, or its process number meanwhile somebody else's.
 */
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { ProfileError } from './errors.ts'
import { errorCode } from './files.ts'
import type { Random } from './seal.ts'

const LOCK = 'lock'
const ATTEMPTS = 100
/** ms between attempts while another process recovers the lock, which takes it a few milliseconds. */
const PAUSE = 20
/** ms */
const STALE_GUARD = 10_000

const holderSchema = z.object({
  pid: z.int().positive(),
  /** When that process began, as the system counts it; empty where the system does not say. */
  started: z.string(),
  /** Unique for each time the lock is taken. */
  token: z.string(),
})
type Holder = z.output<typeof holderSchema>

export interface FolderLock {
  /** Gives the folder back; safe to repeat. */
  release(): Promise<void>
}

/** @throws ProfileError `in-use` while a live process holds it */
export async function lockFolder(folder: string, random: Random): Promise<FolderLock> {
  const path = join(folder, LOCK)
  const token = Buffer.from(random(16)).toString('hex')
  const draft = join(folder, `${LOCK}.${token}`)
  const mine: Holder = { pid: process.pid, started: await startOf(process.pid), token }
  await writeFile(draft, JSON.stringify(mine), { mode: 0o600, flag: 'wx' })
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await linked(draft, path)) return { release: () => release(path, token) }
      const text = await readFile(path, 'utf8').catch(absent)
      if (text === null) continue
      const holder = parse(text)
      if (holder !== null && (await alive(holder))) throw inUse(holder.pid)
      await clear(path, text, draft)
    }
    throw inUse(null)
  } finally {
    await rm(draft, { force: true })
  }
}

/**
 * Removes a dead holder's lock. Only one process at a time may do so, and it looks again first: otherwise the slower of
 * two would remove the lock that the faster has just taken. What a process killed right here leaves is removed by age.
 */
async function clear(path: string, seen: string, draft: string): Promise<void> {
  const guard = `${path}.recovery`
  if (await linked(draft, guard)) {
    try {
      if ((await readFile(path, 'utf8').catch(absent)) === seen) await rm(path, { force: true })
    } finally {
      await rm(guard, { force: true })
    }
    return
  }
  const found = await stat(guard).catch(absent)
  const now = await stat(draft)
  if (found !== null && now.mtimeMs - found.mtimeMs > STALE_GUARD) await rm(guard, { force: true })
  await setTimeout(PAUSE)
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

async function release(path: string, token: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(absent)
  if (text !== null && parse(text)?.token === token) await rm(path, { force: true })
}

async function alive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    // EPERM: it lives, but is somebody else's.
    if (errorCode(error) !== 'EPERM') return false
  }
  return holder.started === '' || holder.started === (await startOf(holder.pid))
}

/** Boot and start time of a process on Linux: a number given anew after a crash or a restart does not look alive. */
async function startOf(pid: number): Promise<string> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
  ])
  // The second field is the command in brackets and may hold anything, so count from the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = fields[19]
  return ticks === undefined ? '' : `${boot.trim()} ${ticks}`
}

function parse(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

const absent = (error: unknown): null => {
  if (errorCode(error) === 'ENOENT') return null
  throw error
}

const inUse = (pid: number | null) =>
  new ProfileError(
    'in-use',
    `This profile is open in another Chronicle${pid === null ? '' : ` (process ${pid})`}. Use that one, or close it first.`,
  )
