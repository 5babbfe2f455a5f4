/** `BrowserWindow`: a frame around web contents, and what happens when a page opens another. */
import { EventEmitter } from 'node:events'
import { app } from './app.ts'
import { chromium } from './chromium.ts'
import { WebContents, type WebPreferences } from './contents.ts'
import { createEvent } from './event.ts'
import { fromWire } from './protocol.ts'

interface WindowOptions {
  readonly x?: number
  readonly y?: number
  readonly width?: number
  readonly height?: number
  readonly show?: boolean
  readonly webPreferences?: WebPreferences
  readonly [name: string]: unknown
}

interface Target {
  readonly targetId: string
  readonly type: string
  readonly url: string
  readonly openerId?: string
}

const windows = new Set<BrowserWindow>()
const defaults: WebPreferences = { contextIsolation: true, sandbox: true, nodeIntegration: false }

export class BrowserWindow extends EventEmitter {
  readonly webContents: WebContents
  readonly options: WindowOptions
  #isVisible: boolean
  #isMinimized = false
  #isMaximized = false
  #isFocused = false
  readonly #bounds: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

  constructor(options: WindowOptions = {}) {
    super()
    if (!app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready')
    this.options = options
    this.#isVisible = options.show !== false
    const { x = 0, y = 0, width = 800, height = 600 } = options
    this.#bounds = { x, y, width, height }
    this.webContents = new WebContents({ ...defaults, ...options.webPreferences }, { width, height })
    this.webContents.ready.catch((error) => console.error('[electron-stub]', error))
    this.webContents.once('dom-ready', () => this.emit('ready-to-show', createEvent({})))
    this.webContents.on('close-requested', () => this.close())
    windows.add(this)
    app.emit('web-contents-created', createEvent({}), this.webContents)
  }

  static getAllWindows = (): BrowserWindow[] => [...windows]
  static fromWebContents = (contents: WebContents | null): BrowserWindow | null =>
    [...windows].find((window) => window.webContents === contents) ?? null

  loadURL = (url: string): Promise<void> => this.webContents.loadURL(url)
  isDestroyed = (): boolean => !windows.has(this)
  isVisible = (): boolean => this.#isVisible
  isMinimized = (): boolean => this.#isMinimized
  isMaximized = (): boolean => this.#isMaximized
  isFocused = (): boolean => this.#isFocused
  getNormalBounds = () => ({ ...this.#bounds })

  /** Shown windows have the focus, too. */
  show(): void {
    this.#isVisible = true
    this.focus()
  }

  hide(): void {
    this.#isVisible = false
    this.blur()
  }

  blur(): void {
    this.#isFocused = false
    this.emit('blur', createEvent({}))
  }

  maximize(): void {
    this.#isMaximized = true
  }

  minimize(): void {
    this.#isMinimized = true
  }

  restore(): void {
    this.#isMinimized = false
  }

  focus(): void {
    this.#isFocused = true
    this.emit('focus', createEvent({}))
  }

  close(): void {
    const event = createEvent({})
    this.emit('close', event)
    if (!event.defaultPrevented) this.destroy()
  }

  destroy(): void {
    const { targetId, ready } = this.webContents
    if (!this.isDestroyed()) void ready.then(() => chromium.send('Target.closeTarget', { targetId })).catch(() => {})
    this.gone()
  }

  /** Closed, by whomever. */
  gone(): void {
    if (!windows.delete(this)) return
    this.webContents.isGone = true
    this.emit('closed', createEvent({}))
    if (windows.size > 0) return
    if (app.listenerCount('window-all-closed') > 0) app.emit('window-all-closed')
    else app.quit()
  }
}

export const webContents = {
  fromDevToolsTargetId: (id: string): WebContents | undefined =>
    [...windows].find((window) => window.webContents.targetId === id)?.webContents,
}

const seen = new Set<string>()

/** A page opened another: the app decides, and Chromium's own try at it is closed. */
function considerPopup({ targetId, type, url, openerId }: Target): void {
  const opener = openerId === undefined ? undefined : webContents.fromDevToolsTargetId(openerId)
  // It is reported first without an address, then with one.
  if (!opener || type !== 'page' || seen.has(targetId) || url === '' || url === 'about:blank') return
  seen.add(targetId)
  const wanted = fromWire(url)
  const { action } = opener.openHandler({ url: wanted })
  void chromium.send('Target.closeTarget', { targetId }).catch(() => {})
  if (action === 'allow') void new BrowserWindow().loadURL(wanted).catch(() => {})
}

chromium.on<{ targetInfo: Target }>('Target.targetCreated', ({ targetInfo }) => considerPopup(targetInfo))
chromium.on<{ targetInfo: Target }>('Target.targetInfoChanged', ({ targetInfo }) => considerPopup(targetInfo))
chromium.on<{ targetId: string }>('Target.targetDestroyed', ({ targetId }) => {
  for (const window of windows) if (window.webContents.targetId === targetId) window.gone()
})
app.windows.closeAll = () => {
  // Each tells its listeners; the last one must not quit again.
  for (const window of [...windows]) {
    const event = createEvent({})
    window.emit('close', event)
    if (event.defaultPrevented) return false
    windows.delete(window)
    window.webContents.isGone = true
  }
  return true
}
