/** Chromium over a DevTools pipe, with the port open too: through it Playwright looks at the same pages. */
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Readable, Writable } from 'node:stream'

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
  readonly sessionId?: string
}

interface Pending {
  readonly method: string
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

const flags = [
  '--headless=new',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-features=Translate,MediaRouter,OptimizationHints',
  '--password-store=basic',
  '--use-mock-keychain',
  '--force-color-profile=srgb',
  // A desktop has a mouse; without a display Chromium believes in none.
  '--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4',
  '--no-startup-window',
  '--remote-debugging-pipe',
  '--remote-debugging-port=0',
]

class Chromium {
  readonly #events = new EventEmitter().setMaxListeners(0)
  readonly #pending = new Map<number, Pending>()
  readonly #process: ChildProcess
  readonly #input: Writable
  #isGone = false
  #lastId = 0

  constructor() {
    const profile = mkdtempSync(path.join(os.tmpdir(), 'electron-stub-'))
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const command = process.env.ELECTRON_STUB_CHROMIUM ?? 'chromium'
    this.#process = spawn(command, [...flags, ...sandbox, `--user-data-dir=${profile}`], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    })
    this.#process.stderr?.on('data', (chunk) => this.#repeatAddress(String(chunk)))
    this.#process.on('error', (error) => {
      console.error(`[electron-stub] ${error.message}`)
      process.exit(1)
    })
    this.#process.on('exit', () => {
      this.#isGone = true
      rmSync(profile, { recursive: true, force: true, maxRetries: 3 })
    })
    this.#input = this.#process.stdio[3] as Writable
    this.#read(this.#process.stdio[4] as Readable)
  }

  /** @throws if Chromium refuses, or is gone. */
  send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    if (this.#isGone) return Promise.reject(new Error('Chromium has ended.'))
    const id = ++this.#lastId
    return new Promise<T>((resolve, reject) => {
      // The caller knows the protocol: what this method answers.
      this.#pending.set(id, { method, resolve: (result) => resolve(result as T), reject })
      this.#input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    })
  }

  on<T>(method: string, listener: (params: T) => void, sessionId = ''): void {
    this.#events.on(`${sessionId}:${method}`, listener)
  }

  /** Ends it; resolves when it has. */
  close(): Promise<void> {
    if (this.#isGone) return Promise.resolve()
    const gone = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()))
    this.send('Browser.close').catch(() => {})
    setTimeout(() => this.#process.kill('SIGKILL'), 3_000).unref()
    return gone
  }

  /** Playwright waits for this line to know where to connect. */
  #repeatAddress(text: string): void {
    for (const line of text.split('\n')) if (line.startsWith('DevTools listening')) process.stderr.write(`${line}\n`)
  }

  #read(output: Readable): void {
    let rest = ''
    output.setEncoding('utf8')
    output.on('data', (chunk: string) => {
      const frames = (rest + chunk).split('\0')
      rest = frames.pop() ?? ''
      for (const frame of frames) this.#receive(JSON.parse(frame) as Message)
    })
  }

  #receive({ id, method, params, result, error, sessionId = '' }: Message): void {
    if (id === undefined) {
      this.#events.emit(`${sessionId}:${method}`, params)
      return
    }
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (error) pending?.reject(new Error(`${pending.method}: ${error.message}`))
    else pending?.resolve(result)
  }
}

export const chromium = new Chromium()
