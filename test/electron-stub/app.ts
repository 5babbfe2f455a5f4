/** `app`: start and end of the program, in Electron's order. */
import { EventEmitter } from 'node:events'
import { mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { chromium } from './chromium.ts'
import { createEvent } from './event.ts'
import type { Manifest } from './manifest.ts'

declare global {
  /** Playwright calls it when it has connected; until then the app is held. */
  var __playwright_run: (() => void) | undefined
}

function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open: () => open() }
}

class App extends EventEmitter {
  readonly isPackaged = false
  isSandboxed = false
  #manifest: Manifest = { name: 'app', version: '0.0.0', main: '' }
  #userData = path.join(os.tmpdir(), 'electron-stub-data')
  #isReady = false
  readonly #ready = gate()
  readonly #loaded = gate()
  /** Filled by window.ts, which cannot be imported here. */
  readonly windows = { closeAll: (): boolean => true }
  /** Kept for a test to look at. */
  readonly protocolClients: string[] = []
  #openAtLogin = false

  constructor() {
    super()
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.quit())
    void this.#start()
  }

  async #start(): Promise<void> {
    await chromium.send('Target.setDiscoverTargets', { discover: true })
    const released = new Promise<void>((resolve) => {
      if (process.env.ELECTRON_STUB_HELD) globalThis.__playwright_run = resolve
      else resolve()
    })
    // As in Electron: ready comes only after the main module has been evaluated.
    await Promise.all([this.#loaded.passed, released])
    mkdirSync(this.#userData, { recursive: true })
    this.#isReady = true
    this.#ready.open()
    this.emit('ready', createEvent({}))
  }

  appCodeIsLoaded(): void {
    this.#loaded.open()
  }

  setManifest(manifest: Manifest): void {
    this.#manifest = manifest
  }

  whenReady = (): Promise<void> => this.#ready.passed
  isReady = (): boolean => this.#isReady
  getVersion = (): string => this.#manifest.version
  getName = (): string => this.#manifest.name

  getPath(name: string): string {
    if (name !== 'userData') throw new Error(`The stand-in has no path '${name}'.`)
    return this.#userData
  }

  setPath(name: string, value: string): void {
    if (name === 'userData') this.#userData = value
  }

  getAppPath = (): string => path.resolve(process.argv[1] ?? '.')

  /** Of Windows alone; elsewhere it does nothing. */
  setAppUserModelId(_id: string): void {}

  setAsDefaultProtocolClient(scheme: string): boolean {
    this.protocolClients.push(scheme)
    return true
  }

  getLoginItemSettings = (): { openAtLogin: boolean } => ({ openAtLogin: this.#openAtLogin })

  setLoginItemSettings({ openAtLogin }: { openAtLogin: boolean }): void {
    this.#openAtLogin = openAtLogin
  }

  requestSingleInstanceLock = (): boolean => true

  enableSandbox(): void {
    if (this.#isReady) throw new Error('app.enableSandbox() can only be called before app is ready.')
    this.isSandboxed = true
  }

  quit(): void {
    const before = createEvent({})
    this.emit('before-quit', before)
    if (before.defaultPrevented) return
    // A window that stays open calls it off.
    if (!this.windows.closeAll()) return
    const last = createEvent({})
    this.emit('will-quit', last)
    if (!last.defaultPrevented) this.exit(0)
  }

  exit(code = 0): void {
    this.emit('quit', createEvent({}), code)
    void chromium.close().then(() => process.exit(code))
  }
}

export const app = new App()
