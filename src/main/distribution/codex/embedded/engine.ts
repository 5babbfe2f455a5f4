/**
 * The Codex engine as the rest of the node sees it: archives as datasets of Logos Storage, one for each archive and one
 * for the index, whose manifest CID is the link (PROTOCOL.md §4.7). The work is done in a thread (engine-thread.ts);
 * this side survives it: what a dead thread served is served again, and calls that were under way are made again.
 */
import type { Worker } from 'node:worker_threads'
import type { ArchiveLink, CommunityId } from '../../../../shared/domain.ts'
import { type Clock, systemClock } from '../../../clock.ts'
import { spawnWorker } from '../../../workers/spawn.ts'
import {
  type ArchiveEntry,
  type ArchiveFile,
  type DatasetClient,
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
} from '../../engine.ts'
import { stoppedStatus, totals } from '../../status.ts'
import { Troubles } from '../../troubles.ts'
import { CodexClient } from './client.ts'
import { type Api, EngineThread } from './engine-thread.ts'
import { toEngineError } from './errors.ts'
import { looseDatasets } from './seeding.ts'
import { type CodexOptions, type CodexSettings, codexSettings } from './settings.ts'

export interface CodexEngineOptions extends CodexOptions {
  readonly clock?: Clock
  /** Starts the thread; for tests that want to hold, and kill, it themselves. */
  readonly spawn?: (settings: CodexSettings) => Worker
  /** Whether the thread keeps datasets of no community, too; it does unless this is false. */
  readonly loose?: boolean
}

interface Seeded {
  readonly communityId: CommunityId
  readonly link: ArchiveLink
  readonly on: boolean
}

/** Peer hints of one community that a new thread is told. */
const keptHints = 64

/** A `DistributionEngine` over the exchange of Logos Storage. Nothing runs, and nothing is bound, before `start`. */
export function createCodexEngine(options: CodexEngineOptions): DistributionEngine {
  return new CodexEngine(options)
}

