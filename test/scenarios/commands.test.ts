/** The command line as people and scripts use it: real processes, alone and beside a program that has the profile open. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const cli = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url))
const owner = fileURLToPath(new URL('./support/shared-node-child.ts', import.meta.url))
const password = 'a password for this test'

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

let root: string
let running: ChildProcess | null = null
let id: string

/** Runs one command; with `known`, the password is in the environment's file. */
function chronicle(args: readonly string[], known = true): Promise<Ended> {
  const env = { ...process.env, CHRONICLE_HOME: join(root, 'home') }
  const file = known ? { CHRONICLE_PASSWORD_FILE: join(root, 'password') } : {}
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [cli, ...args], { env: { ...env, ...file } }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr })
    })
    child.stdin?.end()
  })
}
const answer = async (...args: string[]) => JSON.parse((await chronicle([...args, '--json'])).stdout)

async function startOwner(): Promise<void> {
  const child = spawn(process.execPath, [owner, join(root, 'home'), id], { stdio: ['pipe', 'pipe', 'inherit'] })
  running = child
  child.stdin.end(`${password}\n`)
  const lines = createInterface({ input: child.stdout })
  expect((await once(lines, 'line'))[0]).toBe('open')
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'chronicle-commands-'))
  await writeFile(join(root, 'password'), `${password}\n`)
})
afterAll(async () => {
  running?.kill('SIGKILL')
  await rm(root, { recursive: true, force: true, maxRetries: 3 })
})

describe('chronicle', () => {
  it('makes a profile, and says its phrase once and again only for the password', async () => {
    const made = await answer('profile', 'create', 'Ada')
    id = made.profile.id
    expect(made.phrase.split(' ')).toHaveLength(12)
    expect(await answer('profile', 'phrase')).toEqual({ phrase: made.phrase })
    const without = await chronicle(['profile', 'phrase'], false)
    expect(without).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--password-file') })
    await writeFile(join(root, 'wrong'), 'wrong\n')
    const wrong = await chronicle(['community', 'list', '--json', '--password-file', join(root, 'wrong')])
    expect(wrong).toMatchObject({ code: 2, stdout: '' })
    expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { code: 'wrong-password' } })
  })

  it('R7.2 composes a node where none runs, and uses the one that runs without a password', async () => {
    await startOwner()
    const [made, other] = await Promise.all([
      chronicle(['community', 'create', 'Harbour', '--channel', 'general', 'news', '--json'], false),
      chronicle(['settings', 'set', 'archiveInterval=10000'], false),
    ])
    expect(made.stderr).toBe('')
    expect(JSON.parse(made.stdout)).toMatchObject({ name: 'Harbour', role: 'owner' })
    expect(other).toMatchObject({ code: 0, stdout: expect.stringMatching(/^archiveInterval +10000$/m) })
    const shown = await chronicle(['community', 'show', 'Harbour'], false)
    expect(shown.stdout).toMatch(/^channel +\S+ {2}#news$/m)
    expect((await chronicle(['profile', 'phrase'], false)).code).toBe(2)
  })

  it('R7.2 takes over by itself after the running program was killed', async () => {
    running?.kill('SIGKILL')
    if (running) await once(running, 'exit')
    expect((await chronicle(['community', 'list'], false)).code).toBe(2)
    expect(await answer('community', 'list')).toMatchObject([{ name: 'Harbour', historyArchives: true }])
    // Two at once: one waits for the other.
    const both = await Promise.all([
      answer('settings', 'get', 'archiveInterval'),
      answer('archive', 'status', 'Harbour'),
    ])
    expect(both).toMatchObject([10_000, { interval: 10_000 }])
  })

  it('R1.3 gives the key of a community out for the password, and another profile adopts the community by it', async () => {
    const [community] = await answer('community', 'list')
    const { key } = await answer('community', 'export-key', community.id)
    await writeFile(join(root, 'key'), `${key}\n`)
    expect(JSON.stringify([await answer('activity'), await answer('community', 'show', community.id)])).not.toContain(
      key,
    )
    await answer('profile', 'create', 'Bo')
    const adopted = await answer('community', 'adopt', '--profile', 'Bo', '--key-file', join(root, 'key'))
    expect(adopted).toMatchObject({ id: community.id, role: 'owner' })
    const { standing, hold } = await answer('archive', 'status', community.id, '--profile', 'Bo')
    expect(standing).toBe('held')
    expect(hold.detail).not.toBe('')
    await writeFile(join(root, 'no-key'), 'twelve words\n')
    const refused = await chronicle(['community', 'adopt', '--profile', 'Bo', '--key-file', join(root, 'no-key')])
    expect(refused.stderr).toContain('not a private key')
    expect(refused.code).not.toBe(0)
  })

  it('says, pages, finds and takes along what is said in a channel', async () => {
    const said = ['The lamp is lit.', 'The oil is low.', 'The lamp is out.']
    for (const text of said) await chronicle(['message', 'post', 'Harbour', 'general', text, '--profile', 'Ada'])
    const list = (...more: string[]) => answer('message', 'list', 'Harbour', 'general', '--profile', 'Ada', ...more)
    const page = await list('--limit', '2')
    expect(page).toMatchObject({ messages: [{ text: said[1] }, { text: said[2] }], hasOlder: true })
    expect(await list('--before', page.messages[0].id)).toMatchObject({ messages: [{ text: said[0] }] })
    const found = await answer('message', 'search', 'Harbour', 'lamp', 'channel:general', '--profile', 'Ada')
    expect(found.hits.map((hit: { message: { text: string } }) => hit.message.text)).toEqual([said[2], said[0]])
    expect(await answer('message', 'unread', 'Harbour', '--profile', 'Ada')).toEqual([])
    const target = join(root, 'taken.json')
    const taken = await answer('message', 'export', 'Harbour', '--profile', 'Ada', '--to', target)
    expect(taken).toMatchObject({ path: target, messages: 3 })
    const streamed = await chronicle(['message', 'export', 'Harbour', '--profile', 'Ada', '--to', '-'])
    expect(JSON.parse(streamed.stdout)).toMatchObject({ messages: said.map((text) => ({ text })) })
    expect(JSON.parse(await readFile(target, 'utf8')).messages).toEqual(JSON.parse(streamed.stdout).messages)
    const again = await chronicle(['message', 'export', 'Harbour', '--profile', 'Ada', '--to', target])
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('exists already') })
  })
})
