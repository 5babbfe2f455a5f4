/**
 * The network for the rest of the node: LocalWaku in a thread of its own, behind the port RPC. If that thread dies it is
 * started again with the same addresses and subscriptions, and what was missed is read from the stores.
 */
import type { Worker } from 'node:worker_threads'
import type { ContentTopic, Millis, NetworkStatus } from '../../shared/domain.ts'
import { type Clock, systemClock, wait } from '../clock.ts'
import { type Connection, connect, type PlainError } from '../workers/rpc.ts'
import { spawnWorker } from '../workers/spawn.ts'
import { fullJitter } from './backoff.ts'
import { asWakuError, WakuError, type WakuErrorCode } from './errors.ts'
import type { ServiceOptions, WakuOptions } from './local.ts'
import type {
  HistoryQuery,
  SealedMessage,
  ServiceAdmin,
  StoreLookup,
  Unsubscribe,
  WakuNetwork,
  WakuRecord,
} from './network.ts'
import { defaultBackoff } from './supervisor.ts'
import type { WakuThreadApi, WakuThreadEvents } from './thread-api.ts'

export interface Waku extends WakuNetwork, StoreLookup {
  /** Null unless this node is a service node. */
  readonly service: ServiceAdmin | null
  /** Tries the configured nodes now instead of when their waits are over. */
  retryNow(): void
}

export interface OpenWakuOptions extends WakuOptions {
  readonly clock?: Clock
  /** Each thread as it is started, so that a test can end one. */
  readonly onThread?: (worker: Worker) => void
}

/**
 * Starts the thread; resolves when the service node, if there is one, listens.
 * @throws WakuError `storage`, `unavailable` or `invalid` if it cannot start: a file, a port, an address.
 */
export async function openWaku(options: OpenWakuOptions): Promise<Waku> {
  const waku = prepareWaku(options)
  await waku.start()
  return waku
}

/** The same before it is started. What is subscribed to until then is heard from its start on. */
export function prepareWaku({ clock = systemClock, onThread, ...options }: OpenWakuOptions): Waku {
  return new WakuThread(options, clock, onThread ?? (() => {}))
}

export interface StandaloneOptions extends ServiceOptions, Omit<OpenWakuOptions, 'service'> {}

/** A service node alone, as `chronicle service-node` runs it; with `nodes`, it relays with those. */
export async function startServiceNode(options: StandaloneOptions): Promise<Waku & { readonly service: ServiceAdmin }> {
  const { clusterId, shards, nodes, backoff, pingInterval, patience, clock, onThread, ...service } = options
  const given = Object.entries({ clusterId, shards, nodes, backoff, pingInterval, patience, clock, onThread })
  const waku = await openWaku({ service, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) })
  if (waku.service === null) throw new WakuError('unavailable', 'The service node is not there.')
  return Object.assign(waku, { service: waku.service })
}

/** How far before the end of a thread the stores are asked for what it may not have passed on. */
const overlap = 2 * 60_000
const offline: NetworkStatus = { state: 'offline', peers: 0, nodes: [], outbox: 0 }

interface Subscription {
  readonly topics: readonly ContentTopic[]
  readonly deliver: (record: WakuRecord) => void
}

class WakuThread implements Waku {
  readonly service: ServiceAdmin | null
  readonly #clock: Clock
  readonly #onThread: (worker: Worker) => void
  readonly #subscriptions = new Map<number, Subscription>()
  readonly #listeners = new Set<(status: NetworkStatus) => void>()
  #options: WakuOptions
  #thread: { readonly worker: Worker; readonly port: Connection<WakuThreadApi, WakuThreadEvents> } | null = null
  #status: NetworkStatus = offline
  #nextSubscription = 1
  #stopping = new AbortController()
  #starting: Promise<void> | null = null

