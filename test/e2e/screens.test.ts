/** The interface in a real browser, over made-up nodes: what each state shows, what the keys do, what stays live. */

import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/main/clock.ts'
import { serve } from '../../src/main/http/index.ts'
import { requests } from '../../src/shared/contract.ts'
import type { ChatId, Profile } from '../../src/shared/domain.ts'
import type { FakeApi, FakeOptions } from '../support/fake-api.ts'
import { fakeCommunityId } from '../support/fake-world.ts'
import { type FakeSurface, type FakeSurfaceOptions, openFake } from './fake-server.ts'
import { rowInSight, rowOf, settled } from './rows.ts'
import { launchBrowser } from './surfaces.ts'

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
  expect(complaints.filter((line) => !isAboutLostServer(line))).toEqual([])
})

/** What the browser itself reports where there is no server, or one that does not know it. */
const isAboutLostServer = (line: string): boolean =>
  /ERR_CONNECTION_(REFUSED|RESET)/.test(line) || line.includes('421') || line.includes('WebSocket connection')

const id = fakeCommunityId(1)
const member: FakeOptions = {
  profiles: ['Ines Ferro'],
  loggedIn: true,
  communities: [
    {
      name: 'Logbook',
      role: 'member',
      weeks: 120,
      archives: 'restoring',
      channels: [
        { name: 'messenger', messages: 3_000 },
        { name: 'empty', messages: 0 },
      ],
    },
  ],
}
const broken = {
  code: 'failed',
  message: 'The database is locked by another program.',
  action: 'Close it, then try again.',
}

async function start(options: FakeOptions, more: FakeSurfaceOptions = {}): Promise<FakeSurface> {
  open = await openFake(browser, options, more)
  return open
}

describe('states', () => {
  it('a failure says what happened and what to do, and is over when it is over', async () => {
    const { page, api } = await start(member, { before: (node) => node.fail('communities.list', broken) })
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.textContent()).toContain('Your communities could not be read')
    expect(await alert.textContent()).toContain('Close it, then try again.')
    api.fail('communities.list', null)
    await alert.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { level: 1, name: 'messenger' }).waitFor()
  })

  it('a message that could not be posted stays in the field, and can be posted again', async () => {
    const { page, api } = await start(member, { before: (node) => node.fail('messages.post', broken) })
    const field = page.getByRole('textbox', { name: 'Message #messenger' })
    await field.fill('Not lost')
    await field.press('Enter')
    await page.getByRole('alert').waitFor()
    expect(await field.inputValue()).toBe('Not lost')
    api.fail('messages.post', null)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('article').filter({ hasText: 'Not lost' }).waitFor()
    expect(await field.inputValue()).toBe('')
  })

  it('what is still to come keeps its place', async () => {
    const { page, api } = await start(member, {
      before: (node) => void node.hang('messages.page'),
      hash: `#/c/${id}`,
    })
    await page.getByText('Reading the messages').waitFor({ state: 'attached' })
    await page.getByRole('textbox', { name: 'Message #messenger' }).waitFor()
    // What is unread is asked for first, and says where to begin.
    await expect.poll(() => api.calls.some(({ name }) => name === 'messages.page')).toBe(true)
    expect(await page.getByText('Reading the messages').count()).toBe(1)
  })

  it('a community that is being looked for says so', async () => {
    const { page } = await start({ profiles: ['Ines'], loggedIn: true })
    await page.getByRole('button', { name: 'Join a community' }).click()
    const field = page.getByLabel('Community id')
    await field.fill('0x02')
    expect(await page.getByText('That is not a community id').isVisible()).toBe(true)
    expect(await page.getByRole('button', { name: 'Join', exact: true }).isDisabled()).toBe(true)
    await field.fill(`  ${id.toUpperCase().replace('0X', '0x')} `)
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await page.getByRole('heading', { name: /^Looking for community/ }).waitFor()
  })

  it('after a wrong password the right one still works', async () => {
    const { page } = await start({ profiles: ['Ines'] })
    await page.getByRole('button', { name: /Ines/ }).click()
    const field = page.getByLabel('Password', { exact: true })
    await field.fill('wrong')
    await field.press('Enter')
    await page.getByText('That is not the password of Ines.').waitFor()
    await field.fill('correct horse')
    await field.press('Enter')
    await page.getByRole('heading', { name: 'No community yet' }).waitFor()
  })

  it('a node that cannot start after all is told of, though the form that asked is gone', async () => {
    const { page, api } = await start({ profiles: ['Ines'] })
    const reply = await api.handle('profiles.list', undefined)
    const [profile] = reply.ok ? (reply.value as Profile[]) : []
    if (!profile) throw new Error('There is no profile.')
    await page.getByRole('button', { name: /Ines/ }).click()
    await page.getByLabel('Password', { exact: true }).fill('correct horse')
    const release = api.hang('profiles.login')
    await page.keyboard.press('Enter')
    await expect.poll(() => api.calls.some(({ name }) => name === 'profiles.login')).toBe(true)
    api.emit('session.changed', { profile })
    await page.getByRole('button', { name: 'Log in' }).waitFor({ state: 'detached' })
    api.emit('session.changed', { profile: null })
    api.fail('profiles.login', { code: 'unavailable', message: 'The port is taken.', action: '' })
    release()
    await page.getByText('You could not be logged in').waitFor()
    await page.getByText('The port is taken.').waitFor()
  })
})

