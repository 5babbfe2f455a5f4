/** Reading a channel in a real browser: what is new, what was said before an edit, images, pins, who is there, a file of it. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { ChatId } from '../../src/shared/domain.ts'
import type { FakeOptions } from '../support/fake-api.ts'
import { fakeCommunityId } from '../support/fake-world.ts'
import { problemsOf } from './axe.ts'
import { type FakeSurface, type FakeSurfaceOptions, fakeSurfaces } from './fake-server.ts'
import { settled } from './rows.ts'

const openSurface = fakeSurfaces()

const id = fakeCommunityId(1)
const member: FakeOptions = {
  profiles: ['Ines Ferro'],
  loggedIn: true,
  communities: [
    {
      name: 'Logbook',
      role: 'member',
      weeks: 120,
      archives: 'imported',
      channels: [
        { name: 'messenger', messages: 400, rich: true },
        { name: 'network', messages: 300, unread: 40 },
      ],
    },
  ],
}

async function start(more: FakeSurfaceOptions = {}): Promise<FakeSurface> {
  const open = await openSurface(member, { hash: `#/c/${id}`, ...more })
  await open.page.getByRole('article').first().waitFor()
  return open
}

const readUpTo = ({ api }: FakeSurface): ChatId[] =>
  api.calls.filter(({ name }) => name === 'messages.markRead').map(({ input }) => (input as { chatId: ChatId }).chatId)

describe('what is new', () => {
  it('is counted beside its channel, begins with a line, and is read when it has been in sight', async () => {
    const surface = await start()
    const { page } = surface
    expect(readUpTo(surface)).toEqual([])
    await page.getByRole('link', { name: 'network 40 new' }).click()
    const line = page.getByText(/^40 new messages since /)
    await line.waitFor()
    await settled(page)
    expect(await line.isVisible()).toBe(true)
    const left = page.getByRole('link', { name: /network \d+ new/ })
    await expect.poll(() => left.textContent()).not.toContain('40')
    await page.getByRole('button', { name: /^Newest/ }).click()
    await left.waitFor({ state: 'detached' })
    expect(readUpTo(surface).length).toBeGreaterThan(1)
  })

  it('is not read while nobody looks', async () => {
    const surface = await start()
    const { page, api } = surface
    await page.evaluate(() => {
      document.hasFocus = () => false
    })
    const [messenger] = api.calls.flatMap(({ name, input }) =>
      name === 'messages.page' ? [(input as { chatId: ChatId }).chatId] : [],
    )
    if (!messenger) expect.fail('no page was asked for')
    api.hear(messenger, 'Somebody there?')
    await page.getByRole('article').filter({ hasText: 'Somebody there?' }).waitFor()
    await page.getByRole('link', { name: 'messenger 1 new' }).waitFor()
    expect(readUpTo(surface)).toEqual([])
    await page.evaluate(() => {
      document.hasFocus = () => true
      window.dispatchEvent(new Event('focus'))
    })
    await page.getByRole('link', { name: 'messenger 1 new' }).waitFor({ state: 'detached' })
  })
})

describe('a message', () => {
  it('that was edited shows what it said before; one that is pinned is in the list of them, and opens at its place', async () => {
    const { page } = await start()
    await up(page, page.getByRole('button', { name: /^Edited\./ }))
    await page
      .getByRole('button', { name: /^Edited\./ })
      .first()
      .click()
    const dialog = page.getByRole('dialog', { name: 'Earlier versions' })
    await dialog.getByText('What it was before').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Pinned messages' }).click()
    const list = page.getByRole('dialog', { name: 'Pinned in #messenger' })
    const oldest = list.getByRole('link').last()
    await oldest.waitFor()
    await oldest.press('Enter')
    await list.waitFor({ state: 'detached' })
    await page.getByRole('article').filter({ hasText: 'Pinned' }).first().waitFor()
    expect(await page.evaluate(() => location.hash)).toContain('?at=')
  })

  it('R4.7 shows its own images, opens one, and fetches nothing from anywhere', async () => {
    const { page } = await start()
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    const image = page.getByRole('button', { name: /^Open Image 1 of/ })
    await up(page, image)
    await image.first().click()
    const shown = page.getByRole('dialog').getByRole('img')
    await expect.poll(() => shown.evaluate((one: HTMLImageElement) => one.naturalWidth)).toBe(1)
    expect(await page.getByText('from Discord').count()).toBeGreaterThan(0)
    const elsewhere = asked.filter((url) => !url.startsWith(new URL(page.url()).origin) && !url.startsWith('blob:'))
    expect(elsewhere).toEqual([])
  })
})

describe('beside the messages', () => {
  it('an export says how far it is, can be cancelled, and says where it lies; members go, and are a sheet where it is narrow', async () => {
    const { page, api } = await start()
    const release = api.hang('messages.export')
    await page.getByRole('button', { name: 'Export…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Export history' })
    await dialog.getByRole('radio', { name: 'JSON' }).click()
    await dialog.getByRole('button', { name: 'Export', exact: true }).click()
    await expect.poll(() => api.calls.some(({ name }) => name === 'messages.export')).toBe(true)
    const [chatId] = api.calls.flatMap(({ name, input }) =>
      name === 'messages.export' ? [(input as { chatId: ChatId }).chatId] : [],
    )
    if (!chatId) expect.fail('no export was asked for')
    const event = { id: 'export-7', communityId: id, chatId, format: 'json', total: 400, bytes: 9_000 } as const
    api.emit('messages.exporting', { ...event, chatId: null, messages: 399 })
    api.emit('messages.exporting', { ...event, messages: 100 })
    await dialog.getByText('100 of 400 messages · 9.0 kB').waitFor()
    await dialog.getByRole('button', { name: 'Cancel export' }).click()
    await expect
      .poll(() => api.calls.filter(({ name }) => name === 'messages.cancelExport').map(({ input }) => input))
      .toEqual([{ id: 'export-7' }])
    release()
    await dialog.getByText('/exports/made-up.json').waitFor()
    await page.keyboard.press('Escape')
    const members = page.getByRole('complementary', { name: 'Members' })
    await members.getByText('Cleo').waitFor()
    expect(await problemsOf(page)).toEqual([])
    await page.getByRole('button', { name: 'Hide members' }).click()
    await members.waitFor({ state: 'detached' })
    await page.setViewportSize({ width: 640, height: 480 })
    await page.getByRole('button', { name: 'Show members' }).click()
    await page.getByRole('dialog', { name: 'Members' }).getByText('Cleo').waitFor()
  })
})

describe('search', () => {
  it('has filters to choose, which stand in the field as if typed; axe finds nothing wrong with it', async () => {
    const { page, api } = await start()
    await page.evaluate((at) => {
      location.hash = at
    }, `#/c/${id}/search?q=harbour`)
    await page.getByRole('region', { name: 'Found' }).waitFor()
    await page.getByRole('button', { name: 'Has an image' }).click()
    await page.getByLabel('Channel').selectOption('#network')
    await page.getByLabel('From').fill('2026-03-01')
    const typed = 'harbour has:image channel:network after:2026-03-01'
    expect(await page.getByRole('searchbox').inputValue()).toBe(typed)
    await expect
      .poll(() => api.calls.filter(({ name }) => name === 'messages.search').map(({ input }) => input))
      .toContainEqual(expect.objectContaining({ text: typed }))
    expect(await problemsOf(page)).toEqual([])
  })
})

/** Up through the channel until it is there. */
async function up(page: Page, wanted: ReturnType<Page['getByRole']>): Promise<void> {
  await page.mouse.move(600, 400)
  for (let turn = 0; turn < 40 && (await wanted.count()) === 0; turn++) {
    await page.mouse.wheel(0, -700)
    await settled(page)
  }
}
