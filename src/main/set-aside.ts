/**
 * Databases that can be made anew, such as a cache of the network: a damaged one is set aside under a dated name, which
 * is said, and a new one takes its place.
 */
import { existsSync, renameSync } from 'node:fs'

/** `open` again after what it found damaged was set aside; `beside` are files and folders that mean nothing without it. */
export function openOrSetAside<T>(file: string, open: () => T, beside: readonly string[] = []): T {
  try {
    return open()
  } catch (error) {
    if (!isDamage(error)) throw error
    const suffix = suffixFor([file, ...beside])
    for (const path of [`${file}-wal`, `${file}-shm`, ...beside, file])
      if (existsSync(path)) renameSync(path, `${path}${suffix}`)
    process.emitWarning(`${file} is damaged. It was set aside as ${file}${suffix}, and a new one was begun.`)
    return open()
  }
}

/** Thrown by whoever looks through a database when it is opened. */
export class DamagedDatabase extends Error {
  readonly code = 'SQLITE_CORRUPT'
  constructor(fault: string) {
    super(`The database is damaged: ${fault}`)
    this.name = 'DamagedDatabase'
  }
}

function isDamage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')
}

function suffixFor(paths: readonly string[]): string {
  const date = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
  for (let n = 1; ; n += 1) {
    const suffix = `.${date}Z${n === 1 ? '' : `.${n}`}.damaged`
    if (!paths.some((path) => existsSync(`${path}${suffix}`))) return suffix
  }
}
