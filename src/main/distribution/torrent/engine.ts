/**
 * The torrent engine as the rest of the node sees it. The client runs in a worker thread (TORRENT.md §5: throughput is
 * the same, but the main thread no longer stutters); this side survives the thread: a dead one is replaced, what it
 * served is served again, and calls that were under way are made again.
 */
import type { Worker } from 'node:worker_threads'
import type { ArchiveLink, CommunityId } from '../../../shared/domain.ts'
import { type Clock, systemClock, wait } from '../../clock.ts'
import { paddedSize } from '../../wire/index.ts'
import { type Async, type Connection, connect, RpcError } from '../../workers/rpc.ts'
import { spawnWorker } from '../../workers/spawn.ts'
import {
  type ArchiveEntry,
  type ArchiveFile,
  type DistributionEngine,
  EngineError,
  type EngineEvents,
  type EngineStatus,
  type HeldSet,
  type IndexCodec,
  type Locator,
  type PeerHint,
  type PublishedSet,
  type Rates,
  type StagedArchive,
  type TaskOptions,
  type Unsubscribe,
} from '../engine.ts'
import { stoppedStatus, totals } from '../status.ts'
import { Troubles } from '../troubles.ts'
import { toEngineError } from './errors.ts'
import { infoHashOf } from './metainfo.ts'
import type { TorrentService, TorrentServiceEvents } from './service.ts'
import { type TorrentOptions, type TorrentSettings, torrentSettings } from './settings.ts'

export interface TorrentEngineOptions extends TorrentOptions {
  readonly clock?: Clock
  /** Starts the thread; for tests that want to hold, and kill, it themselves. */
  readonly spawn?: (settings: TorrentSettings) => Worker
}

type Api = Async<TorrentService>

interface Running {
  readonly worker: Worker
  readonly connection: Connection<TorrentService, TorrentServiceEvents>
}

interface Seeded {
  readonly communityId: CommunityId
  readonly link: ArchiveLink
  readonly on: boolean
}

/** ms before the n-th restart in a row; after these the engine has failed. */
const restartDelays = [0, 1_000, 5_000, 15_000]
/** ms of quiet after which a restart counts as the first again. */
const settledAfter = 60_000
/** Times that a call is made anew because the thread died under it. */
const callAttempts = 3
/** ms that an orderly stop may take before the thread is ended as it is. */
const stopPatience = 10_000

/** A `DistributionEngine` over BitTorrent. Nothing runs, and nothing is bound, before `start`. */
export function createTorrentEngine(options: TorrentEngineOptions): DistributionEngine {
  return new TorrentEngine(options)
}

