/**
 * The two ways to the same interface: the desktop app and the headless server, both as built. A spec that takes a
 * surface runs on either. CHRONICLE_ELECTRON names a real Electron; without it the stand-in is started.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, chromium, type ElectronApplication, _electron as electron, type Page } from 'playwright-core'
import { findBrowser } from '../support/browser.ts'

const root = path.resolve(import.meta.dirname, '../..')

export interface Surface {
  readonly page: Page
  /** Errors and warnings that the page wrote: a spec ends with none. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

export type OpenSurface = (home: string) => Promise<Surface>

/** A data folder of its own, removed by `remove`. */
export async function createHome(): Promise<{ readonly home: string; remove(): Promise<void> }> {
  const home = await mkdtemp(path.join(tmpdir(), 'chronicle-e2e-'))
  return { home, remove: () => rm(home, { recursive: true, force: true, maxRetries: 5 }) }
}

export async function launchBrowser(): Promise<Browser> {
  const { executablePath, args, env } = await findBrowser()
  return chromium.launch({ executablePath, args: [...args], env: { ...env } })
}

/** Collects what the page complains about. */
export function listen(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`))
  return complaints
}

export interface Daemon {
  /** The sign-in link, to be used once. */
  readonly url: string
  /** Another one. */
  nextLink(): Promise<string>
  /** Resolves with its exit code. */
  stop(): Promise<number | null>
}

/** The built headless server on a port of its own. */
export async function startDaemon(home: string): Promise<Daemon> {
  const child = spawn(process.execPath, ['out/main/headless.js', '--json', '--folder', home], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLink = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('The server ended before it printed a link.')
    return (JSON.parse(value) as { url: string }).url
  }
  return {
    url: await nextLink(),
    nextLink: () => {
      child.kill('SIGUSR2')
      return nextLink()
    },
    stop: () => ended(child),
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode)
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  return exit
}

export const openHeadless: OpenSurface = async (home) => {
  const daemon = await startDaemon(home)
  const browser = await launchBrowser()
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  const complaints = listen(page)
  await page.goto(daemon.url)
  return {
    page,
    complaints,
    async close() {
      await browser.close()
      const code = await daemon.stop()
      if (code !== 0) throw new Error(`The server ended with exit code ${code}.`)
    },
  }
}

export async function launchDesktop(home: string, words: readonly string[] = []): Promise<ElectronApplication> {
  const real = process.env.CHRONICLE_ELECTRON
  const { executablePath } = await findBrowser()
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value
  return electron.launch({
    executablePath: real ?? path.join(root, 'test/electron-stub/electron'),
    args: [root, ...words],
    cwd: root,
    env: {
      ...env,
      CHRONICLE_HOME: home,
      ELECTRON_STUB_NODE: process.execPath,
      ELECTRON_STUB_CHROMIUM: executablePath,
    },
  })
}

export const openDesktop: OpenSurface = async (home) => {
  const app = await launchDesktop(home)
  const page = await app.firstWindow()
  const complaints = listen(page)
  return { page, complaints, close: () => app.close() }
}
