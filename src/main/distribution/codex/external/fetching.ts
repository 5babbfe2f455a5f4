/**
 * Gets one dataset through the node. Where it can be watched and cancelled it is fetched in the background and then read
 * from the node's disk; else it is read from the network while it comes. Whole, verified and on our own disk, or not at
 * all: what the node says of a download is never taken for its end (RULES.md R5.3).
 */
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, wait } from '../../../clock.ts'
import { WireError } from '../../../wire/index.ts'
import { EngineError } from '../../engine.ts'
import type { Dataset } from '../embedded/dataset.ts'
import type { Library } from '../embedded/library.ts'
import type { Pace } from '../embedded/pace.ts'
import { type NodeClient, NodeRefusal } from './client.ts'
import { NodeGone, NodeStrange } from './http.ts'
import type { NodeLink } from './link.ts'
import { bindManifest } from './manifest.ts'
import { NotWhole, readWhole } from './reading.ts'
import type { ExternalSettings } from './settings.ts'

export interface FetchCall {
  readonly cid: string
  /** bytes; a dataset that is larger by its manifest is refused. */
  readonly maxBytes: number
  /** ms without progress after which it is given up. */
  readonly timeout: number
  readonly signal: AbortSignal
  readonly progress: (progress: { readonly done: number; readonly total: number }) => void
  /** Bytes that came from the node. */
  readonly received: (dataset: Dataset, bytes: number) => void
  /** Before each attempt: peers may be worth telling the node of. */
  readonly before: (client: NodeClient) => void
}

export interface FetchingParts {
  readonly library: Library
  readonly link: NodeLink
  readonly clock: Clock
  readonly pace: Pace
  readonly settings: Pick<ExternalSettings, 'poll' | 'firstRetry' | 'longestRetry'>
}

/** ms that a cancellation may take, after which the node is left to itself */
const cancelPatience = 3000

export async function fetchDataset(parts: FetchingParts, call: FetchCall): Promise<Dataset> {
  return await new Fetching(parts, call).run()
}

class Fetching {
  readonly #parts: FetchingParts
  readonly #call: FetchCall
  /** When it came further than ever before: what only comes again is no progress. */
  #last: number
  readonly #furthest = { fetched: -1, read: 0 }
  /** Attempts that a watched download ended without the dataset being there: it is read as it comes then. */
  #unfinished = 0

  constructor(parts: FetchingParts, call: FetchCall) {
    this.#parts = parts
    this.#call = call
    this.#last = parts.clock.now()
  }