  constructor(options: WakuOptions, clock: Clock, onThread: (worker: Worker) => void) {
    this.#options = options
    this.#clock = clock
    this.#onThread = onThread
    this.service = options.service
      ? {
          addresses: async () => (this.#thread === null ? [] : this.#call((api) => api.addresses())),
          count: () => this.#call((api) => api.count()),
          forget: (request) => this.#call((api) => api.forget(request)),
          prune: (now) => this.#call((api) => api.prune(now)),
        }
      : null
  }

  start(): Promise<void> {
    if (this.#stopping.signal.aborted) this.#stopping = new AbortController()
    if (this.#starting === null) this.#tell({ ...offline, state: 'connecting' })
    this.#starting ??= this.#spawn().catch((error: unknown) => {
      this.#starting = null
      this.#tell(offline)
      throw error
    })
    return this.#starting
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#starting = null
    const thread = this.#thread
    this.#thread = null
    if (thread !== null) {
      await thread.port.api.stop().catch(() => {})
      await thread.worker.terminate()
    }
    this.#tell(offline)
  }

  publish(message: SealedMessage): Promise<{ hash: Uint8Array; acceptedBy: number }> {
    return this.#call((api) => api.publish(message))
  }

  async subscribe(topics: readonly ContentTopic[], deliver: (record: WakuRecord) => void): Promise<Unsubscribe> {
    const id = this.#nextSubscription++
    this.#subscriptions.set(id, { topics, deliver })
    // If the thread is not there just now, it takes this up when it comes back.
    if (this.#thread !== null) await this.#call((api) => api.subscribe(id, topics)).catch(ifGone)
    return () => {
      if (this.#subscriptions.delete(id)) this.#thread?.port.api.unsubscribe(id).catch(() => {})
    }
  }

  async *history(query: HistoryQuery): AsyncGenerator<WakuRecord> {
    const thread = this.#required()
    try {
      for await (const batch of thread.port.api.history(query)) yield* batch
    } catch (error) {
      if (query.signal?.aborted) throw new WakuError('aborted', 'Reading was abandoned on request.', { cause: error })
      throw asWakuError(error, 'unavailable', 'The network thread was interrupted.')
    }
  }

  stored(hashes: readonly Uint8Array[]): Promise<readonly boolean[] | null> {
    return this.#call((api) => api.stored(hashes))
  }

  status(): NetworkStatus {
    return this.#status
  }

  on(_event: 'status', listener: (status: NetworkStatus) => void): Unsubscribe {
    const own = (status: NetworkStatus) => listener(status)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  retryNow(): void {
    this.#thread?.port.api.retryNow().catch(() => {})
  }

  #required() {
    if (this.#thread === null) throw new WakuError('unavailable', 'The network is not running; it is being started.')
    return this.#thread
  }

  async #call<T>(call: (api: Connection<WakuThreadApi, WakuThreadEvents>['api']) => Promise<T>): Promise<T> {
    const { port } = this.#required()
    try {
      return await call(port.api)
    } catch (error) {
      throw asWakuError(error, 'unavailable', 'The network thread was interrupted.')
    }
  }

  async #spawn(): Promise<void> {
    const worker = spawnWorker('waku', { options: this.#options })
    this.#onThread(worker)
    const port = connect<WakuThreadApi, WakuThreadEvents>(worker, { revive })
    port.on('status', (status) => {
      if (this.#thread?.port === port) this.#tell(status)
    })
    port.on('records', ({ subscription, records }) => {
      for (const record of records) this.#subscriptions.get(subscription)?.deliver(record)
    })
    const taken = new Set<number>()
    const takeUp = async () => {
      for (const [id, { topics }] of this.#subscriptions)
        if (!taken.has(id)) await port.api.subscribe(id, topics).finally(() => taken.add(id))
    }
    try {
      await takeUp()
      await port.api.start()
      await this.#keepPorts(port)
    } catch (error) {
      await worker.terminate()
      throw asWakuError(error, 'unavailable', 'The network thread ended while it started.')
    }
    if (this.#stopping.signal.aborted) {
      await worker.terminate()
      throw new WakuError('aborted', 'The network was stopped while it started.')
    }
    this.#thread = { worker, port }
    void port.closed.then(() => this.#revive(worker))
    // From here on a thread that ends is started again, and all of this with it.
    await takeUp().catch(() => {})
    this.#tell(await port.api.status().catch(() => offline))
  }

  /** A port that was chosen freely stays the same when the thread is started again: others wrote it down. */
  async #keepPorts(port: Connection<WakuThreadApi, WakuThreadEvents>): Promise<void> {
    const { service } = this.#options
    if (!service) return
    const addresses = await port.api.addresses()
    const portOf = (ws: boolean) => {
      const address = addresses.find((each) => each.includes('/ws/') === ws)
      return address === undefined ? null : Number(/\/tcp\/(\d+)/.exec(address)?.[1] ?? 0)
    }
    this.#options = { ...this.#options, service: { ...service, tcpPort: portOf(false), wsPort: portOf(true) } }
  }

  async #revive(worker: Worker): Promise<void> {
    if (this.#thread?.worker !== worker || this.#stopping.signal.aborted) return
    const since = (this.#clock.now() - overlap) as Millis
    this.#thread = null
    this.#tell({ ...this.#status, state: 'connecting', peers: 0 })
    const { signal } = this.#stopping
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        if (failures > 0) await wait(this.#clock, fullJitter(failures, defaultBackoff, Math.random), signal)
        await this.#spawn()
        break
      } catch {
        // Tried again: a port may be held for a moment, a disk may be full for a while.
      }
    }
    if (!signal.aborted) void this.#catchUp(since, signal)
  }

  async #catchUp(from: Millis, signal: AbortSignal): Promise<void> {
    for (const { topics, deliver } of [...this.#subscriptions.values()]) {
      try {
        for await (const record of this.history({ topics, from, to: this.#clock.now(), signal })) deliver(record)
      } catch {
        // No store can be asked now; the subscription goes on.
      }
    }
  }

  #tell(status: NetworkStatus): void {
    this.#status = status
    for (const listener of [...this.#listeners]) listener(status)
  }
}

function revive({ name, message, fields }: PlainError): Error | undefined {
  return name === 'WakuError' && isCode(fields.code) ? new WakuError(fields.code, message) : undefined
}

function isCode(code: unknown): code is WakuErrorCode {
  return typeof code === 'string'
}

function ifGone(error: unknown): void {
  if (!(error instanceof WakuError && error.retryable)) throw error
}