class TorrentEngine implements DistributionEngine {
  readonly kind = 'torrent'
  #settings: TorrentSettings
  readonly #clock: Clock
  readonly #spawn: (settings: TorrentSettings) => Worker
  readonly #listeners: { readonly [K in keyof EngineEvents]: Set<(value: EngineEvents[K]) => void> } = {
    status: new Set(),
    progress: new Set(),
    'peer-banned': new Set(),
  }
  /** What a new thread must be told. */
  readonly #seeded = new Map<string, Seeded>()
  readonly #hints = new Map<CommunityId, readonly PeerHint[]>()
  #running: Promise<Running> | null = null
  #status: EngineStatus = stoppedStatus
  readonly #troubles = new Troubles(() => this.#emit('status', this.status()))
  /** Totals of threads that are no more. */
  #before = { downloaded: 0, uploaded: 0, hashed: 0 }
  /** Ends the waiting between restarts. */
  #stopping = new AbortController()
  #deaths = { count: 0, last: Number.NEGATIVE_INFINITY }

  constructor(options: TorrentEngineOptions) {
    this.#settings = torrentSettings(options)
    this.#clock = options.clock ?? systemClock
    this.#spawn = options.spawn ?? ((settings) => spawnWorker('torrent', { settings }))
  }

  async start(): Promise<void> {
    const starting = this.#running ?? this.#launch()
    this.#running = starting
    try {
      await starting
    } catch (error) {
      const failure = toEngineError(error, 'start the torrent engine')
      if (this.#running !== starting) throw failure
      this.#running = null
      throw this.#failed(failure)
    }
  }

  async stop(): Promise<void> {
    const running = this.#running
    this.#running = null
    this.#stopping.abort()
    this.#stopping = new AbortController()
    const found = await running?.catch(() => null)
    if (found !== undefined && found !== null) {
      const patience = new AbortController()
      const stopped = found.connection.api.stop().catch(() => {})
      await Promise.race([stopped, wait(this.#clock, stopPatience, patience.signal).catch(() => {})])
      patience.abort()
      await found.worker.terminate()
    }
    this.#before = totals(this.#status)
    this.#set({ ...this.#status, state: 'stopped', addresses: [], transfers: [] })
  }

  async publish(
    communityId: CommunityId,
    previous: PublishedSet | null,
    staged: readonly StagedArchive[],
    codec: IndexCodec,
    options: TaskOptions = {},
  ): Promise<PublishedSet> {
    if (staged.length === 0) return await this.#publishNothing(communityId, previous)
    const old = previous?.entries ?? []
    const fresh: ArchiveEntry[] = []
    const files: { id: ArchiveEntry['id']; file: string; bytes: number; size: number }[] = []
    let offset = previous?.committedBytes ?? 0
    for (const { file, bytes, from, to, topics } of staged) {
      const { size, padding } = paddedSize(bytes)
      const entry = { from, to, topics, locator: { kind: 'torrent', offset, size, padding } } as const
      const id = codec.identify(entry)
      fresh.push({ id, ...entry })
      files.push({ id, file, bytes, size })
      offset += size
    }
    const entries = [...old, ...fresh]
    const index = await codec.encode(entries)
    const { link } = await this.#call(
      'publish',
      (api) =>
        api.publish(
          {
            communityId,
            previous: previous === null ? null : { link: previous.link, committedBytes: previous.committedBytes },
            staged: files,
            index,
          },
          waiter(options),
        ),
      options.signal,
    )
    this.#remember({ communityId, link, on: true })
    return { link, entries, committedBytes: offset }
  }

  async openIndex(communityId: CommunityId, link: ArchiveLink, options: TaskOptions = {}): Promise<Uint8Array> {
    const call = { ...waiter(options), timeout: options.timeout }
    return await this.#troubles.watch(communityId, link, () =>
      this.#call('open the index', (api) => api.openIndex(communityId, link, call), options.signal),
    )
  }

  async fetch(
    communityId: CommunityId,
    link: ArchiveLink,
    entry: ArchiveEntry,
    options: TaskOptions = {},
  ): Promise<ArchiveFile> {
    const { locator } = entry
    if (locator.kind !== 'torrent')
      throw new EngineError('unsupported', 'This archive is not in a torrent: another engine has to fetch it.')
    const { offset, size, padding } = locator
    const call = { ...waiter(options), timeout: options.timeout }
    const fetch = (api: Api) => api.fetch(communityId, link, { offset, size, padding }, call)
    return await this.#troubles.watch(communityId, link, () => this.#call('fetch the archive', fetch, options.signal))
  }

  async seed(communityId: CommunityId, link: ArchiveLink, on: boolean): Promise<void> {
    await this.#call(on ? 'seed' : 'stop seeding', (api) => api.seed(communityId, link, on))
    this.#remember({ communityId, link, on })
  }

  async holders(communityId: CommunityId, link: ArchiveLink, archives: readonly Locator[]): Promise<readonly number[]> {
    const ranges = archives.map((locator) => (locator.kind === 'torrent' ? locator : null))
    return await this.#call('look at peers', (api) => api.holders(communityId, link, ranges))
  }

  async held(communityId: CommunityId): Promise<readonly HeldSet[]> {
    return await this.#call('look at the disk', (api) => api.held(communityId))
  }

  addPeers(communityId: CommunityId, hints: readonly PeerHint[]): void {
    const known = (this.#hints.get(communityId) ?? []).filter((hint) => !hints.includes(hint))
    this.#hints.set(communityId, [...known, ...hints].slice(-keptHints))
    this.#call('add peers', (api) => api.addPeers(communityId, hints)).catch(() => {}) // told at the next start
  }

  async remove(communityId: CommunityId, link: ArchiveLink): Promise<void> {
    await this.#call('remove', (api) => api.remove(communityId, link))
    this.#seeded.delete(seedKey(communityId, link))
    this.#troubles.forget(communityId, link)
  }

  limit({ download, upload }: Rates): void {
    // A new thread is told by its settings.
    this.#settings = { ...this.#settings, downloadLimit: download ?? -1, uploadLimit: upload ?? -1 }
    if (this.#running === null) return
    this.#call('limit transfers', (api) => api.limit({ download, upload })).catch(() => {})
  }

  status(): EngineStatus {
    return this.#troubles.told(this.#status)
  }

  on<K extends keyof EngineEvents>(event: K, listener: (value: EngineEvents[K]) => void): Unsubscribe {
    this.#listeners[event].add(listener)
    return () => this.#listeners[event].delete(listener)
  }

  /** Nothing new: the set as it is, served, with a link that names today's addresses. */
  async #publishNothing(communityId: CommunityId, previous: PublishedSet | null): Promise<PublishedSet> {
    if (previous === null) throw new EngineError('unsupported', 'There is nothing to publish: no archive was staged.')
    await this.seed(communityId, previous.link, true)
    const link = await this.#call('publish', (api) => api.ownLink(communityId, previous.link))
    return { ...previous, link }
  }

  async #launch(): Promise<Running> {
    this.#set({ ...this.#status, state: 'starting', error: '' })
    const worker = this.#spawn(this.#settings)
    const connection = connect<TorrentService, TorrentServiceEvents>(worker)
    connection.on('status', (status) => this.#set(this.#summed(status)))
    connection.on('progress', (progress) => this.#emit('progress', progress))
    connection.on('peer-banned', (banned) => this.#emit('peer-banned', banned))
    connection.on('fatal', () => void worker.terminate())
    try {
      await connection.api.start()
      const running = { worker, connection }
      void connection.closed.then((reason) => this.#onDeath(running, reason))
      return running
    } catch (error) {
      await worker.terminate()
      throw toEngineError(error, 'start the torrent engine')
    }
  }

  async #onDeath(dead: Running, reason: RpcError): Promise<void> {
    const current = this.#running
    if (current === null || (await current.catch(() => null)) !== dead || this.#running !== current) return
    this.#before = totals(this.#status)
    this.#countDeath()
    this.#set({ ...this.#status, state: 'starting', error: reason.message, transfers: [] })
    const next = this.#revive()
    this.#running = next
    next.catch(() => {
      if (this.#running === next) this.#running = null // callers see it through `#call`; `start` may be tried again
    })
  }

  /** Another thread in place of a dead one, told everything the dead one knew. */
  async #revive(): Promise<Running> {
    const { signal } = this.#stopping
    for (;;) {
      const delay = restartDelays[this.#deaths.count - 1]
      if (delay === undefined) {
        const sentence = 'The torrent engine stopped again and again; start it by hand when the cause is gone.'
        throw this.#failed(new EngineError('unavailable', sentence, { retryable: false }))
      }
      if (delay > 0) await wait(this.#clock, delay, signal)
      try {
        const running = await this.#launch()
        await this.#remind(running.connection.api)
        return running
      } catch {
        signal.throwIfAborted()
        this.#countDeath()
      }
    }
  }

  async #remind(api: Api): Promise<void> {
    for (const [communityId, hints] of this.#hints) await api.addPeers(communityId, hints)
    for (const [key, { communityId, link, on }] of this.#seeded)
      await api.seed(communityId, link, on).catch((error: unknown) => {
        if (isGone(error)) throw error
        // Its publication was replaced by a newer one meanwhile, or its files are in trouble: the rest goes on.
        this.#seeded.delete(key)
      })
  }

  #countDeath(): void {
    const quiet = this.#clock.now() - this.#deaths.last > settledAfter
    this.#deaths = { count: quiet ? 1 : this.#deaths.count + 1, last: this.#clock.now() }
  }

  #failed(failure: EngineError): EngineError {
    this.#set({ ...this.#status, state: 'failed', error: failure.message, addresses: [], transfers: [] })
    return failure
  }

  /** Makes a call, and makes it again if the thread died meanwhile: every one of them may be repeated. */
  async #call<T>(doing: string, make: (api: Api) => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const running = this.#running
      if (running === null)
        throw new EngineError('unavailable', `Could not ${doing}: the torrent engine is not running.`)
      if (signal?.aborted)
        throw new EngineError('aborted', `Could not ${doing}: it was cancelled.`, { cause: signal.reason })
      const { connection } = await unlessAborted(running, signal).catch((error: unknown) => {
        throw toEngineError(error, doing)
      })
      try {
        return await make(connection.api)
      } catch (error) {
        const gone = isGone(error)
        if (gone) await connection.closed // by then `#onDeath` has put another in its place
        if (!gone || this.#running === null || attempt >= callAttempts) {
          if (signal?.aborted)
            throw new EngineError('aborted', `Could not ${doing}: it was cancelled.`, { cause: error })
          throw toEngineError(error, doing)
        }
        while (this.#running === running) await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  #remember(seeded: Seeded): void {
    const key = seedKey(seeded.communityId, seeded.link)
    this.#seeded.delete(key)
    this.#seeded.set(key, seeded)
  }

  #summed(status: EngineStatus): EngineStatus {
    const { downloaded, uploaded, hashed } = this.#before
    return {
      ...status,
      downloaded: status.downloaded + downloaded,
      uploaded: status.uploaded + uploaded,
      hashed: status.hashed + hashed,
    }
  }

  #set(status: EngineStatus): void {
    this.#status = status
    this.#emit('status', this.status())
  }

  #emit<K extends keyof EngineEvents>(event: K, value: EngineEvents[K]): void {
    for (const listener of this.#listeners[event]) listener(value)
  }
}

/** What `promise` gives, unless `signal` comes first: a restart may take its time, and nobody has to wait for it. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise
  const aborted = Promise.withResolvers<never>()
  const abort = () =>
    aborted.reject(new EngineError('aborted', 'The transfer was cancelled.', { cause: signal.reason }))
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function isGone(error: unknown): error is RpcError {
  return error instanceof RpcError && error.code === 'gone'
}

/** Peer hints of one community that a new thread is told. */
const keptHints = 64

function waiter({ signal, onProgress }: TaskOptions): Pick<TaskOptions, 'signal' | 'onProgress'> {
  return { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) }
}

function seedKey(communityId: CommunityId, link: ArchiveLink): string {
  return `${communityId} ${infoHashOf(link)}`
}
