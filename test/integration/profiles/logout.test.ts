import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const index = fileURLToPath(new URL('../../../src/main/profiles/index.ts', import.meta.url))

const groupKeys = fileURLToPath(new URL('../../../src/main/communities/group-keys.ts', import.meta.url))

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'chronicle-logout-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/**
 * A process that logs in with a password nobody else has, logs out, and looks through its own heap for it and for the
 * words and the key of the profile, and for a group key. What it looks for it gets in halves, which it joins only outside the heap.
 */
const script = `
  import { createHash, randomBytes } from 'node:crypto'
  import { getHeapSnapshot } from 'node:v8'
  import { openProfiles } from ${JSON.stringify(index)}
  import { GroupKeys } from ${JSON.stringify(groupKeys)}
  const random = (n) => new Uint8Array(randomBytes(n))
  const digest = (text) => createHash('sha256').update(text).digest('hex')
  const profiles = openProfiles({ root: process.env.ROOT, random, clock: { now: () => 1 }, cost: { N: 16, r: 8, p: 1 } })
  const secrets = []
  const note = (text) => secrets.push(Buffer.from(text, 'utf8'))
  const id = '0x' + '02'.repeat(33)
  /** A group key is made, kept, opened and used, as an encrypted community does it. */
  async function sealWithGroupKey(identity) {
    const rows = []
    const repository = { list: async () => rows, reserve: async () => 2 }
    const made = []
    const remembered = (length) => {
      const bytes = random(length)
      if (length === 32) made.push(Buffer.from(bytes).toString('hex'))
      return bytes
    }
    const keys = new GroupKeys({ groupKeys: repository, identity, random: remembered })
    rows.push(keys.make(id, 1).stored)
    await keys.load(id)
    await keys.step(id, keys.current(id))
    if (process.env.LOGOUT === 'yes') keys.close()
    else globalThis.keptKeys = [keys, made[0]]
    note(made[0])
  }
  async function session(loggingOut) {
    const password = 'canary-' + randomBytes(12).toString('hex')
    note(password)
    const { profile, phrase } = await profiles.create({ name: 'Ada', password })
    note(phrase)
    const session = await profiles.login(profile.id, password)
    note(Buffer.from(session.identity.privateKey()).toString('hex'))
    await sealWithGroupKey(session.identity)
    if (!loggingOut) globalThis.kept = [password, session]
    else await session.close()
    return session.identity.privateKey
  }
  const key = await session(process.env.LOGOUT === 'yes')
  await new Promise((resolve) => setTimeout(resolve, 50))
  for (let i = 0; i < 5; i++) { globalThis.gc(); await new Promise((resolve) => setImmediate(resolve)) }
  const chunks = []
  for await (const chunk of getHeapSnapshot()) chunks.push(Buffer.from(chunk))
  const heap = Buffer.concat(chunks)
  let closed = false
  try { key() } catch { closed = true }
  process.stdout.write(JSON.stringify({ found: secrets.map((secret) => heap.includes(secret)), closed, size: heap.length }))
`

async function heapOf(logout: boolean): Promise<{ found: boolean[]; closed: boolean; size: number }> {
  const env = { ...process.env, ROOT: root, LOGOUT: logout ? 'yes' : 'no' }
  const { stdout } = await run(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
    env,
    maxBuffer: 1 << 20,
  })
  return JSON.parse(stdout)
}

describe('logging out', () => {
  it('R7.1 leaves neither the password nor the phrase, the key or a group key in the heap', async () => {
    const { found, closed, size } = await heapOf(true)
    expect(size).toBeGreaterThan(1_000_000)
    expect(found).toEqual([false, false, false, false])
    expect(closed).toBe(true)
  })

  it('the same search finds the password of somebody who is still there', async () => {
    const { found } = await heapOf(false)
    expect(found[0]).toBe(true)
  })
})