describe('reading', () => {
  const long: FakeOptions = {
    ...member,
    communities: [
      {
        name: 'Logbook',
        role: 'member',
        weeks: 500,
        archives: 'imported',
        channels: [{ name: 'messenger', messages: 100_000 }],
      },
    ],
  }
  const indexes = '[data-index]'

  it('100,000 messages: the newest first, older ones as one goes up, and few of them drawn', async () => {
    const { page, api } = await start(long)
    await page.getByRole('article').first().waitFor()
    expect(await page.getByText('100,000 messages').isVisible()).toBe(true)
    await page.mouse.move(700, 400)
    const text = () => page.getByRole('article').first().textContent()
    const before = await text()
    for (let turn = 0; turn < 10; turn++) await page.mouse.wheel(0, -2_000)
    await expect.poll(() => api.calls.filter(({ name }) => name === 'messages.page').length).toBeGreaterThan(2)
    await expect.poll(text).not.toBe(before)
    expect(await page.locator(indexes).count()).toBeLessThan(60)
    await page.getByRole('button', { name: 'Newest' }).click()
    await expect.poll(text).toBe(before)
  })

  it('what arrives above does not move what is being read', async () => {
    const { page, api } = await start(long)
    await page.getByRole('article').first().waitFor()
    await page.mouse.move(700, 400)
    const release = api.hang('messages.page')
    const asked = () => api.calls.filter(({ name }) => name === 'messages.page').length
    const before = asked()
    // Up until the page before is wanted; it does not come yet.
    expect(before).toBe(1)
    for (let turn = 0; turn < 60 && asked() === before; turn++) {
      await page.mouse.wheel(0, -300)
      await settled(page)
    }
    expect(asked()).toBe(before + 1)
    const reading = await rowInSight(page)
    release()
    // A hundred messages are put above it …
    await expect.poll(async () => (await rowOf(page, reading.message))?.index).toBe(reading.index + 100)
    await settled(page)
    // … and it stands where it stood.
    const after = await rowOf(page, reading.message)
    expect(Math.abs((after?.top ?? Number.NaN) - reading.top)).toBeLessThanOrEqual(1)
  })

  it('a date leads to its first message, and from there both ways', async () => {
    const { page, api } = await start(long)
    await page.getByRole('article').first().waitFor()
    await page.getByRole('button', { name: 'Jump to date' }).click()
    await page.getByRole('textbox', { name: 'Date' }).fill('2020-03-05')
    await page.getByRole('button', { name: 'Go' }).click()
    await page.getByRole('heading', { name: 'Thursday 5 Mar 2020' }).waitFor()
    const asked = () =>
      api.calls.filter(({ name }) => name === 'messages.page').flatMap(({ input }) => Object.keys(input as object))
    for (const way of ['at', 'before', 'after']) await expect.poll(asked).toContain(way)
    await page.getByRole('button', { name: 'Newest' }).click()
    await page
      .getByRole('heading', { name: /Jul 2026$/ })
      .first()
      .waitFor()
  })

  it('new messages show at once while one reads the end, and wait while one reads elsewhere', async () => {
    const { page, api } = await start(member)
    await page.getByRole('article').first().waitFor()
    const chatId = chatOf(api)
    api.hear(chatId, 'Hello from the harbour')
    await page.getByRole('article').filter({ hasText: 'Hello from the harbour' }).waitFor()
    await page.mouse.move(700, 400)
    for (let turn = 0; turn < 5; turn++) await page.mouse.wheel(0, -1_000)
    await page.getByRole('button', { name: 'Newest' }).waitFor()
    await settled(page)
    const reading = await rowInSight(page)
    api.hear(chatId, 'Not in sight')
    await page.getByText('3,002 messages').waitFor()
    await settled(page)
    expect(await rowInSight(page)).toEqual(reading)
    expect(await page.getByRole('article').filter({ hasText: 'Not in sight' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Newest' }).click()
    await page.getByRole('article').filter({ hasText: 'Not in sight' }).waitFor()
  })

  it('arrow keys go from message to message, r replies, Escape lets it be', async () => {
    const { page } = await start(member)
    await page.getByRole('article').first().waitFor()
    const last = page.locator('article[tabindex="0"]')
    await last.focus()
    const name = () => page.evaluate(() => document.activeElement?.getAttribute('data-index'))
    const from = Number(await name())
    await page.keyboard.press('ArrowUp')
    await expect.poll(name).toBe(String(from - 1))
    await page.keyboard.press('k')
    await expect.poll(name).toBe(String(from - 2))
    await page.keyboard.press('r')
    await page.getByText(/^Reply to/).waitFor()
    expect(
      await page
        .getByRole('textbox', { name: 'Message #messenger' })
        .evaluate((field) => field === document.activeElement),
    ).toBe(true)
    await page.keyboard.press('Escape')
    expect(await page.getByText(/^Reply to/).count()).toBe(0)
  })
})

describe('a link to a community', () => {
  it('waits in the form until the person joins, and the address forgets it', async () => {
    const link = 'https://status.app/c#zQ3shfollowed'
    const { page, api } = await start(member, { hash: `#/join?link=${encodeURIComponent(link)}` })
    expect(await page.getByLabel('Community id or link').inputValue()).toBe(link)
    expect(api.calls.some(({ name }) => name === 'communities.join')).toBe(false)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.evaluate(() => location.hash)).toBe('#/')
  })
})

describe('settings', () => {
  it('are saved as they are chosen, and nodes are checked before', async () => {
    const { page, api } = await start(member, { hash: '#/settings' })
    await page.getByRole('radio', { name: 'Torrent' }).click()
    await expect
      .poll(() => api.calls.filter(({ name }) => name === 'settings.set').map(({ input }) => input))
      .toEqual([{ distribution: 'torrent' }])
    await page.getByLabel('One archive every').selectOption({ label: '1 day' })
    const nodes = page.getByLabel('Service nodes')
    await nodes.fill('node.example.org')
    expect(await page.getByText('is not a multiaddress').isVisible()).toBe(true)
    await nodes.fill('/dns4/node.example.org/tcp/443/wss/p2p/16Uiu2HAm')
    await page.getByRole('button', { name: 'Save nodes' }).click()
    await expect
      .poll(() => api.calls.filter(({ name }) => name === 'settings.set').map(({ input }) => input))
      .toEqual([
        { distribution: 'torrent' },
        { archiveInterval: 86_400_000 },
        { nodes: ['/dns4/node.example.org/tcp/443/wss/p2p/16Uiu2HAm'] },
      ])
    await expect.poll(() => page.getByRole('button', { name: 'Save nodes' }).isDisabled()).toBe(true)
  })

  it('choose a Codex node, warn of one on another computer, and show how it is', async () => {
    const node = {
      address: 'http://127.0.0.1:8080',
      version: 'v0.5.3',
      peerId: '16Uiu2HAmFake',
      spr: '',
      quota: 100,
      used: 7,
    }
    const well = { engine: 'codex', state: 'running', trouble: '', addresses: [], node } as const
    const { page, api } = await start({ ...member, engines: [well] }, { hash: '#/settings' })
    await page.getByRole('radio', { name: 'My own node' }).click()
    await page.getByText('7 B of 100 B taken').waitFor()
    const address = page.getByLabel('Address of the node')
    const save = page.getByRole('button', { name: 'Save node', exact: true })
    await address.fill('10.0.0.1')
    await page.getByText('An address is http://').waitFor()
    await address.fill('http://10.0.0.1:8080')
    await page.getByText('This node is on another computer').waitFor()
    expect(await save.isDisabled()).toBe(true)
    await page.getByRole('switch', { name: 'Use it all the same' }).click()
    await save.click()
    await expect
      .poll(() => api.calls.filter(({ name }) => name === 'settings.set').map(({ input }) => input))
      .toEqual([{ codexEngine: 'external' }, { codexNode: 'http://10.0.0.1:8080', codexNodeElsewhere: true }])
    api.emit('engines.changed', [{ ...well, trouble: 'The Codex node does not answer. Start it.' }])
    await page.getByText('The Codex node does not answer. Start it.').waitFor()
    await page.evaluate(() => {
      location.hash = '#/transfers'
    })
    await page.getByText('Codex carries nothing now').waitFor()
  })

  it('of the desktop are there on a desktop only', async () => {
    const { page, api } = await start({ ...member, mode: 'desktop' }, { hash: '#/settings' })
    await page.getByRole('switch', { name: 'Notifications' }).click()
    await page.getByRole('radio', { name: 'Always go on' }).click()
    await page.getByText('archives are fetched and shared further').waitFor()
    expect(api.calls.filter(({ name }) => name === 'desktop.configure').map(({ input }) => input)).toEqual([
      { notifications: false },
      { closeToTray: 'always' },
    ])
    const browser = await start(member, { hash: '#/settings' })
    await browser.page.getByRole('radio', { name: 'Torrent' }).waitFor()
    expect(await browser.page.getByRole('switch', { name: 'Notifications' }).count()).toBe(0)
  })

  it('the theme is kept', async () => {
    const { page } = await start(member, { hash: '#/settings' })
    await page.getByRole('radio', { name: 'Dark' }).click()
    expect(await page.evaluate(() => document.documentElement.className)).toBe('dark')
    await page.reload()
    await page.getByRole('radio', { name: 'Dark' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.className)).toBe('dark')
  })
})

describe('narrow screens', () => {
  it.each([360, 420, 640])('%i px: nothing is cut off, and everything can be reached', async (width) => {
    const { page } = await start(member, { viewport: { width, height: 720 } })
    await page.getByRole('article').first().waitFor()
    const overflows = () => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
    expect(await overflows()).toBe(false)
    await page.getByRole('button', { name: 'Communities and channels' }).click()
    await page.getByRole('dialog').getByRole('link', { name: 'History' }).click()
    await page.getByRole('grid').waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await overflows()).toBe(false)
  })
})

describe('when the server goes away', () => {
  it('the page says so, keeps what it shows, and learns that a new server does not know it', async () => {
    const { page, api, server } = await start(member)
    await page.getByRole('article').first().waitFor()
    await server.close()
    await page.getByText('Chronicle does not answer. Trying again').waitFor()
    expect(await page.getByRole('article').first().isVisible()).toBe(true)
    const next = await serve({ api, assets: new Map(), port: server.port, log: () => {}, clock: systemClock })
    await page.getByText('Chronicle was started anew. Open the newest sign-in link').waitFor()
    await next.close()
  })
})

function chatOf(api: FakeApi): ChatId {
  const call = api.calls.find(({ name }) => name === 'messages.page')
  return requests['messages.page'].input.parse(call?.input).chatId
}
