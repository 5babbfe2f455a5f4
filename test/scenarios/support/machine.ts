/** A machine of a scenario as its test holds it: a process, the requests it answers, the events it tells of. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Transport } from '../../../src/shared/client.ts'
import type { Reply } from '../../../src/shared/contract.ts'
import type { FromChild, Machine, ToChild } from './words.ts'

const child = fileURLToPath(new URL('./machine-child.ts', import.meta.url))
/** Processes that a failed test left behind. */
const alive = new Set<ChildProcess>()
process.once('exit', () => {
  for (const process_ of alive) process_.kill('SIGKILL')
})

type Listener = (payload: unknown) => void

export class MachineProcess implements Transport {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>()
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #ended: Promise<unknown>
  #requests = 0
  #complaints = ''
  addresses: readonly string[] = []

  static async start(machine: Machine): Promise<MachineProcess> {
    const started = new MachineProcess(machine)
    await started.#opened
    return started
  }

  readonly #opened: Promise<void>

  private constructor(machine: Machine) {
    const started = fork(child, [JSON.stringify(machine)], {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      // The same modules are loaded by every machine.
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'chronicle-scenarios-compiled') },
    })
    this.#process = started
    alive.add(started)
    started.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-10_000)
    })
    this.#ended = once(started, 'close').then(() => {
      alive.delete(started)
      const gone = new Error(`The process ended:\n${this.#complaints}`)
      for (const { reject } of this.#waiting.values()) reject(gone)
      this.#waiting.clear()
    })
    this.#opened = new Promise((resolve, reject) => {
      void this.#ended.then(() => reject(new Error(`The process ended before it was open:\n${this.#complaints}`)))
      started.on('message', (words: FromChild) => {
        if (words.from === 'open') {
          this.addresses = words.addresses
          resolve()
        } else this.#hear(words)
      })
    })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** The last it said on stderr. */
  get complaints(): string {
    return this.#complaints
  }

  request(name: string, input: unknown): Promise<Reply> {
    this.#requests += 1
    const id = this.#requests
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#say({ to: 'request', id, name, input })
    })
  }

  subscribe(name: string, listener: Listener): () => void {
    const set = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, set.add(listener))
    return () => set.delete(listener)
  }

  /** Lets it close in order. */
  async stop(): Promise<void> {
    if (this.#process.connected) this.#say({ to: 'stop' })
    await this.#ended
  }

  /** Pulls the plug. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#ended
  }

  #say(words: ToChild): void {
    if (this.#process.connected) this.#process.send(words)
  }

  #hear(words: Exclude<FromChild, { from: 'open' }>): void {
    if (words.from === 'event') {
      for (const listener of this.#listeners.get(words.name) ?? []) listener(words.payload)
      return
    }
    this.#waiting.get(words.id)?.resolve(words.reply as Reply)
    this.#waiting.delete(words.id)
  }
}
