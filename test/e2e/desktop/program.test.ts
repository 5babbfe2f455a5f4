/** The desktop program around its page: links, menu, tray, what closing means, and what is there the next time. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { ElectronApplication, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHome, launchDesktop, listen } from '../surfaces.ts'

let home: Awaited<ReturnType<typeof createHome>>
let app: ElectronApplication
let page: Page
let complaints: string[]

beforeAll(async () => {
  home = await createHome()
  app = await launchDesktop(home.home)
  page = await app.firstWindow()
  complaints = listen(page)
  await page.getByRole('heading', { name: 'Who are you here?' }).waitFor()
})
afterAll(async () => {
  await app?.close()
  await home?.remove()
})

const community = `0x02${'ab'.repeat(32)}`
const hash = () => page.evaluate(() => location.hash)
const isVisible = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())
const startAgain = (...words: string[]) =>
  app.evaluate(({ app: running }, argv) => {
    running.emit('second-instance', {}, argv)
  }, words)
const ask = (name: string, input?: unknown) =>
  page.evaluate(
    ([request, value]) => {
      const { chronicle } = globalThis as unknown as { chronicle: { request(n: unknown, v: unknown): unknown } }
      return chronicle.request(request, value) as Promise<{ ok: boolean; value: Record<string, unknown> }>
    },
    [name, input] as const,
  )

/** What a person clicks, by the words on it. */
const clickMenu = (label: string) =>
  app.evaluate(({ Menu }, wanted) => {
    const top = Menu.getApplicationMenu()?.items ?? []
    const below = top.flatMap((item) => ((item as { submenu?: unknown }).submenu ?? []) as Electron.MenuItem[])
    const items = below.flatMap((item) => ('items' in item ? (item.items as Electron.MenuItem[]) : [item]))
    items.find((item) => item.label === wanted)?.click()
  }, label)

describe('a link from outside', () => {
  it('leads the program that runs already to its place', async () => {
    await startAgain('/opt/chronicle', `chronicle://c/${community}/history`)
    await expect.poll(hash).toBe(`#/c/${community}/history`)
  })

  it('of a community waits for the person, who is not even logged in', async () => {
    await startAgain('/opt/chronicle', 'https://status.app/c#zQ3shabc')
    await expect.poll(hash).toBe(`#/join?link=${encodeURIComponent('https://status.app/c#zQ3shabc')}`)
  })

  it('of anything else leads nowhere', async () => {
    const before = await hash()
    await startAgain('/opt/chronicle', 'https://evil.example/', 'chronicle://c/nonsense', 'app://chronicle/#/settings')
    expect(await hash()).toBe(before)
  })
})

describe('the menu and the tray', () => {
  it('lead to the places of the program', async () => {
    await clickMenu('Network')
    await expect.poll(hash).toBe('#/network')
    await clickMenu('Settings…')
    await expect.poll(hash).toBe('#/settings')
    await clickMenu('Back')
    await expect.poll(hash).toBe('#/network')
    await clickMenu('Forward')
    await expect.poll(hash).toBe('#/settings')
  })

  it.runIf(!process.env.CHRONICLE_ELECTRON)('say what moves', async () => {
    const tray = await app.evaluate(({ Tray }) => {
      const [one] = (
        Tray as unknown as { all: { toolTip: string; menu: Electron.Menu; image: Electron.NativeImage }[] }
      ).all
      one?.menu.items[0]?.click()
      return { words: one?.toolTip, hasPicture: one?.image.isEmpty() === false }
    })
    expect(tray).toEqual({ words: 'Chronicle: Nothing is transferred', hasPicture: true })
    await expect.poll(hash).toBe('#/transfers')
  })
})

describe('a start with --profile', () => {
  const windows = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)

  it('opens a further window for it, with a node of its own, and a second one brings that to the front', async () => {
    const password = 'correct horse battery'
    for (const name of ['Ines', 'Jo']) await ask('profiles.create', { name, password })
    const opened = app.waitForEvent('window')
    await startAgain('/opt/chronicle', '--profile', 'Jo')
    const further = await opened
    const said = listen(further)
    await further.getByRole('heading', { name: 'Welcome back, Jo' }).waitFor()
    await further.getByLabel('Password', { exact: true }).fill(password)
    await further.keyboard.press('Enter')
    await further.getByRole('heading', { name: 'No community yet' }).waitFor()
    // The first window has a node of its own, in which nobody is logged in.
    expect(await ask('app.info')).toMatchObject({ value: { profile: null } })
    expect(said).toEqual([])
    await startAgain('/opt/chronicle', '--profile=Jo')
    expect(await windows()).toBe(2)

    // Closed, it gives the profile back: it can be logged in elsewhere.
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[1]?.close())
    await expect.poll(windows).toBe(1)
    const list = (await ask('profiles.list')) as unknown as { value: { id: string; name: string }[] }
    const id = list.value.find(({ name }) => name === 'Jo')?.id
    await expect.poll(async () => (await ask('profiles.login', { id, password })).ok, { timeout: 20_000 }).toBe(true)
    await ask('profiles.logout')
  })
})

describe('closing the window', () => {
  it('leaves the program in the tray if it is told so, and a second start brings it back', async () => {
    expect(await ask('desktop.settings')).toMatchObject({ value: { closeToTray: 'owners', updates: null } })
    const { value } = await ask('desktop.configure', { closeToTray: 'always', notifications: false })
    expect(value).toMatchObject({ closeToTray: 'always', notifications: false })
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
    await expect.poll(isVisible).toBe(false)
    await startAgain('/opt/chronicle')
    await expect.poll(isVisible).toBe(true)
  })

  it('ends it where nobody needs it, and the next start finds the window and the choices as they were', async () => {
    await ask('desktop.configure', { closeToTray: 'never' })
    const ended = new Promise((resolve) => app.process().once('exit', resolve))
    await app.evaluate(({ BrowserWindow }) => setTimeout(() => BrowserWindow.getAllWindows()[0]?.close(), 0))
    expect(await ended).toBe(0)
    expect(complaints).toEqual([])
    const read = async (file: string): Promise<unknown> =>
      JSON.parse(await readFile(path.join(home.home, 'desktop', file), 'utf8'))
    expect(await read('window.json')).toMatchObject({ bounds: { width: 1280, height: 800 }, maximized: false })
    expect(await read('desktop.json')).toEqual({ closeToTray: 'never', notifications: false, updates: false })
  })
})

describe('a start by a link', () => {
  it('begins at its place', async () => {
    app = await launchDesktop(home.home, [`chronicle://c/${community}`])
    page = await app.firstWindow()
    await page.getByRole('heading', { name: 'Who are you here?' }).waitFor()
    expect(await hash()).toBe(`#/c/${community}`)
    expect(await ask('desktop.settings')).toMatchObject({ value: { closeToTray: 'never', notifications: false } })
  })
})
