/** The desktop's walls, tried from inside the page and from the main process. */
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

/** What the page's own scripts see; typed here, since the page's types are not the test's. */
interface Bridge {
  request(name: unknown, input?: unknown): Promise<{ ok: boolean; error?: { code: string } }>
  subscribe(name: string, listener: () => void): () => void
}

describe('the page', () => {
  it('has the bridge and nothing else of Electron or Node', async () => {
    const seen = await page.evaluate(() => {
      const world = globalThis as unknown as Record<string, unknown>
      return {
        known: ['require', 'process', 'module', 'Buffer', 'ipcRenderer', 'electron', '__electronStubSend'].filter(
          (name) => typeof world[name] !== 'undefined',
        ),
        bridge: Object.keys(world.chronicle as object),
        isFrozen: Object.isFrozen(world.chronicle),
      }
    })
    expect(seen).toEqual({ known: [], bridge: ['request', 'subscribe'], isFrozen: true })
  })

  it('is refused what the contract does not know or allow', async () => {
    const codes = await page.evaluate(async () => {
      const { chronicle } = globalThis as unknown as { chronicle: Bridge }
      const replies = [
        await chronicle.request('__proto__'),
        await chronicle.request('no.such'),
        await chronicle.request(42),
        await chronicle.request('profiles.create', { name: '', password: '' }),
        await chronicle.request('communities.list'),
      ]
      return replies.map((reply) => reply.error?.code)
    })
    expect(codes).toEqual(['unknown-request', 'unknown-request', 'unknown-request', 'bad-input', 'not-logged-in'])
  })

  it('may neither evaluate text, run an inline script, style from text, nor connect anywhere', async () => {
    const result = await page.evaluate(async () => {
      const world = globalThis as unknown as Record<string, unknown>
      // The developer tools may evaluate; a timer leaves their call.
      const evaluated = await new Promise((resolve) => {
        setTimeout(() => {
          try {
            const evaluate = world.eval as (text: string) => unknown
            evaluate('1')
            resolve('ran')
          } catch (error) {
            resolve(error instanceof Error ? error.name : 'threw')
          }
        }, 0)
      })
      const inserted = (): string => {
        try {
          const script = document.createElement('script')
          script.textContent = 'globalThis.pwned = true'
          document.body.append(script)
          return world.pwned ? 'ran' : 'blocked'
        } catch {
          return 'blocked'
        }
      }
      const made = (): string => {
        try {
          document.createElement('div').innerHTML = '<b>x</b>'
          return 'made'
        } catch {
          return 'blocked'
        }
      }
      const fetched = await fetch('https://example.invalid/').then(
        () => 'read',
        () => 'blocked',
      )
      const socket = await new Promise((resolve) => {
        try {
          const opening = new WebSocket('ws://127.0.0.1:9/')
          opening.onopen = () => resolve('open')
          opening.onerror = () => resolve('blocked')
        } catch {
          resolve('blocked')
        }
      })
      return { evaluated, inline: inserted(), html: made(), fetched, socket }
    })
    expect(result).toMatchObject({ inline: 'blocked', html: 'blocked', fetched: 'blocked', socket: 'blocked' })
    expect(result.evaluated).not.toBe('ran')
    // Every one of these was reported; nothing else was.
    expect(
      complaints.filter((line) => !/Content Security Policy|TrustedHTML|TrustedScript|Trusted Type/i.test(line)),
    ).toEqual([])
    complaints.length = 0
  })
})

describe('the window', () => {
  it('stays on its page; safe links go to the system, others nowhere', async () => {
    const before = page.url()
    await app.evaluate(({ shell }) => {
      const opened: string[] = []
      Object.assign(shell, { seen: opened, openExternal: async (url: string) => void opened.push(url) })
    })
    const opened = () => app.evaluate(({ shell }) => (shell as unknown as { seen: string[] }).seen)
    await page.evaluate(() => {
      for (const [id, href, target] of [
        ['same', 'https://example.invalid/same', ''],
        ['blank', 'https://example.invalid/blank', '_blank'],
        ['plain', 'http://example.invalid/plain', ''],
        ['file', 'http://user:pass@example.invalid/', '_blank'],
      ] as const) {
        const link = document.createElement('a')
        Object.assign(link, { id, href, target, textContent: id })
        document.body.prepend(link)
      }
    })
    for (const id of ['same', 'blank', 'plain', 'file'])
      await page.locator(`#${id}`).click({ noWaitAfter: true, force: true })
    await expect.poll(opened).toEqual(['https://example.invalid/same', 'https://example.invalid/blank'])
    expect(page.url()).toBe(before)
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
    await page.reload()
    await page.getByRole('heading', { name: 'Who are you here?' }).waitFor()
  })

  it('has the hardened preferences', async () => {
    const preferences = await app.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows()
      const contents = window?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> }
      return contents.getLastWebPreferences()
    })
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    })
  })

  it.runIf(!process.env.CHRONICLE_ELECTRON)('denies permissions, and put the whole app into the sandbox', async () => {
    const answers = await app.evaluate(({ app: running, session }) => {
      const { permissionRequest, permissionCheck, devicePermission } = session.defaultSession as unknown as {
        permissionRequest(
          c: null,
          permission: string,
          answer: (ok: boolean) => void,
          d: { requestingUrl: string },
        ): void
        permissionCheck(c: null, permission: string, origin: string): boolean
        devicePermission(): boolean
      }
      const asked: boolean[] = []
      for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read'])
        permissionRequest(null, permission, (ok) => asked.push(ok), { requestingUrl: 'app://chronicle/' })
      return {
        asked,
        checked: permissionCheck(null, 'media', 'app://chronicle/'),
        copy: permissionCheck(null, 'clipboard-sanitized-write', 'app://chronicle/'),
        device: devicePermission(),
        isSandboxed: (running as unknown as { isSandboxed: boolean }).isSandboxed,
      }
    })
    expect(answers).toEqual({
      asked: [false, false, false, false],
      checked: false,
      copy: true,
      device: false,
      isSandboxed: true,
    })
  })

  it('finds nothing outside the interface’s folder', async () => {
    const statuses = await page.evaluate(async () => {
      const paths = ['/..%2f..%2fpackage.json', '/../main/electron.js', '/assets/..%5c..%5cx', '/nothing']
      // Loading as an image is allowed by the policy where a fetch is not.
      return Promise.all(
        paths.map(
          (path) =>
            new Promise((resolve) => {
              const image = new Image()
              image.onload = () => resolve('loaded')
              image.onerror = () => resolve('nothing')
              image.src = path
            }),
        ),
      )
    })
    expect(new Set(statuses)).toEqual(new Set(['nothing']))
  })
})