class CodexEngine implements DistributionEngine {
  readonly kind = 'codex'
  readonly datasets?: DatasetClient
  readonly #thread: EngineThread
  #settings: CodexSettings
  readonly #listeners: { readonly [K in keyof EngineEvents]: Set<(value: EngineEvents[K]) => void> } = {
    status: new Set(),
    progress: new Set(),
    'peer-banned': new Set(),
  }
  /** What a new thread must be told. */
  readonly #seeded = new Map<string, Seeded>()
  readonly #hints = new Map<CommunityId, readonly PeerHint[]>()
  #status: EngineStatus = stoppedStatus
  readonly #troubles = new Troubles(() => this.#emit('status', this.status()))
  /** Totals of threads that are no more. */
  #before = { downloaded: 0, uploaded: 0, hashed: 0 }

  constructor(options: CodexEngineOptions) {
    this.#settings = codexSettings(options)
    const spawn = options.spawn ?? ((each: CodexSettings) => spawnWorker('codex', { settings: each }))
    this.#thread = new EngineThread({
      clock: options.clock ?? systemClock,
      spawn: (port) => spawn(port === 0 ? this.#settings : { ...this.#settings, port }),
      prepare: (api) => this.#prepare(api),
      listen: (connection) => {
        connection.on('status', (status) => this.#set(this.#summed(status)))
        connection.on('progress', (progress) => this.#emit('progress', progress))
        connection.on('peer-banned', (banned) => this.#emit('peer-banned', banned))
      },
      onState: (state, error) =>
        this.#set({ ...this.#status, state, error, transfers: [], ...(state === 'failed' ? { addresses: [] } : {}) }),
      onDeath: () => {
        this.#before = totals(this.#status)
      },
    })
    if (options.loose !== false)
      this.datasets = new CodexClient(this.#thread, (hints) => this.addPeers(looseDatasets, hints))
  }

  async start(): Promise<void> {
    await this.#thread.start()
  }

  async stop(): Promise<void> {
    await this.#thread.stop()
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
    const publish = async (api: Api): Promise<PublishedSet> => {
      const cids = await api.store(communityId, staged, waiter(options))
      const fresh = staged.map(({ from, to, topics }, index): ArchiveEntry => {
        const entry = { from, to, topics, locator: { kind: 'codex', cid: cids[index] ?? '' } } as const
        return { id: codec.identify(entry), ...entry }
      })
      const entries = [...(previous?.entries ?? []), ...fresh]
      const { link } = await api.publish({
        communityId,
        previous: previous?.link ?? null,
        archives: entries.map(cidOf),
        index: await codec.encode(entries),
        record: JSON.stringify({ previous: previous?.link ?? null, archives: fresh.map(({ id }) => id) }),
      })
      const added = staged.reduce((sum, { bytes }) => sum + bytes, 0)
      return { link, entries, committedBytes: (previous?.committedBytes ?? 0) + added }
    }
    const set = await this.#thread.call('publish', publish, options.signal)
    this.#remember({ communityId, link: set.link, on: true })
    return set
  }

  async openIndex(communityId: CommunityId, link: ArchiveLink, options: TaskOptions = {}): Promise<Uint8Array> {
    const call = { ...waiter(options), timeout: options.timeout }
    const open = (api: Api) => api.openIndex(communityId, link, call)
    return await this.#troubles.watch(communityId, link, () =>
      this.#thread.call('open the index', open, options.signal),
    )
  }

  async fetch(
    communityId: CommunityId,
    link: ArchiveLink,
    entry: ArchiveEntry,
    options: TaskOptions = {},
  ): Promise<ArchiveFile> {
    const call = { ...waiter(options), timeout: options.timeout }
    const cid = cidOf(entry)
    const fetch = (api: Api) => api.fetch(communityId, link, cid, call)
    return await this.#troubles.watch(communityId, link, () =>
      this.#thread.call('fetch the archive', fetch, options.signal),
    )
  }

  async seed(communityId: CommunityId, link: ArchiveLink, on: boolean): Promise<void> {
    // Also what cannot be done now is what a new thread is told.
    this.#remember({ communityId, link, on })
    try {
      await this.#thread.call(on ? 'seed' : 'stop seeding', (api) => api.seed(communityId, link, on))
    } catch (error) {
      if (toEngineError(error, 'seed').code === 'not-found') this.#seeded.delete(seedKey(communityId, link))
      throw error
    }
  }

  async holders(
    communityId: CommunityId,
    _link: ArchiveLink,
    archives: readonly Locator[],
  ): Promise<readonly number[]> {
    const providers = await this.#thread.call('look at peers', (api) => api.providers(communityId))
    return archives.map(({ kind }) => (kind === 'codex' ? providers : 0))
  }

  async held(communityId: CommunityId): Promise<readonly HeldSet[]> {
    return await this.#thread.call('look at the disk', (api) => api.held(communityId))
  }

  addPeers(communityId: CommunityId, hints: readonly PeerHint[]): void {
    const known = (this.#hints.get(communityId) ?? []).filter((hint) => !hints.includes(hint))
    this.#hints.set(communityId, [...known, ...hints].slice(-keptHints))
    this.#thread.call('add peers', (api) => api.addPeers(communityId, hints)).catch(() => {}) // told at the next start
  }

  async remove(communityId: CommunityId, link: ArchiveLink): Promise<void> {
    await this.#thread.call('remove', (api) => api.remove(communityId, link))
    this.#seeded.delete(seedKey(communityId, link))
    this.#troubles.forget(communityId, link)
  }

  limit({ download, upload }: Rates): void {
    // A new thread is told by its settings.
    this.#settings = { ...this.#settings, downloadLimit: download ?? -1, uploadLimit: upload ?? -1 }
    this.#thread.call('limit transfers', (api) => api.limit({ download, upload })).catch(() => {})
  }

  status(): EngineStatus {
    return this.#troubles.told(this.#status)
  }

  on<K extends keyof EngineEvents>(event: K, listener: (value: EngineEvents[K]) => void): Unsubscribe {
    this.#listeners[event].add(listener)
    return () => this.#listeners[event].delete(listener)
  }

  /** Nothing new: the set as it is, served. */
  async #publishNothing(communityId: CommunityId, previous: PublishedSet | null): Promise<PublishedSet> {
    if (previous === null) throw new EngineError('unsupported', 'There is nothing to publish: no archive was staged.')
    await this.seed(communityId, previous.link, true)
    return previous
  }

  async #prepare(api: Api): Promise<void> {
    for (const [communityId, hints] of this.#hints) await api.addPeers(communityId, hints)
    for (const [key, { communityId, link, on }] of this.#seeded)
      await api.seed(communityId, link, on).catch((error: unknown) => {
        if (toEngineError(error, 'seed').code === 'not-found') this.#seeded.delete(key)
      })
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

function cidOf({ locator }: ArchiveEntry): string {
  if (locator.kind === 'codex') return locator.cid
  throw new EngineError('unsupported', 'This archive is no Codex dataset: another engine has to fetch it.')
}

function waiter({ signal, onProgress }: TaskOptions): Pick<TaskOptions, 'signal' | 'onProgress'> {
  return { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) }
}

function seedKey(communityId: CommunityId, link: ArchiveLink): string {
  return `${communityId} ${link}`
}
