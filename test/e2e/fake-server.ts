/** The built interface over the real server, with a made-up node behind it: every state of every screen can be had. */
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { readAssets } from '../../src/main/assets.ts'
import { systemClock } from '../../src/main/clock.ts'
import { type Server, serve } from '../../src/main/http/index.ts'
import { createFakeApi, type FakeApi, type FakeOptions } from '../support/fake-api.ts'
import { listen } from './surfaces.ts'

const renderer = path.resolve(import.meta.dirname, '../../out/renderer')

export interface FakeSurface {
  readonly page: Page
  readonly api: FakeApi
  readonly server: Server
  readonly complaints: readonly string[]
  close(): Promise<void>
}

export interface FakeSurfaceOptions {
  /** Arranges the node before the page asks it anything. */
  readonly before?: (api: FakeApi) => void
  readonly hash?: string
  readonly viewport?: { readonly width: number; readonly height: number }
}

export async function openFake(
  browser: Browser,
  options: FakeOptions,
  { before, hash = '', viewport = { width: 1280, height: 800 } }: FakeSurfaceOptions = {},
): Promise<FakeSurface> {
  const api = createFakeApi(options)
  before?.(api)
  const server = await serve({ api, assets: await readAssets(renderer), port: 0, log: () => {}, clock: systemClock })
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce' })
  const page = await context.newPage()
  const complaints = listen(page)
  await page.goto(server.signInLink())
  await page.waitForURL((url) => url.pathname === '/')
  if (hash)
    await page.evaluate((value) => {
      location.hash = value
    }, hash)
  return {
    page,
    api,
    server,
    complaints,
    async close() {
      await context.close()
      await server.close()
    },
  }
}
