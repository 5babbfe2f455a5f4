/** A node's socket in its profile's folder: who gets at it, what it carries, and how it goes away again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Joined } from '../../../src/main/api/index.ts'
import { joinSocket, shareOverSocket } from '../../../src/main/sockets/index.ts'
import { createFakeApi, type FakeApi } from '../../support/fake-api.ts'

let folder: string
let api: FakeApi
const open: { close(): unknown }[] = []
const children: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronicle-share-'))
  api = createFakeApi({ profiles: ['Ada'], loggedIn: true })
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

async function share(at = folder) {
  const shared = await shareOverSocket({ folder: at, api, log: () => {} })
  open.push(shared)
  return shared
}

async function joined(at = folder): Promise<Joined> {
  const node = await joinSocket(at)
  if (node === null) throw new Error('Nobody shares a node there.')
  open.push(node)
  return node
}

describe('the socket of a running node', () => {
  it('R7.2 is its owner’s alone: mode 0600 in a folder of mode 0700', async () => {
    await chmod(folder, 0o755)
    await share()
    expect((await stat(join(folder, 'node.sock'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'node.address'))).mode & 0o777).toBe(0o600)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  })

  it('carries requests, failures and events, bytes and all, to several programs at once', async () => {
    await share()
    const [one, other] = [await joined(), await joined()]
    expect(await one.handle('app.info', undefined)).toMatchObject({ ok: true, value: { profile: { name: 'Ada' } } })
    expect(await other.handle('no.such', {})).toMatchObject({ ok: false, error: { code: 'unknown-request' } })
    const heard = [one, other].map((node) => new Promise((resolve) => node.subscribe('session.changed', resolve)))
    api.emit('session.changed', { profile: null })
    expect(await Promise.all(heard)).toEqual([{ profile: null }, { profile: null }])
    const many = Array.from({ length: 200 }, () => one.handle('profiles.list', undefined))
    for (const reply of await Promise.all(many)) expect(reply.ok).toBe(true)
  })

  it('answers the logout that closes it, and leaves nothing behind', async () => {
    const shared = await share()
    const node = await joined()
    const release = api.hang('profiles.logout')
    const reply = node.handle('profiles.logout', undefined)
    await expect.poll(() => api.calls.length).toBe(1)
    await shared.close()
    expect(await readdir(folder)).toEqual([])
    expect(await joinSocket(folder)).toBeNull()
    release()
    expect(await reply).toMatchObject({ ok: true })
    await node.closed
    expect(await node.handle('app.info', undefined)).toMatchObject({ ok: false, error: { code: 'unavailable' } })
  })

  it('lets nobody hold it up: a request that hangs is given up a second after closing', async () => {
    const shared = await share()
    const node = await joined()
    api.hang('profiles.list')
    const reply = node.handle('profiles.list', undefined)
    await expect.poll(() => api.calls.length).toBe(1)
    await shared.close()
    expect(await reply).toMatchObject({ ok: false, error: { code: 'unavailable' } })
  })

  it('is found where the folder’s path is longer than a socket’s may be', async () => {
    const deep = join(folder, 'x'.repeat(60), 'y'.repeat(60))
    await mkdir(deep, { recursive: true })
    const shared = await share(deep)
    const address = await readFile(join(deep, 'node.address'), 'utf8')
    expect((await stat(join(address, '..'))).mode & 0o777).toBe(0o700)
    expect(await (await joined(deep)).handle('app.info', undefined)).toMatchObject({ ok: true })
    await shared.close()
    await expect(stat(join(address, '..'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('R7.2 left by a program that was killed is nobody, and makes way for the next', async () => {
    const path = join(folder, 'node.sock')
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.stdout.write('up'))`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    await once(child.stdout, 'data')
    await writeFile(join(folder, 'node.address'), path)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await readdir(folder)).toContain('node.sock')
    expect(await joinSocket(folder)).toBeNull()
    await share()
    expect(await (await joined()).handle('app.info', undefined)).toMatchObject({ ok: true })
  })

  it('takes no harm from noise: garbage, an HTTP request, a frame that is none', async () => {
    await share()
    for (const noise of ['\u0000\u0001garbage\r\n\r\n', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n']) {
      const socket = connect(join(folder, 'node.sock'))
      socket.on('error', () => {})
      socket.on('data', () => {})
      socket.end(noise)
      await once(socket, 'close')
    }
    expect(await (await joined()).handle('app.info', undefined)).toMatchObject({ ok: true })
  })
})
