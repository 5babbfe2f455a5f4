/** `WebContents`: one page of Chromium, with the preload script in an isolated world and every request intercepted. */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { chromium } from './chromium.ts'
import { createEvent } from './event.ts'
import { ipcMain } from './ipc.ts'
import { createCloner } from './page.ts'
import { isolatedWorld, pageScript, preloadScript, receiveName, sendBinding } from './page-script.ts'
import { fromWire, handlerOf, toWire } from './protocol.ts'
import { type Session, session } from './session.ts'

export interface WebPreferences {
  readonly preload?: string
  readonly sandbox?: boolean
  readonly contextIsolation?: boolean
  readonly nodeIntegration?: boolean
  readonly [name: string]: unknown
}

export type OpenHandler = (details: { readonly url: string }) => { readonly action: 'allow' | 'deny' }

interface Invocation {
  readonly id: number
  readonly channel: string
  readonly args: unknown[]
}

interface PausedRequest {
  readonly requestId: string
  readonly resourceType: string
  readonly frameId: string
  readonly redirectedRequestId?: string
  readonly request: { readonly url: string; readonly method: string; readonly headers: Record<string, string> }
}

const cloner = createCloner(null, null)
let lastId = 0

export class WebContents extends EventEmitter {
  readonly id = ++lastId
  readonly session: Session = session.defaultSession
  readonly mainFrame = { url: '', parent: null }
  readonly preferences: WebPreferences
  targetId = ''
  openHandler: OpenHandler = () => ({ action: 'allow' })
  isGone = false
  readonly ready: Promise<void>
  #sessionId = ''
  #isLoading = false
  /** Contexts of the isolated world: those whose messages count. */
  readonly #isolated = new Set<number>()

  constructor(preferences: WebPreferences, size: { readonly width: number; readonly height: number }) {
    super()
    this.preferences = preferences
    if (preferences.contextIsolation === false || preferences.nodeIntegration === true)
      throw new Error('The stand-in has only isolated windows without Node.')
    this.ready = this.#create(size)
  }

