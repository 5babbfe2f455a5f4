/** The server on a real loopback socket, spoken to as a browser would, and as a browser never should. */
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Assets } from '../../../src/main/assets.ts'
import { systemClock } from '../../../src/main/clock.ts'
import { type Server, ServerError, serve } from '../../../src/main/http/index.ts'
import { decode, encode } from '../../../src/shared/codec.ts'
import { createFakeApi, type FakeApi } from '../../support/fake-api.ts'

const assets: Assets = new Map([
  ['/', { body: new TextEncoder().encode('the page'), type: 'text/html; charset=utf-8', immutable: false }],
])

let api: FakeApi
let server: Server
let logged: string[]
const sockets: WebSocket[] = []

beforeEach(async () => {
  logged = []
  api = createFakeApi({
    profiles: ['Ines'],
    communities: [
      { name: 'Logbook', role: 'owner', weeks: 4, archives: 'published', channels: [{ name: 'notes', messages: 5 }] },
    ],
  })
  server = await serve({ api, assets, port: 0, log: (line) => logged.push(line), clock: systemClock })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await server.close()
})

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.port, path, method, headers: { host: server.host, ...headers } }
    const sent = request(options, (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    sent.on('error', reject)
    sent.end()
  })

async function signIn(): Promise<string> {
  const { headers } = await get(new URL(server.signInLink()).pathname)
  return headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

/** An open socket, or the status that refused it. */
const open = (headers: Record<string, string>, path = '/api'): Promise<WebSocket | number> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers: { host: server.host, ...headers } })
    sockets.push(socket)
    socket.on('open', () => resolve(socket))
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
    socket.on('error', () => {})
  })

async function openSignedIn(): Promise<WebSocket> {
  const socket = await open({ origin: `http://${server.host}`, cookie: await signIn() })
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
  return socket
}

const next = (socket: WebSocket): Promise<unknown> =>
  new Promise((resolve) => socket.once('message', (data) => resolve(decode(String(data)))))
const closed = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once('close', (code) => resolve(code)))

describe('the door', () => {
  it('R7.4 prints a link of 32 random hex digits on loopback', () => {
    const link = new URL(server.signInLink())
    expect(link.href).toMatch(/^http:\/\/[0-9a-f]{32}\.localhost:\d+\/sign-in\/[\w-]{43}$/)
    expect(link.host).toBe(server.host)
    expect(Number(link.port)).toBe(server.port)
  })

  it('R7.4 signs in once, and gives the page to no one else', async () => {
    const path = new URL(server.signInLink()).pathname
    const first = await get(path)
    expect(first).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
    })
    expect((await get(path)).status).toBe(401)
    const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    expect(await get('/', { cookie })).toMatchObject({ status: 200, body: 'the page' })
    expect((await get('/')).status).toBe(401)
    expect((await get('/', { cookie: `${cookie}x` })).status).toBe(401)
  })

  it('R7.4 answers to no other name', async () => {
    const cookie = await signIn()
    for (const host of [`127.0.0.1:${server.port}`, `localhost:${server.port}`, `evil.example:${server.port}`]) {
      const answer = await get('/', { host, cookie })
      expect(answer.status).toBe(421)
      expect(answer.body).not.toContain('page')
    }
    expect(await open({ host: `evil.example:${server.port}`, origin: `http://${server.host}`, cookie })).toBe(421)
  })

  it('R7.4 refuses sockets of other origins, and without a session', async () => {
    const cookie = await signIn()
    const origin = `http://${server.host}`
    expect(await open({ cookie })).toBe(403)
    expect(await open({ cookie, origin: 'http://evil.example' })).toBe(403)
    expect(await open({ cookie, origin: `http://127.0.0.1:${server.port}` })).toBe(403)
    expect(await open({ origin })).toBe(401)
    expect(await open({ origin, cookie: 'chronicle_session=guess' })).toBe(401)
    expect(await open({ origin, cookie }, '/elsewhere')).toBe(404)
    expect(await open({ origin, cookie })).toBeInstanceOf(WebSocket)
  })

  it('sends the security headers with every answer, also a refusal', async () => {
    const cookie = await signIn()
    for (const answer of [await get('/', { cookie }), await get('/'), await get('/', { host: 'evil.example' })]) {
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
      expect(answer.headers['content-security-policy']).not.toContain('unsafe')
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'x-frame-options': 'DENY',
      })
    }
  })

  it('hands its counts to this machine’s monitoring, and to no other name', async () => {
    await get('/', { host: 'evil.example' })
    const answer = await get('/metrics', { host: `127.0.0.1:${server.port}` })
    expect(answer.headers['content-type']).toContain('text/plain; version=0.0.4')
    expect(answer.body).toContain('chronicle_refused_requests_total{status="421"} 1')
    expect((await get('/metrics', { host: 'evil.example' })).status).toBe(421)
  })

  it('is open on loopback only', async () => {
    const other = Object.values(networkInterfaces())
      .flat()
      .find((address) => address && !address.internal && address.family === 'IPv4')?.address
    const answer = await new Promise((resolve) => {
      // A machine without another address has none to be reached by; its other loopback address must be closed too.
      const socket = connect(server.port, other ?? '127.0.0.2', () => resolve('open'))
      socket.on('error', (error) => resolve('code' in error ? error.code : error.message))
    })
    expect(answer).toBe('ECONNREFUSED')
  })

  it('says so when its port is taken', async () => {
    const second = serve({ api, assets, port: server.port, log: () => {}, clock: systemClock })
    await expect(second).rejects.toThrow(ServerError)
    await expect(second).rejects.toMatchObject({ code: 'port-taken' })
  })

  it('logs what it refused, and no secret', async () => {
    const cookie = await signIn()
    await get('/', { host: 'evil.example', cookie })
    await get('/sign-in/guess-me')
    await open({ origin: 'http://evil.example', cookie })
    expect(logged).toEqual([
      'refused 421: wrong host',
      'refused 401: sign-in link unknown or used',
      'refused 403: socket, wrong origin',
    ])
  })
})

