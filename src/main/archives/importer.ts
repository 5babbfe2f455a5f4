/**
 * Puts downloaded archives into the history: workers verify, newest archive first; batches go to the store one by one,
 * each durable before the next; the last one marks the archive imported. RULES.md R7.3, PROTOCOL.md §6.5.
 */
import type { CommunityId, EngineKind, MessageId } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { ArchiveEntry, ArchiveFile } from '../distribution/engine.ts'
import type { Store } from '../store/index.ts'
import { WireError, type WireErrorCode } from '../wire/index.ts'
import { crashPoint } from '../workers/crash-point.ts'
import { handed } from '../workers/packed-effects.ts'
import { type Connection, connect, RpcError, transfer } from '../workers/rpc.ts'
import { endWorker, spawnWorker } from '../workers/spawn.ts'
import type { ImportedBatch, ImportJob, ImportThread } from './import-thread.ts'
import type { TalliedIndex } from './index-codec.ts'
import type { MemberPort } from './ports.ts'
import type { Signals } from './signals.ts'

export interface ImporterParts {
  readonly store: Pick<Store, 'downloads'>
  readonly clock: Clock
  readonly member: Pick<MemberPort, 'interpretContext' | 'imported'>
  readonly signals: Signals
}

export interface ImportRequest {
  readonly communityId: CommunityId
  readonly engine: EngineKind
  readonly entry: ArchiveEntry
  readonly file: ArchiveFile
  readonly signal: AbortSignal
}

export type ImportOutcome =
  | { readonly state: 'imported' }
  | { readonly state: 'waiting-for-key' | 'quarantined'; readonly reason: string }

interface Waiting {
  readonly request: ImportRequest
  readonly resolve: (outcome: ImportOutcome) => void
  readonly reject: (error: unknown) => void
}

interface Thread {
  readonly connection: Connection<ImportThread, never>
  end(): Promise<unknown>
}

/** Messages in a batch: one transaction, about 150 ms of the writer's time, and one message between threads. */
const BATCH = 2000
/** Times a thread may die over one archive before the archive is to blame. */
const DEATHS = 3

export class Importer {
  readonly #parts: ImporterParts
  readonly #batch: number
  readonly #threads: (Thread | null)[]
  readonly #idle: number[]
  readonly #waiting: Waiting[] = []
  #closed = false

  constructor(parts: ImporterParts, options: { readonly threads?: number; readonly batch?: number | undefined } = {}) {
    this.#parts = parts
    this.#batch = options.batch ?? BATCH
    const count = options.threads ?? 2
    this.#threads = new Array<Thread | null>(count).fill(null)
    this.#idle = Array.from({ length: count }, (_, slot) => slot)
  }

  /**
   * Imports one archive when its turn comes: the newest first. A refused archive is an outcome, not an error.
   * @throws the signal's reason; StoreError; RpcError when threads die without end
   */
  import(request: ImportRequest): Promise<ImportOutcome> {
    return new Promise((resolve, reject) => {
      const waiting = { request, resolve, reject }
      this.#waiting.push(waiting)
      this.#waiting.sort((a, b) => b.request.entry.to - a.request.entry.to)
      const giveUp = () => {
        const at = this.#waiting.indexOf(waiting)
        if (at >= 0) this.#waiting.splice(at, 1)
        if (at >= 0) reject(request.signal.reason)
      }
      request.signal.addEventListener('abort', giveUp, { once: true })
      if (request.signal.aborted) giveUp()
      this.#pump()
    })
  }

  /** Whether an archive is being read. */
  get isBusy(): boolean {
    return this.#idle.length < this.#threads.length
  }

