/** A small file of what the desktop remembers. It is written whole or not at all, and what cannot be read is forgotten. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { z } from 'zod'

export interface StateFile<T> {
  read(): T
  /** At once: the program may be ending. What cannot be written is not remembered. */
  write(value: T): void
}

export function stateFile<T>(file: string, schema: z.ZodType<T>, fallback: T): StateFile<T> {
  return {
    read() {
      try {
        return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
      } catch {
        return fallback
      }
    },
    write(value) {
      const draft = `${file}.new`
      try {
        mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
        writeFileSync(draft, JSON.stringify(value), { mode: 0o600 })
        renameSync(draft, file)
      } catch (error) {
        console.error(`${path.basename(file)} was not written: ${error instanceof Error ? error.message : error}`)
      }
    },
  }
}
