/**
 * The index and the archives of a history, fetched through any node of Logos Storage that is a `DatasetClient`, as
 * reference clients do it. A node may say that it has fetched before every byte is here, so that it is asked until then.
 */
import { readFile } from 'node:fs/promises'
import { type Clock, systemClock, wait } from '../../clock.ts'
import { type ArchiveEntry, type ArchiveFile, type DatasetClient, EngineError } from '../engine.ts'

export interface DownloaderOptions {
  readonly clock?: Clock
  /** ms between two looks at whether all of it is here, and for how long they go on. */
  readonly pollEvery?: number
  readonly pollAtMost?: number
  /** ms without progress after which a node gives a fetch up; its own default if absent. */
  readonly timeout?: number
}

/** Fetches one dataset and waits until every byte of it is here. */
async function whole(
  client: DatasetClient,
  cid: string,
  signal: AbortSignal,
  { clock = systemClock, pollEvery = 1000, pollAtMost = 30_000, timeout }: DownloaderOptions,
  onProgress: (progress: { readonly done: number; readonly total: number }) => void = () => {},
): Promise<ArchiveFile> {
  const file = await client.fetch(cid, { signal, onProgress, ...(timeout === undefined ? {} : { timeout }) })
  const until = clock.now() + pollAtMost
  while (!(await client.has(cid))) {
    if (clock.now() >= until) throw new EngineError('timeout', `The node has not all of ${cid} after ${pollAtMost} ms.`)
    await wait(clock, pollEvery, signal)
  }
  signal.throwIfAborted()
  return file
}

const cancelled = () => new EngineError('aborted', 'The download was cancelled.')

export class IndexDownloader {
  readonly #client: DatasetClient
  readonly #cid: string
  readonly #options: DownloaderOptions
  readonly #cancelled = new AbortController()
  #progress = { done: 0, total: 0 }

  constructor(client: DatasetClient, cid: string, options: DownloaderOptions = {}) {
    this.#client = client
    this.#cid = cid
    this.#options = options
  }

  /** bytes; `total` is 0 until the manifest is here. */
  get progress(): { readonly done: number; readonly total: number } {
    return this.#progress
  }

  /** @returns the index as it was published. @throws EngineError */
  async download(): Promise<Uint8Array> {
    const file = await whole(this.#client, this.#cid, this.#cancelled.signal, this.#options, (progress) => {
      this.#progress = progress
    })
    return new Uint8Array(await readFile(file.path))
  }

  cancel(): void {
    this.#cancelled.abort(cancelled())
  }
}

export interface ArchiveDownloaderOptions extends DownloaderOptions {
  /** Ids of archives that are here already. */
  readonly known?: ReadonlySet<string>
  readonly onStarting?: (entry: ArchiveEntry) => void
  readonly onArchive?: (entry: ArchiveEntry, file: ArchiveFile) => void
  /** One archive failed; the others are fetched all the same. */
  readonly onFailed?: (entry: ArchiveEntry, error: unknown) => void
}

/** Newest first, one after the other; what fails is left pending and can be tried again by another `download`. */
export class ArchiveDownloader {
  readonly #client: DatasetClient
  readonly #options: ArchiveDownloaderOptions
  readonly #cancelled = new AbortController()
  readonly #total: number
  #pending: readonly ArchiveEntry[]
  #resumed: PromiseWithResolvers<void> | null = null

  constructor(client: DatasetClient, entries: readonly ArchiveEntry[], options: ArchiveDownloaderOptions = {}) {
    this.#client = client
    this.#options = options
    this.#total = entries.length
    const missing = entries.filter(({ id }) => options.known?.has(id) !== true)
    this.#pending = missing.toSorted((a, b) => b.from - a.from)
  }

  /** `done` counts what was here before, too. */
  get counts(): { readonly total: number; readonly pending: number; readonly done: number } {
    const pending = this.#pending.length
    return { total: this.#total, pending, done: this.#total - pending }
  }

  /** Lets the archive that is under way come, and begins no other until `resume`. */
  pause(): void {
    this.#resumed ??= Promise.withResolvers()
  }

  resume(): void {
    this.#resumed?.resolve()
    this.#resumed = null
  }

  cancel(): void {
    this.#cancelled.abort(cancelled())
    this.resume()
  }

  /** Until none is left to try. @throws EngineError `aborted` if it is cancelled */
  async download(): Promise<void> {
    const { signal } = this.#cancelled
    const { onStarting, onArchive, onFailed } = this.#options
    for (const entry of this.#pending) {
      await this.#resumed?.promise
      if (signal.aborted) throw cancelled()
      onStarting?.(entry)
      let file: ArchiveFile
      try {
        if (entry.locator.kind !== 'codex') throw new EngineError('unsupported', 'This archive is no Codex dataset.')
        file = await whole(this.#client, entry.locator.cid, signal, this.#options)
      } catch (error) {
        if (signal.aborted) throw cancelled()
        onFailed?.(entry, error)
        continue
      }
      this.#pending = this.#pending.filter(({ id }) => id !== entry.id)
      onArchive?.(entry, file)
    }
  }
}
