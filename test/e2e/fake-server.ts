/** The built interface over the real server, with a made-up node behind it: every state of every screen can be had. */
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type Assets, readAssets } from '../../src/main/assets.ts'
import { systemClock } from '../../src/main/clock.ts'
import { type Server, serve } from '../../src/main/http/index.ts'
import { createFakeApi, type FakeApi, type FakeOptions } from '../support/fake-api.ts'
import { launchBrowser, listen } from './surfaces.ts'

const renderer = path.resolve(import.meta.dirname, '../../out/renderer')
/** Read once for a file of tests. */
let assets: Promise<Assets> | null = null

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
  assets ??= readAssets(renderer)
  const server = await serve({ api, assets: await assets, port: 0, log: () => {}, clock: systemClock })
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

export type OpenFake = (options: FakeOptions, more?: FakeSurfaceOptions) => Promise<FakeSurface>

/**
 * For a whole file of tests: one browser, and one surface at a time, which is closed after its test and must not have
 * complained of anything.
 */
export function fakeSurfaces(): OpenFake {
  let browser: Browser
  let open: FakeSurface | null = null
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())
  afterEach(async () => {
    const complaints = open?.complaints ?? []
    await open?.close()
    open = null
    expect(complaints).toEqual([])
  })
  return async (options, more) => {
    open = await openFake(browser, options, more)
    return open
  }
}
