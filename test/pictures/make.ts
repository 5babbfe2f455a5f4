/**
 * The pictures of docs/: the built program, driven through a real browser over a real network on this machine, with the
 * sample's history. Run by `npm run pictures`; it takes about a minute and overwrites docs/pictures.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { root } from '../../scripts/lib/supported-node.mjs'
import { readAssets } from '../../src/main/assets.ts'
import { systemClock } from '../../src/main/clock.ts'
import { readCorpus, runDemo } from '../../src/main/demo/index.ts'
import { serve } from '../../src/main/http/index.ts'
import { createHome, launchBrowser, openHeadless } from '../e2e/surfaces.ts'
import { apiOf } from '../support/inhabitant-api.ts'
import { becomeReader } from '../support/new-user.ts'

const pictures = join(root, 'docs/pictures')
/** Of WebP, of 100. */
const quality = 80

async function shoot(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready)
  // What a press has begun is drawn, and nothing is left pointed at.
  await page.mouse.move(640, 790)
  await page.waitForTimeout(400)
  const devtools = await page.context().newCDPSession(page)
  const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality })
  await devtools.detach()
  await writeFile(join(pictures, `${name}.webp`), Buffer.from(data, 'base64'))
  console.log(name)
}

/** Status takes no name of fewer than five letters, and none with accents. */
const fullName = (name: string): string =>
  `${name.normalize('NFD').replace(/\p{M}/gu, '')} ${surnames[name.length % surnames.length]}`
const surnames = ['Okafor', 'Lindqvist', 'Haddad', 'Moreau', 'Tanaka']

async function go(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to
  }, hash)
}

await mkdir(pictures, { recursive: true })
const folder = await mkdtemp(join(tmpdir(), 'chronicle-pictures-'))
const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })]
try {
  const corpus = (await readCorpus(join(root, 'resources/sample/community.ndjson'))).map((line) => ({
    ...line,
    author: fullName(line.author),
  }))
  const step = () => ({ update: () => {}, done: () => 0 })
  const signal = AbortSignal.timeout(300_000)
  const demo = await runDemo({ title: 'Weather on the hill', corpus, members: 1, folder, step, signal })
  closing.push(() => demo.close())
  const place = `#/c/${demo.communityId}`

  const { home, remove } = await createHome()
  closing.push(remove)
  const member = await openHeadless(home)
  closing.push(() => member.close())
  const { page } = member
  await becomeReader({
    page,
    nodes: demo.nodes,
    communityId: demo.communityId,
    at: (name) => shoot(page, `member-${name}`),
  })
  await go(page, `${place}/history`)
  await page.getByRole('grid', { name: 'Weeks of history by year' }).waitFor()
  await shoot(page, 'member-history')
  await go(page, place)
  await page.getByText(/^\d+ messages$/).waitFor()
  await page.getByRole('region', { name: 'History on this computer' }).waitFor({ state: 'detached', timeout: 120_000 })
  await shoot(page, 'member-messages')
  await go(page, `${place}/search?q=rain`)
  await page.locator('mark').first().waitFor()
  await shoot(page, 'member-search')
  await go(page, '#/transfers')
  await page.getByRole('img', { name: /pieces are here/ }).waitFor()
  await shoot(page, 'member-transfers')

  const api = await apiOf(demo.owner, join(folder, 'owner'))
  const assets = await readAssets(join(root, 'out/renderer'))
  const server = await serve({ api, assets, port: 0, log: () => {}, clock: systemClock })
  closing.push(() => server.close())
  const browser = await launchBrowser()
  closing.push(() => browser.close())
  const owner = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
  await owner.goto(server.signInLink())
  await owner.waitForURL((url) => url.pathname === '/')
  await go(owner, `${place}/archiving`)
  await owner.getByRole('heading', { name: 'Archiving', level: 2 }).waitFor()
  await shoot(owner, 'owner-archiving')
  await go(owner, `${place}/history`)
  await owner.getByRole('grid', { name: 'Weeks of history by year' }).waitFor()
  await shoot(owner, 'owner-history')
  await go(owner, `${place}/people`)
  await owner.getByRole('heading', { name: 'People', level: 1 }).waitFor()
  await shoot(owner, 'owner-people')

  await go(page, '#/qa')
  const scenario = page.getByRole('region', { name: 'Scenario' })
  await scenario.getByRole('button', { name: 'Run' }).click()
  await scenario.getByRole('button', { name: 'Run' }).waitFor({ timeout: 180_000 })
  await shoot(page, 'qa-bench')
} finally {
  for (const close of closing.reverse()) await close().catch((error: unknown) => console.error(error))
}
