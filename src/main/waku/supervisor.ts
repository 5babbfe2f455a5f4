/**
 * Keeps this node connected to the service nodes a person configured: one loop for each address, dialling it again and
 * again for as long as it takes. libp2p and the SDK give up after an hour, when the addresses in their peer store
 * expire, and wait a minute after each failure (WAKU.md pitfalls 4 and 5); a configured address never expires here.
 */
import { type Clock, wait } from '../clock.ts'
import { type BackoffRange, fullJitter } from './backoff.ts'

/** A connection that was made and found usable; `closed` resolves when it is lost. */
export interface Link {
  readonly closed: Promise<void>
}

export interface LinkStatus {
  readonly address: string
  readonly connected: boolean
  /** Why it is not connected; empty while it is. */
  readonly error: string
}

export interface SupervisorOptions {
  readonly addresses: readonly string[]
  readonly clock: Clock
  readonly random: () => number
  /** Dials and verifies one address; rejects with a reason that can be shown. */
  readonly connect: (address: string, signal: AbortSignal) => Promise<Link>
  readonly onChange: () => void
  readonly backoff?: BackoffRange
  /** ms; a connection that was lost sooner counts as a failure, so that a node which hangs up is not hammered. */
  readonly stableAfter?: number
}

export const defaultBackoff: BackoffRange = { base: 1000, cap: 60_000 }
const defaultStableAfter = 10_000

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #status: Map<string, LinkStatus>
  readonly #wake = new Map<string, () => void>()
  #running: { readonly stop: AbortController; readonly loops: Promise<void>[] } | null = null

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#status = new Map(options.addresses.map((address) => [address, { address, connected: false, error: '' }]))
  }

  start(): void {
    if (this.#running !== null) return
    const stop = new AbortController()
    this.#running = { stop, loops: [...this.#status.keys()].map((address) => this.#keep(address, stop.signal)) }
  }

  async stop(): Promise<void> {
    const running = this.#running
    this.#running = null
    running?.stop.abort()
    await Promise.all(running?.loops ?? [])
  }

  /** One entry for each configured address, in their order. */
  status(): readonly LinkStatus[] {
    return [...this.#status.values()]
  }

  /** Ends the present waits: the machine woke up, or a person pressed "try now". */
  retryNow(): void {
    for (const wake of this.#wake.values()) wake()
  }

  async #keep(address: string, signal: AbortSignal): Promise<void> {
    const { clock, connect, random, backoff = defaultBackoff, stableAfter = defaultStableAfter } = this.#options
    let failures = 0
    while (!signal.aborted) {
      try {
        const link = await connect(address, signal)
        const since = clock.now()
        this.#set({ address, connected: true, error: '' })
        await endOf(link, signal)
        failures = clock.now() - since >= stableAfter ? 0 : failures + 1
        this.#set({ address, connected: false, error: signal.aborted ? '' : 'The connection was lost.' })
      } catch (error) {
        failures += 1
        this.#set({ address, connected: false, error: signal.aborted ? '' : reasonOf(error) })
      }
      if (!signal.aborted) await this.#pause(address, fullJitter(failures, backoff, random), signal)
    }
  }

  async #pause(address: string, delay: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController()
    this.#wake.set(address, () => woken.abort())
    // Both ways of being interrupted mean: go on.
    await wait(this.#options.clock, delay, AbortSignal.any([signal, woken.signal])).catch(() => {})
    this.#wake.delete(address)
  }

  #set(next: LinkStatus): void {
    const before = this.#status.get(next.address)
    this.#status.set(next.address, next)
    if (before?.connected !== next.connected || before.error !== next.error) this.#options.onChange()
  }
}

function endOf(link: Link, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      signal.removeEventListener('abort', end)
      resolve()
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
    link.closed.then(end, end)
  })
}

function reasonOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : String(error)
}