  getURL = (): string => this.mainFrame.url
  isDestroyed = (): boolean => this.isGone
  getLastWebPreferences = (): WebPreferences => ({ ...this.preferences })

  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler
  }

  send(channel: string, ...args: unknown[]): void {
    if (this.isGone) throw new TypeError('Object has been destroyed')
    for (const context of this.#isolated) void this.#deliver(context, { kind: 'event', channel, args })
  }

  async loadURL(url: string): Promise<void> {
    await this.ready
    this.#isLoading = true
    try {
      const loaded = new Promise<void>((resolve) => this.once('did-finish-load', () => resolve()))
      const { errorText } = await this.#ask<{ errorText?: string }>('Page.navigate', { url: toWire(url) })
      if (errorText) throw new Error(`${errorText} loading '${url}'`)
      await loaded
    } finally {
      this.#isLoading = false
    }
  }

  reload(): void {
    void this.#ask('Page.reload')
  }

  readonly navigationHistory = {
    goBack: (): void => void this.#goBy(-1),
    goForward: (): void => void this.#goBy(1),
  }

  async #goBy(steps: number): Promise<void> {
    const history = await this.#ask<{ currentIndex: number; entries: { id: number }[] }>('Page.getNavigationHistory')
    const entry = history.entries[history.currentIndex + steps]
    if (entry) await this.#ask('Page.navigateToHistoryEntry', { entryId: entry.id })
  }

  /** Asked for by Playwright when a test closes the page. */
  close(): void {
    this.emit('close-requested')
  }

  #ask = <T>(method: string, params: object = {}): Promise<T> => chromium.send<T>(method, params, this.#sessionId)

  async #create(size: { readonly width: number; readonly height: number }): Promise<void> {
    const created = { url: 'about:blank', newWindow: true, ...size }
    const { targetId } = await chromium.send<{ targetId: string }>('Target.createTarget', created)
    this.targetId = targetId
    const attached = { targetId, flatten: true }
    const { sessionId } = await chromium.send<{ sessionId: string }>('Target.attachToTarget', attached)
    this.#sessionId = sessionId
    this.#listen()
    await this.#ask('Page.enable')
    await this.#ask('Runtime.enable')
    await this.#ask('Runtime.addBinding', { name: sendBinding, executionContextName: isolatedWorld })
    const channel = randomUUID()
    const { preload, sandbox } = this.preferences
    if (preload && sandbox !== false && preload.endsWith('.mjs'))
      throw new Error('A preload script in a sandbox cannot be an ES module.')
    const addScript = 'Page.addScriptToEvaluateOnNewDocument'
    await this.#ask(addScript, { source: pageScript(channel) })
    if (preload)
      await this.#ask(addScript, {
        worldName: isolatedWorld,
        source: preloadScript(channel, readFileSync(preload, 'utf8')),
      })
    await this.#ask('Fetch.enable', { patterns: [{ urlPattern: '*', requestStage: 'Request' }] })
  }

  #listen(): void {
    const on = <T>(method: string, listener: (params: T) => void): void =>
      chromium.on(method, listener, this.#sessionId)
    on<{ context: { id: number; name: string; auxData: { frameId: string } } }>(
      'Runtime.executionContextCreated',
      ({ context }) => {
        if (context.name === isolatedWorld && context.auxData.frameId === this.targetId) this.#isolated.add(context.id)
      },
    )
    on<{ executionContextId: number }>('Runtime.executionContextDestroyed', ({ executionContextId }) =>
      this.#isolated.delete(executionContextId),
    )
    on('Runtime.executionContextsCleared', () => this.#isolated.clear())
    on<{ name: string; payload: string; executionContextId: number }>('Runtime.bindingCalled', (call) => {
      if (call.name === sendBinding && this.#isolated.has(call.executionContextId))
        void this.#invoke(cloner.unpack(call.payload) as Invocation, call.executionContextId)
    })
    on<{ frame: { parentId?: string; url: string } }>('Page.frameNavigated', ({ frame }) => {
      if (!frame.parentId) this.mainFrame.url = fromWire(frame.url)
    })
    on('Page.domContentEventFired', () => this.emit('dom-ready', createEvent({})))
    on('Page.loadEventFired', () => {
      if (this.mainFrame.url !== 'about:blank') this.emit('did-finish-load', createEvent({}))
    })
    on<PausedRequest>('Fetch.requestPaused', (paused) => void this.#intercept(paused).catch(() => {}))
  }

  async #invoke({ id, channel, args }: Invocation, context: number): Promise<void> {
    const event = { sender: this, senderFrame: this.mainFrame, processId: 1, frameId: 1 }
    try {
      const handler = ipcMain.handlers.get(channel)
      if (!handler) throw new Error(`No handler registered for '${channel}'`)
      await this.#deliver(context, { kind: 'reply', id, ok: true, value: await handler(event, ...args) })
    } catch (error) {
      console.error(`Error occurred in handler for '${channel}':`, error)
      const value = new Error(`Error invoking remote method '${channel}': ${error}`)
      await this.#deliver(context, { kind: 'reply', id, ok: false, value })
    }
  }

  async #deliver(contextId: number, frame: object): Promise<void> {
    const expression = `${receiveName}(${JSON.stringify(cloner.pack(frame))})`
    // The document may have gone meanwhile, and with it who would have listened.
    await this.#ask('Runtime.evaluate', { contextId, expression }).catch(() => {})
  }

  async #intercept({ requestId, resourceType, frameId, redirectedRequestId, request }: PausedRequest): Promise<void> {
    const url = fromWire(request.url)
    const fail = (errorReason: string): Promise<void> => this.#ask('Fetch.failRequest', { requestId, errorReason })
    if (resourceType === 'Document' && frameId === this.targetId && !this.#isLoading) {
      const event = createEvent({ url, isMainFrame: true })
      this.emit(redirectedRequestId ? 'will-redirect' : 'will-navigate', event, url)
      if (event.defaultPrevented) return fail('Aborted')
    }
    if (!(await this.session.isAllowed(url))) return fail('BlockedByClient')
    const handler = handlerOf(url)
    // What goes past the app's own schemes would leave the machine: there is no network here.
    if (!handler)
      return url.startsWith('data:') ? this.#ask('Fetch.continueRequest', { requestId }) : fail('InternetDisconnected')
    const response = await handler(new Request(url, { method: request.method, headers: request.headers }))
    await this.#ask('Fetch.fulfillRequest', {
      requestId,
      responseCode: response.status,
      responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
      body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    })
  }
}
