/** Signing in to the headless server, in a real browser: who gets in, and who is told nothing. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHome, type Daemon, launchBrowser, startDaemon } from './surfaces.ts'

let home: Awaited<ReturnType<typeof createHome>>
let daemon: Daemon
let browser: Browser
let context: BrowserContext
let page: Page
/** Another program of this machine with a web page: what it is sent is kept. */
let other: Server
let received: IncomingHttpHeaders[]

const portOf = (server: Server): number => (server.address() as AddressInfo).port

beforeAll(async () => {
  home = await createHome()
  daemon = await startDaemon(home.home)
  browser = await launchBrowser()
  context = await browser.newContext()
  page = await context.newPage()
  received = []
  other = createServer((request, response) => {
    received.push(request.headers)
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>another program</title>')
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await browser?.close()
  other?.close()
  expect(await daemon?.stop()).toBe(0)
  await home?.remove()
})

describe('the sign-in link', () => {
  it('R7.4 opens the interface once, and leaves a cookie that scripts cannot read', async () => {
    await page.goto(daemon.url)
    await page.getByRole('heading', { name: 'Who are you here?' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
    expect(await page.evaluate(() => document.cookie)).toBe('')
    const [cookie, ...rest] = await context.cookies()
    expect(rest).toEqual([])
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', domain: new URL(daemon.url).hostname })
  })

  it('R7.4 is refused the second time, also in another browser', async () => {
    const stranger = await (await browser.newContext()).newPage()
    const answer = await stranger.goto(daemon.url)
    expect(answer?.status()).toBe(401)
    expect(await stranger.getByRole('heading').textContent()).toBe('Sign in to Chronicle')
    const { origin } = new URL(daemon.url)
    expect((await stranger.goto(origin))?.status()).toBe(401)
    await stranger.context().close()
  })

  it('can be had anew while the server runs', async () => {
    const second = await (await browser.newContext()).newPage()
    await second.goto(await daemon.nextLink())
    await second.getByRole('heading', { name: 'Who are you here?' }).waitFor()
    await second.context().close()
  })

  it('works when it is followed from a page of another site', async () => {
    const fresh = await (await browser.newContext()).newPage()
    await fresh.goto(`http://127.0.0.1:${portOf(other)}/`)
    const link = await daemon.nextLink()
    await fresh.evaluate((url) => {
      location.href = url
    }, link)
    await fresh.getByRole('heading', { name: 'Who are you here?' }).waitFor()
    await fresh.context().close()
  })
})

describe('another program on another port', () => {
  it('R7.4 receives no credential, whatever name of this machine it is called by', async () => {
    const port = portOf(other)
    received.length = 0
    const names = ['127.0.0.1', 'localhost', `${'0'.repeat(32)}.localhost`]
    for (const name of names) {
      const visitor = await context.newPage()
      await visitor.goto(`http://${name}:${port}/`)
      await visitor.close()
    }
    expect(received.length).toBeGreaterThanOrEqual(names.length)
    for (const headers of received) {
      expect(headers.cookie).toBeUndefined()
      // Its own pages it may name to itself; our name it must not learn.
      expect(headers.referer ?? '').not.toContain(new URL(daemon.url).hostname)
    }
  })

  it('R7.4 cannot read the interface, nor open its socket, with the cookie in the jar', async () => {
    const visitor = await context.newPage()
    await visitor.goto(`http://127.0.0.1:${portOf(other)}/`)
    const { host, origin } = new URL(daemon.url)
    const result = await visitor.evaluate(
      async ({ site, socketUrl }) => ({
        page: await fetch(site, { credentials: 'include' }).then(
          () => 'read',
          () => 'blocked',
        ),
        script: await new Promise((resolve) => {
          const script = document.createElement('script')
          script.onload = () => resolve('loaded')
          script.onerror = () => resolve('blocked')
          script.src = `${site}/`
          document.head.append(script)
        }),
        socket: await new Promise((resolve) => {
          const socket = new WebSocket(socketUrl)
          socket.onopen = () => resolve('open')
          socket.onerror = () => resolve('refused')
        }),
      }),
      { site: origin, socketUrl: `ws://${host}/api` },
    )
    expect(result).toEqual({ page: 'blocked', script: 'blocked', socket: 'refused' })
    await visitor.close()
  })

  it('cannot put the interface into a frame', async () => {
    const visitor = await context.newPage()
    await visitor.goto(`http://127.0.0.1:${portOf(other)}/`)
    await visitor.evaluate(
      (site) =>
        new Promise((resolve) => {
          const frame = document.createElement('iframe')
          // Also fired for the browser's own page that says it was blocked.
          frame.onload = resolve
          frame.src = site
          document.body.append(frame)
        }),
      new URL(daemon.url).origin,
    )
    const inside = visitor.frames().find((frame) => frame !== visitor.mainFrame())
    expect(await inside?.getByRole('heading', { name: 'Who are you here?' }).count()).toBe(0)
    await visitor.close()
  })
})

describe('the page', () => {
  it('R4.7 asks no other computer for anything', async () => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.reload()
    await page.getByRole('heading', { name: 'Who are you here?' }).waitFor()
    expect(asked.length).toBeGreaterThan(0)
    const { origin } = new URL(page.url())
    for (const url of asked) expect(url.startsWith(`${origin}/`) || url.startsWith('data:')).toBe(true)
  })
})
