/** What Electron reads of an app's package.json. */
import { readFileSync } from 'node:fs'
import path from 'node:path'

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly main: string
}

export function manifestOf(folder: string): Manifest {
  const parsed: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  const field = (name: string): string => {
    const value: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, name) : undefined
    if (typeof value !== 'string') throw new Error(`package.json has no ${name}.`)
    return value
  }
  return { name: field('name'), version: field('version'), main: field('main') }
}
