import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Asset, Assets } from '../../../src/main/assets.ts'
import { createRoutes, signInPath } from '../../../src/main/http/routes.ts'
import { Sessions } from '../../../src/main/http/sessions.ts'

const host = `${'0a'.repeat(16)}.localhost:4321`
const asset = (text: string, immutable: boolean): Asset => ({
  body: new TextEncoder().encode(text),
  type: 'text/html; charset=utf-8',
  immutable,
})
const assets: Assets = new Map([
  ['/', asset('page', false)],
  ['/assets/a b.js', asset('script', true)],
])

function setUp() {
  let now = 0
  const sessions = new Sessions()
  const routes = createRoutes({ host, port: 4321, assets, sessions, now: () => now })
  const cookie = `chronicle_session=${sessions.redeem(sessions.issueLink())}`
  const get = (url: string, headers: IncomingHttpHeaders = {}, method = 'GET') =>
    routes.answer({ method, url, headers: { host, ...headers } })
  return { routes, sessions, cookie, get, pass: (ms: number) => (now += ms) }
}

describe('answers', () => {
  it('hand files only to those who are signed in', () => {
    const { get, cookie } = setUp()
    expect(get('/').status).toBe(401)
    expect(get('/', { cookie: 'chronicle_session=guess' }).status).toBe(401)
    expect(get('/assets/a%20b.js').status).toBe(401)
    expect(get('/', { cookie })).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } })
    expect(get('/?x=1#y', { cookie }).status).toBe(200)
    expect(get('/assets/a%20b.js', { cookie }).headers['cache-control']).toContain('immutable')
  })

  it('R7.4 look at the host before anything else', () => {
    const { get, cookie, sessions } = setUp()
    const link = sessions.issueLink()
    for (const wrong of ['127.0.0.1:4321', 'localhost:4321', 'evil.example:4321', ''])
      for (const path of ['/', '/session', `${signInPath}${link}`])
        expect(get(path, { host: wrong, cookie }).status).toBe(421)
    expect(get(`${signInPath}${link}`).status).toBe(200)
  })

  it('R7.4 then at the origin', () => {
    const { get, cookie, sessions } = setUp()
    const link = sessions.issueLink()
    expect(get('/', { cookie, origin: 'http://127.0.0.1:4321' }).status).toBe(403)
    expect(get(`${signInPath}${link}`, { origin: 'http://evil.example' }).status).toBe(403)
    expect(get('/', { cookie, origin: `http://${host}` }).status).toBe(200)
  })

  it('R7.4 exchange a link for a strict cookie, once', () => {
    const { get, sessions } = setUp()
    const link = `${signInPath}${sessions.issueLink()}`
    const first = get(link)
    expect(first.status).toBe(200)
    expect(first.headers['set-cookie']).toMatch(/^chronicle_session=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/)
    expect(get('/', { cookie: first.headers['set-cookie']?.split(';')[0] ?? '' }).status).toBe(200)
    const second = get(link)
    expect(second.status).toBe(401)
    expect(second.headers['set-cookie']).toBeUndefined()
  })

  it('a look at a link does not use it up', () => {
    const { get, sessions } = setUp()
    const link = `${signInPath}${sessions.issueLink()}`
    expect(get(link, {}, 'HEAD').status).toBe(401)
    expect(get(link).status).toBe(200)
  })

  it('slow down guessing of links', () => {
    const { get, sessions, pass } = setUp()
    for (let guess = 0; guess < 10; guess++) expect(get(`${signInPath}guess${guess}`).status).toBe(401)
    const link = `${signInPath}${sessions.issueLink()}`
    expect(get(link)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    pass(1_000)
    expect(get(link).status).toBe(200)
  })

  it('tell a probe one word, and another site nothing', () => {
    const { get } = setUp()
    expect(get('/healthz', { host: '127.0.0.1:4321' })).toMatchObject({ status: 200, body: 'ok\n' })
    expect(get('/healthz').status).toBe(200)
    expect(get('/healthz', { host: 'evil.example:4321' }).status).toBe(421)
  })

  it('let a monitoring system of this machine count, but no page of another site', () => {
    const { get, cookie } = setUp()
    const loopback = { host: '127.0.0.1:4321' }
    expect(get('/metrics', loopback)).toMatchObject({ status: 200, metrics: true })
    expect(get('/metrics', { host: 'localhost:4321' })).toMatchObject({ status: 200, metrics: true })
    expect(get('/metrics', { host: 'evil.example:4321' }).status).toBe(421)
    expect(get('/metrics', { ...loopback, origin: 'http://evil.example' }).status).toBe(403)
    expect(get('/metrics', { ...loopback, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }).status).toBe(
      403,
    )
    expect(get('/metrics', loopback, 'POST').status).toBe(405)
    expect(get('/metrics', { cookie }).status).toBe(404)
  })

  it('tell a page whether it is still signed in', () => {
    const { get, cookie } = setUp()
    expect(get('/session', { cookie }).status).toBe(204)
    expect(get('/session').status).toBe(401)
  })

  it.each([
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/../package.json',
    '/assets/..%5c..%5cx',
    '/%00',
    '/%',
    '//etc/passwd',
    '/assets',
    '/assets/',
    '*',
    '',
  ])('find nothing at %s', (path) => {
    const { get, cookie } = setUp()
    expect(get(path, { cookie }).status).toBe(404)
  })

  it('are given to reading only', () => {
    const { get, cookie } = setUp()
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])
      expect(get('/', { cookie }, method)).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
    expect(get('/', { cookie }, 'HEAD').status).toBe(200)
  })

  it('name the reason of a refusal and nothing of what was sent', () => {
    const { get } = setUp()
    expect(get('/', { host: 'secret.example' }).refusal).toBe('wrong host')
    expect(get(`${signInPath}secret`).refusal).not.toContain('secret')
  })
})

describe('sockets', () => {
  it('R7.4 need the host, the origin, the session and the path, in this order', () => {
    const { routes, cookie } = setUp()
    const origin = `http://${host}`
    const upgrade = (headers: IncomingHttpHeaders, url = '/api') =>
      routes.refuseSocket({ method: 'GET', url, headers })?.status.slice(0, 3) ?? null
    expect(upgrade({ host, origin, cookie })).toBe(null)
    expect(upgrade({ host: '127.0.0.1:4321', origin: 'http://127.0.0.1:4321', cookie })).toBe('421')
    expect(upgrade({ host, cookie })).toBe('403')
    expect(upgrade({ host, origin: 'http://evil.example', cookie })).toBe('403')
    expect(upgrade({ host, origin: 'http://localhost:4321', cookie })).toBe('403')
    expect(upgrade({ host, origin })).toBe('401')
    expect(upgrade({ host, origin, cookie: 'chronicle_session=guess' })).toBe('401')
    expect(upgrade({ host, origin, cookie }, '/other')).toBe('404')
  })
})