  /** Hashes of an archive's records: those that need no other archive. @throws as `import`, UnusableArchive */
  async hashes({ communityId, entry, file, signal }: ImportRequest): Promise<Uint8Array[]> {
    return await this.#persistently(signal, async () => {
      const { from, to, topics } = entry
      const { groupKeys } = await this.#parts.member.interpretContext(communityId)
      const bytes = await this.#thread(0).connection.api.hashes({ file, from, to, topics, groupKeys })
      return Array.from({ length: bytes.length / 32 }, (_, at) => bytes.subarray(at * 32, (at + 1) * 32))
    })
  }

  /** Ids of the messages of an archive, some at a time; the same ones may come twice. @throws as `hashes` */
  async ids(
    { communityId, entry, file, signal }: ImportRequest,
    take: (ids: readonly MessageId[]) => void,
  ): Promise<void> {
    await this.#persistently(signal, async () => {
      const job = await this.#job(communityId, entry, file)
      for await (const ids of this.#thread(0).connection.api.ids(job)) {
        signal.throwIfAborted()
        take(ids)
      }
    })
  }

  /**
   * What of an index may be believed: ten thousand hashes are no work for the thread that answers people.
   * @throws {WireError} as `checkIndex`; the signal's reason; RpcError
   */
  async index(
    communityId: CommunityId,
    { kind, bytes, signal }: { readonly kind: EngineKind; readonly bytes: Uint8Array; readonly signal: AbortSignal },
  ): Promise<TalliedIndex> {
    try {
      return await this.#persistently(signal, async () => {
        const { groupKeys } = await this.#parts.member.interpretContext(communityId)
        const now = this.#parts.clock.now()
        const entries: ArchiveEntry[] = []
        let told: TalliedIndex = { entries, refused: [], counts: {} }
        for await (const part of this.#thread(0).connection.api.index({ bytes, kind, now, groupKeys })) {
          if (entries.length === 0) told = part
          entries.push(...part.entries)
        }
        return { ...told, entries }
      })
    } catch (error) {
      throw isWireError(error) ? new WireError(error.code, error.message, { cause: error }) : error
    }
  }

  /** Once more when the thread died meanwhile, a few times. */
  async #persistently<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let deaths = 1; ; deaths += 1) {
      signal.throwIfAborted()
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof RpcError) || error.code !== 'gone' || this.#closed || deaths >= DEATHS) throw error
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const gone = new RpcError('gone', 'The importer was closed.')
    for (const { reject } of this.#waiting.splice(0)) reject(gone)
    await Promise.all(this.#threads.map((thread) => thread?.end()))
  }

  #pump(): void {
    while (!this.#closed && this.#waiting.length > 0) {
      const slot = this.#idle.pop()
      if (slot === undefined) return
      const next = this.#waiting.shift()
      if (next === undefined) {
        this.#idle.push(slot)
        return
      }
      void this.#run(slot, next.request)
        .then(next.resolve, next.reject)
        .finally(() => {
          this.#idle.push(slot)
          this.#pump()
        })
    }
  }

  async #run(slot: number, request: ImportRequest): Promise<ImportOutcome> {
    for (let deaths = 1; ; deaths += 1) {
      request.signal.throwIfAborted()
      try {
        return await this.#import(slot, request)
      } catch (error) {
        request.signal.throwIfAborted()
        if (isUnusable(error)) return outcomeOf(error.code, error.message)
        if (!(error instanceof RpcError) || error.code !== 'gone' || this.#closed) throw error
        if (deaths >= DEATHS)
          return outcomeOf('IMPORT_CRASHED', 'The import stopped over this archive again and again.')
      }
    }
  }

  async #import(slot: number, request: ImportRequest): Promise<ImportOutcome> {
    const { communityId, engine, entry, file, signal } = request
    const { store, clock, signals } = this.#parts
    const job = await this.#job(communityId, entry, file)
    const batches = this.#thread(slot).connection.api.read(job)[Symbol.asyncIterator]()
    try {
      let next = await batches.next()
      await store.downloads.beginImport(communityId, engine, entry.id, clock.now())
      signals.emit('importingHistoryArchiveMessages', communityId, entry)
      while (!next.done) {
        signal.throwIfAborted()
        const batch = next.value
        // The worker verifies the next batch while this one is written.
        const [following] = await Promise.all([batch.done ? last : batches.next(), this.#write(request, batch)])
        next = following
      }
      return { state: 'imported' }
    } finally {
      // Also after the last batch: until it is told, the thread keeps the archive for more.
      void batches.return?.().catch(() => {})
    }
  }

  async #write({ communityId, engine, entry }: ImportRequest, batch: ImportedBatch): Promise<void> {
    const { store, clock, member, signals } = this.#parts
    const { effects, refused, done, read, records } = batch
    crashPoint(done ? 'import.done:before' : 'import.batch:before')
    const progress = { done, messages: effects.count, refused, at: clock.now() }
    // Moved on as it came: this thread has no part in what is in it.
    const moved = transfer(effects, handed(effects))
    const chatIds = await store.downloads.importBatch(communityId, engine, entry.id, moved, progress)
    crashPoint(done ? 'import.done:after' : 'import.batch:after')
    if (chatIds.length > 0) member.imported(communityId, chatIds)
    signals.progress({ communityId, step: 'import', done: read, total: records })
  }

  async #job(communityId: CommunityId, { from, to, topics }: ArchiveEntry, file: ArchiveFile): Promise<ImportJob> {
    const context = await this.#parts.member.interpretContext(communityId)
    return { file, from, to, topics, context: { ...context, origin: 'archive', keepRaw: false }, batch: this.#batch }
  }

  #thread(slot: number): Thread {
    const known = this.#threads[slot]
    if (known) return known
    const worker = spawnWorker('import')
    const connection = connect<ImportThread, never>(worker)
    const thread = { connection, end: () => endWorker(worker, connection) }
    this.#threads[slot] = thread
    void connection.closed.then(() => {
      if (this.#threads[slot] === thread) this.#threads[slot] = null
    })
    return thread
  }
}

const last: IteratorResult<ImportedBatch, void> = { done: true, value: undefined }

function outcomeOf(code: string, message: string): ImportOutcome {
  if (code === 'ENCRYPTED') return { state: 'waiting-for-key', reason: 'ENCRYPTED' }
  return { state: 'quarantined', reason: `${code}: ${message}` }
}

function isUnusable(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && error.name === 'UnusableArchive' && 'code' in error && typeof error.code === 'string'
}

function isWireError(error: unknown): error is Error & { readonly code: WireErrorCode } {
  return error instanceof Error && error.name === 'WireError' && 'code' in error
}
