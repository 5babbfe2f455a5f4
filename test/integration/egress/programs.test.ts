/** Nothing leaves this machine, and nothing listens to others, unless somebody configured it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ensureBuilt } from '../../../scripts/lib/build.mjs'
import { root } from '../../../scripts/lib/supported-node.mjs'
import { decode, encode } from '../../../src/shared/codec.ts'
import type { Reply } from '../../../src/shared/contract.ts'

const guard = new URL('../../support/loopback-only.mjs', import.meta.url).href
let folder: string
let log: string
beforeAll(async () => {
  await ensureBuilt()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-egress-'))
  log = join(folder, 'egress.log')
  writeFileSync(log, '')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A script of package.json under the guard, which its threads and children inherit. */
function start(script: string, args: readonly string[]) {
  const child = spawn(process.execPath, [join(root, 'scripts', script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: `--import ${guard}`, CHRONICLE_EGRESS_LOG: log },
  })
  const ended = once(child, 'close')
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  return { child, ended, complaints: () => complaints, lines: createInterface({ input: child.stdout }) }
}

/** Deeds seen so far. That the guard was there is shown by guard.test.ts. */
const seen = (): string[] => readFileSync(log, 'utf8').split('\n').filter(Boolean)

describe('on this machine alone', () => {
  it('the demonstration archives and restores', async () => {
    const corpus = join(folder, 'corpus.ndjson')
    const week = 7 * 24 * 3600 * 1000
    const lines = Array.from({ length: 60 }, (_, n) => ({
      channel: n % 2 === 0 ? 'general' : 'random',
      author: n % 3 === 0 ? 'Ada Allan' : 'Berta Bell',
      timestamp: Date.UTC(2023, 0, 2) + Math.floor(n / 20) * week + n * 60_000,
      text: `Message ${n}`,
    }))
    writeFileSync(corpus, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const demo = start('chronicle.mjs', ['demo', '--corpus', corpus, '--members', '1', '--json'])
    const said: string[] = []
    demo.lines.on('line', (line) => said.push(line))
    const late = setTimeout(() => demo.child.kill(), 50_000)
    const [code] = await demo.ended
    clearTimeout(late)
    expect(seen()).toEqual([])
    expect({ code, complaints: code === 0 ? '' : demo.complaints() }).toEqual({ code: 0, complaints: '' })
    expect(JSON.parse(said.join('\n'))).toMatchObject({ members: [{ identical: true, imported: 60 }] })
  })

  it('the app starts, and a profile and a community of its own live in it', async () => {
    const app = start('start.mjs', ['--headless', '--json', '--folder', join(folder, 'data')])
    try {
      const said = await Promise.race([once(app.lines, 'line'), app.ended.then(() => [])])
      if (typeof said[0] !== 'string') throw new Error(`It printed no link: ${app.complaints()}`)
      const { url } = JSON.parse(said[0]) as { url: string }
      const request = await signIn(new URL(url))
      const password = 'a password long enough'
      const { profile } = (await request('profiles.create', { name: 'Ines', password })) as { profile: { id: string } }
      const { id } = profile
      await request('profiles.login', { id, password })
      await request('communities.create', {
        name: 'Logbook',
        description: 'Days at sea',
        color: '#2255aa',
        channels: ['general'],
        historyArchives: true,
      })
      // Whatever begins a little after that: a look for peers, for updates, for the time.
      await new Promise((resolve) => setTimeout(resolve, 2000))
      expect(seen()).toEqual([])
    } finally {
      app.child.kill('SIGTERM')
      await app.ended
    }
  })
})

/** As a browser does it, whose resolver keeps names under .localhost on this machine. */
async function signIn({ host, port, pathname }: URL): Promise<(name: string, input: unknown) => Promise<unknown>> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    get({ host: '127.0.0.1', port, path: pathname, headers: { host } }, resolve).on('error', reject),
  )
  answer.resume()
  const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api`, { headers: { host, cookie, origin: `http://${host}` } })
  await once(socket, 'open')
  let id = 0
  return async (name, input) => {
    id += 1
    const mine = id
    const replied = new Promise<Reply>((resolve) => {
      socket.on('message', (data) => {
        const frame = decode(String(data))
        if (typeof frame !== 'object' || frame === null || !('id' in frame) || !('reply' in frame)) return
        if (frame.id === mine) resolve(frame.reply as Reply)
      })
    })
    socket.send(encode({ id: mine, name, input }))
    const reply = await replied
    if (!reply.ok) throw new Error(`${name}: ${reply.error.message}`)
    return reply.value
  }
}