  async run(): Promise<Dataset> {
    const { clock, link, settings } = this.#parts
    const { signal, timeout, cid } = this.#call
    let reason: unknown = null
    for (let failures = 0; ; failures += 1) {
      let why: unknown
      try {
        const client = await link.reach(signal, Math.max(1, this.#rest))
        this.#call.before(client)
        return await this.#attempt(client)
      } catch (error) {
        signal.throwIfAborted()
        if (isFinal(error)) throw error
        why = error
        // That time ran out in the middle of the last attempt says less than what the ones before it met.
        if (!(error instanceof NodeGone)) reason = error
      }
      // Not found may be a node of another generation, for which these are no addresses at all.
      await link.doubt(why instanceof NodeGone).catch(() => {})
      const delay = Math.min(settings.longestRetry, settings.firstRetry * 2 ** Math.min(failures, 16))
      if (this.#rest <= delay) {
        if (link.trouble !== '') throw new EngineError('unavailable', link.trouble, { cause: why })
        throw givenUp(cid, timeout, reason ?? why)
      }
      await wait(clock, delay, signal)
    }
  }

  async #attempt(client: NodeClient): Promise<Dataset> {
    const dataset = await this.#described(client)
    const { cid } = this.#call
    if (dataset.check()) return dataset
    this.#progress(0, dataset.size)
    const isWatched = this.#unfinished < 2 && (await this.#inBackground(client, dataset))
    try {
      return await this.#read(client, cid, dataset, isWatched ? 'disk' : 'network')
    } catch (error) {
      if (isWatched && error instanceof NotWhole) this.#unfinished += 1
      throw error
    }
  }

  /** The dataset that the CID is of, with nothing of it here yet. */
  async #described(client: NodeClient): Promise<Dataset> {
    const { library } = this.#parts
    const { cid, maxBytes, signal } = this.#call
    const known = library.datasetOf(cid)
    if (known !== null) return within(known, maxBytes)
    const described = await client.manifest(cid, { signal, timeout: Math.max(1, this.#rest) })
    if (described === null) throw new NotWhole('nobody it knows has the manifest')
    const { manifest, bytes } = bindManifest(cid, described)
    within(manifest, maxBytes)
    this.#stir()
    return library.adopt(cid, bytes, manifest)
  }

  /** Has the node fetch it. @returns whether it could be watched until it ended */
  async #inBackground(client: NodeClient, dataset: Dataset): Promise<boolean> {
    // Old nodes can neither be watched nor stopped: what is begun so would go on for good.
    if (client.flavour === 'codex') return false
    const { clock, settings } = this.#parts
    const { cid, signal } = this.#call
    const begun = await client.fetch(cid, { signal, timeout: Math.max(1, this.#rest) })
    if (begun === null) throw new NotWhole('nobody it knows has the manifest')
    if (begun === 'busy' || begun.id === null) return false
    let isOver = false
    try {
      for (;;) {
        const { active, received = 0, total = 0 } = await client.progress(cid, begun.id, { signal })
        if (!active) break
        this.#reached('fetched', received)
        // Half of the way: what the node has still has to come here.
        if (total > 0) this.#progress((Math.min(1, received / total) * dataset.size) / 2, dataset.size)
        if (this.#rest <= 0) throw new NotWhole(`it has ${received} of ${total} blocks, and gets no more`)
        await wait(clock, settings.poll, signal)
      }
      isOver = true
      return true
    } finally {
      if (!isOver) await client.cancel(cid, begun.id, { timeout: cancelPatience }).catch(() => false)
    }
  }

  /** Reads all of it into a file of our own, which takes its name when it was found right. */
  async #read(client: NodeClient, cid: string, dataset: Dataset, from: 'disk' | 'network'): Promise<Dataset> {
    const { library, pace } = this.#parts
    const { signal, received } = this.#call
    const incoming = join(library.root, 'incoming', randomUUID())
    const file = await open(incoming, 'wx', 0o600)
    try {
      let done = 0
      const take = async (bytes: Uint8Array) => {
        await writeAll(file, bytes)
        done += bytes.length
        this.#reached('read', done)
        received(dataset, bytes.length)
        this.#progress(from === 'disk' ? (dataset.size + done) / 2 : done, dataset.size)
      }
      const answer = await client.read(cid, from, { signal, timeout: Math.max(1, this.#rest) })
      const tree = await readWhole(answer, dataset, { pace, take })
      await file.sync()
      await rename(incoming, dataset.path)
      dataset.becomeComplete(tree)
      await library.complete(dataset)
      return dataset
    } finally {
      await file.close()
      await rm(incoming, { force: true })
    }
  }

  /** ms that are left without progress */
  get #rest(): number {
    return this.#last + this.#call.timeout - this.#parts.clock.now()
  }

  #reached(what: 'fetched' | 'read', count: number): void {
    if (count <= this.#furthest[what]) return
    this.#furthest[what] = count
    this.#stir()
  }

  #stir(): void {
    this.#last = this.#parts.clock.now()
  }

  #progress(done: number, total: number): void {
    this.#call.progress({ done: Math.floor(done), total })
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
}

function givenUp(cid: string, timeout: number, cause: unknown): EngineError {
  const text = cause instanceof Error ? cause.message : String(cause)
  const code = cause instanceof NodeStrange ? 'unavailable' : 'timeout'
  return new EngineError(code, `The Codex node brought nothing of ${cid} within ${timeout / 1000} s: ${text}.`, {
    cause,
  })
}

function within<T extends { readonly size: number }>(dataset: T, maxBytes: number): T {
  if (dataset.size <= maxBytes) return dataset
  throw new EngineError('too-large', `This dataset has ${dataset.size} bytes, and at most ${maxBytes} are taken.`)
}

/** What no further attempt can mend: our own refusals, and a full disk. What the node says amiss may be right later. */
function isFinal(error: unknown): boolean {
  if (error instanceof EngineError) return true
  const byNode = error instanceof NodeGone || error instanceof NodeStrange || error instanceof NodeRefusal
  return !byNode && !(error instanceof NotWhole) && !(error instanceof WireError)
}