describe('the contract over a socket', () => {
  it('answers requests by their id, in any order', async () => {
    const socket = await openSignedIn()
    const release = api.hang('communities.list')
    socket.send(encode({ id: 1, name: 'communities.list' }))
    socket.send(encode({ id: 2, name: 'app.info' }))
    expect(await next(socket)).toMatchObject({ id: 2, reply: { ok: true, value: { mode: 'headless' } } })
    release()
    expect(await next(socket)).toMatchObject({ id: 1, reply: { ok: true, value: [{ name: 'Logbook' }] } })
  })

  it('answers failures too', async () => {
    const socket = await openSignedIn()
    socket.send(encode({ id: 1, name: 'no.such' }))
    expect(await next(socket)).toMatchObject({ id: 1, reply: { ok: false, error: { code: 'unknown-request' } } })
    socket.send(encode({ id: 2, name: '__proto__', input: {} }))
    expect(await next(socket)).toMatchObject({ id: 2, reply: { ok: false, error: { code: 'unknown-request' } } })
  })

  it('delivers events to every browser', async () => {
    const [a, b] = [await openSignedIn(), await openSignedIn()]
    const heard = [next(a), next(b)]
    api.emit('session.changed', { profile: null })
    for (const event of await Promise.all(heard))
      expect(event).toEqual({ event: 'session.changed', payload: { profile: null } })
  })

  it.each([
    ['binary', Buffer.from([1, 2, 3]), 1003],
    ['text that is no frame', 'hello', 1007],
    ['a frame without an id', '{"name":"app.info"}', 1007],
    ['a frame without a name', '{"id":1}', 1007],
    ['a nesting without end', '['.repeat(300_000), 1007],
  ])('closes on %s', async (_, data, code) => {
    const socket = await openSignedIn()
    socket.send(data)
    expect(await closed(socket)).toBe(code)
    expect((await get('/healthz')).status).toBe(200)
  })

  it('closes on a frame of 100 MB before it has read it', async () => {
    const socket = await openSignedIn()
    socket.on('error', () => {})
    socket.send('x'.repeat(100_000_000))
    expect(await closed(socket)).not.toBe(1000)
    expect(logged.some((line) => line.startsWith('socket closed: Max payload size exceeded'))).toBe(true)
    expect((await get('/healthz')).status).toBe(200)
  })

  it('leaves events out for a browser that does not read, and tells it when it does', async () => {
    const socket = await openSignedIn()
    socket.pause()
    const transfers = Array.from({ length: 200 }, () => ({
      communityId: `0x02${'00'.repeat(32)}`,
      engine: 'torrent',
      link: 'x'.repeat(2_000),
      seeding: true,
      peers: 1,
      bytesDone: 1,
      bytesTotal: 1,
      downloadRate: 0,
      uploadRate: 0,
      pieces: { total: 0, here: 0, parts: [] },
      trouble: '',
    }))
    const total = 200
    // 0.4 MB each: far beyond what the kernel and the server hold for one reader.
    for (let sent = 0; sent < total; sent++) {
      api.emit('transfers.changed', transfers as never)
      if (sent % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const seen: string[] = []
    const caughtUp = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        const frame = decode(String(data)) as { event: string }
        seen.push(frame.event)
        if (frame.event === 'resync') resolve()
      })
    })
    socket.resume()
    await caughtUp
    expect(seen.length).toBeLessThan(total)
    expect(seen.filter((event) => event === 'resync')).toHaveLength(1)
    const heard = next(socket)
    api.emit('session.changed', { profile: null })
    expect(await heard).toMatchObject({ event: 'session.changed' })
  })

  it('takes a bounded number of requests at once', async () => {
    const socket = await openSignedIn()
    const release = api.hang('app.info')
    for (let id = 0; id < 500; id++) socket.send(encode({ id, name: 'app.info' }))
    const answered = new Promise<void>((resolve) => {
      let count = 0
      socket.on('message', () => {
        count++
        if (count === 500) resolve()
      })
    })
    // A second socket is served meanwhile.
    const other = await openSignedIn()
    other.send(encode({ id: 1, name: 'network.status' }))
    await next(other)
    expect(api.calls.filter(({ name }) => name === 'app.info').length).toBe(64)
    release()
    await answered
  })

  it('stops answering once it is closed', async () => {
    const socket = await openSignedIn()
    const gone = closed(socket)
    await server.close()
    await gone
    api.emit('session.changed', { profile: null })
    await expect(get('/healthz')).rejects.toThrow(/ECONNREFUSED/)
    server = await serve({ api, assets, port: 0, log: () => {}, clock: systemClock })
  })
})
