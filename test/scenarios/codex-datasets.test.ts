/** `chronicle codex put` and `get` as testers use them: real processes, and a node that has the dataset. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, openApi } from '../../src/main/api/index.ts'
import { type Client, createClient } from '../../src/shared/client.ts'

const cli = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url))
const password = 'a password for this test'
const bytes = randomBytes(300_000)

let root: string
let api: Api
let giver: Client

interface Ended {
  readonly code: number
  readonly said: string
}

function chronicle(...args: readonly string[]): Promise<Ended> {
  const env = {
    ...process.env,
    CHRONICLE_HOME: join(root, 'home'),
    CHRONICLE_PASSWORD_FILE: join(root, 'password'),
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { env, cwd: root }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, said: stdout + stderr })
    })
  })
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'chronicle-codex-'))
  await writeFile(join(root, 'password'), `${password}\n`)
  await writeFile(join(root, 'wreck.bin'), bytes)
  const node = { service: false, nodes: [], backupEvery: null }
  api = await openApi({ folder: join(root, 'giver'), mode: 'headless', version: 'test', node })
  giver = createClient({ request: (name, input) => api.handle(name, input), subscribe: api.subscribe })
  const { profile } = await giver.request('profiles.create', { name: 'Giver', password })
  await giver.request('profiles.login', { id: profile.id, password })
  expect((await chronicle('profile', 'create', 'Ada')).code).toBe(0)
})
afterAll(async () => {
  await api.close()
  await rm(root, { recursive: true, force: true, maxRetries: 3 })
})

describe('chronicle codex', () => {
  let cid: string

  it('puts a file in under the CID that it says beforehand, and leaves nothing in the tray', async () => {
    const before = await chronicle('codex', 'cid', 'wreck.bin', '--json')
    const put = await chronicle('codex', 'put', 'wreck.bin', '--json')
    expect(put.code, put.said).toBe(0)
    cid = JSON.parse(before.said).manifest
    expect(JSON.parse(put.said)).toEqual({ cid, bytes: bytes.length })
    const [profile = ''] = await readdir(join(root, 'home', 'profiles'))
    expect(await readdir(join(root, 'home', 'profiles', profile, 'tray'))).toEqual([])
  })

  it('gets it back as it was, never over a file that is there', async () => {
    const got = await chronicle('codex', 'get', cid, '--to', 'back.bin', '--json')
    expect(got.code, got.said).toBe(0)
    expect(bytes.equals(await readFile(join(root, 'back.bin')))).toBe(true)
    const again = await chronicle('codex', 'get', cid, '--to', 'back.bin')
    expect(again.code).not.toBe(0)
    expect(again.said).toContain('is there already')
  })

  it('gets from a peer that it is told of', async () => {
    const other = randomBytes(200_000)
    const { folder } = await giver.request('codex.tray')
    const place = 'ab'.repeat(16)
    await mkdir(join(folder, place))
    await writeFile(join(folder, place, 'map.bin'), other)
    const put = await giver.request('codex.put', { place, name: 'map.bin' })
    const codex = (await giver.request('engines.list')).find(({ engine }) => engine === 'codex')
    const [address = ''] = codex?.addresses ?? []
    const got = await chronicle('codex', 'get', put.cid, '--to', 'map.bin', '--peer', address)
    expect(got.code, got.said).toBe(0)
    expect(other.equals(await readFile(join(root, 'map.bin')))).toBe(true)
  })

  it('takes nothing from outside the tray', async () => {
    const place = 'cd'.repeat(16)
    await expect(giver.request('codex.put', { place, name: '../../../wreck.bin' })).rejects.toThrow()
    await expect(giver.request('codex.put', { place, name: 'nothing' })).rejects.toThrow('no file nothing')
  })
})
