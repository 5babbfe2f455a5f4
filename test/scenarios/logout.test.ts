/** R7.1 for a whole node: what is left in a process after somebody has logged out, once and again and again. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const child = fileURLToPath(new URL('./support/logout-child.ts', import.meta.url))
type Count = Readonly<Record<string, number>>
interface Left {
  readonly before: Count
  readonly after: readonly Count[]
  readonly found: readonly string[]
  readonly looked: readonly string[]
  readonly size: number
}

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'chronicle-logout-'))
})
afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 3 }))

async function logInAndOut(rounds: number, keep: boolean): Promise<Left> {
  const env = { ...process.env, KEEP: keep ? 'yes' : 'no' }
  const args = ['--expose-gc', child, root, String(rounds)]
  const { stdout, stderr } = await run(process.execPath, args, { env, maxBuffer: 1 << 20 })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

describe('logging out of a whole node', () => {
  it('R7.1 leaves no secret in the heap, and no socket, file, timer, thread or listener, however often', async () => {
    const { before, after, found, looked, size } = await logInAndOut(4, false)
    expect(looked).toHaveLength(10)
    expect(size).toBeGreaterThan(1_000_000)
    expect(found).toEqual([])
    const [first, ...later] = after
    // The pool of threads that reads files and stretches passwords grows at its first use, and stays.
    for (const count of later) expect(count).toEqual(first)
    for (const [kind, number] of Object.entries(first ?? {}))
      if (kind !== 'threads') expect([kind, number]).toEqual([kind, before[kind] ?? 0])
  })

  it('the same search finds a password that something holds on to', async () => {
    expect((await logInAndOut(1, true)).found).toEqual(['password'])
  })
})
