/**
 * Keeps in the node what we offer. A node drops what is old, is full one day, or is set up anew, and says nothing; so
 * what was given to it is looked at again and again, read as a whole once in a while, and uploaded again from our own
 * copy where anything is missing. What we no longer offer the node lets go of, and nothing is lost by that.
 */
import { createReadStream } from 'node:fs'
import { type Clock, wait } from '../../../clock.ts'
import { decodeManifest, equalBytes } from '../../../wire/index.ts'
import { EngineError } from '../../engine.ts'
import type { LinkRow } from '../embedded/catalogue.ts'
import type { Dataset } from '../embedded/dataset.ts'
import type { Library } from '../embedded/library.ts'
import type { Pace } from '../embedded/pace.ts'
import { type NodeClient, NodeRefusal, type Upload } from './client.ts'
import { NodeGone, NodeStrange } from './http.ts'
import type { NodeLink } from './link.ts'
import { type BoundManifest, bindManifest } from './manifest.ts'
import type { Placements } from './placements.ts'
import { NotWhole, readWhole } from './reading.ts'
import type { ExternalSettings } from './settings.ts'

type Names = Pick<Upload, 'filename' | 'mimetype'>

export interface KeeperParts {
  readonly library: Library
  readonly placements: Placements
  readonly link: NodeLink
  readonly clock: Clock
  /** Of what is given to the node, and of what is read from it to see whether it is there. */
  readonly pace: { readonly upload: Pace; readonly download: Pace }
  readonly settings: Pick<
    ExternalSettings,
    'origin' | 'firstRetry' | 'longestRetry' | 'round' | 'rereadAfter' | 'renewAfter'
  >
  readonly onSent: (bytes: number) => void
  readonly onChange: () => void
}

/** Times that an upload is tried which broke for no reason that is known. */
const uploadAttempts = 3
const readAtOnce = 256 * 1024

export class Keeper {
  readonly #parts: KeeperParts
  readonly #stopping = new AbortController()
  readonly #served = new Map<number, LinkRow>()
  /** Links that are expressly not to be served: what is fetched for them does not stay in the node. */
  readonly #quiet = new Set<number>()
  #trouble = ''
  /** One transfer to the node at a time. */
  #turn: Promise<unknown> = Promise.resolve()
  #rounds: Promise<void> = Promise.resolve()
  #wake = () => {}
  #due = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  start(): void {
    this.#rounds = this.#watch().catch(() => {})
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new EngineError('aborted', 'The Codex engine stops.'))
    this.#wake()
    await Promise.allSettled([this.#rounds, this.#turn])
  }

  /** Why something that we offer is not in the node, with what to do; empty if all of it is. */
  get trouble(): string {
    return this.#trouble
  }

  /** Offers all that is here of a link, from now on. Resolves when the node has it. @throws EngineError */
  async serve(row: LinkRow, signal: AbortSignal): Promise<void> {
    this.#served.set(row.id, row)
    this.#quiet.delete(row.id)
    const cids = this.#parts.library.catalogue.held(row)
    this.#parts.placements.want(cids)
    try {
      await this.place(cids, signal)
    } catch (error) {
      this.look()
      throw error
    }
  }

  /** The node lets go of what only this link held; our own copy stays. */
  async quiet(row: LinkRow): Promise<void> {
    this.#served.delete(row.id)
    this.#quiet.add(row.id)
    await this.letGo(this.#parts.library.catalogue.held(row).filter((cid) => this.#isHere(cid)))
  }

  /** A link was forgotten. */
  forget(row: LinkRow): void {
    this.#served.delete(row.id)
    this.#quiet.delete(row.id)
  }

  /** The node lets go of those that no served link holds, now or when it is there again. */
  async letGo(cids: readonly string[]): Promise<void> {
    const { library, placements } = this.#parts
    const kept = new Set([...this.#served.values()].flatMap((row) => library.catalogue.held(row)))
    const free = cids.filter((cid) => !kept.has(cid))
    placements.unwant(free)
    // What it cannot do now, a round does.
    if (free.length > 0) await this.#release().catch(() => this.look())
  }

  /** All of it came out of the node a moment ago. */
  async seen(row: LinkRow, cid: string): Promise<void> {
    const now = this.#parts.clock.now()
    this.#parts.placements.put({ cid, placed: now, read: now })
    if (this.#quiet.has(row.id)) await this.letGo([cid])
  }

  /** Has the node hold these, as far as they are here, whole. @throws EngineError */
  async place(cids: readonly string[], signal: AbortSignal): Promise<void> {
    for (const cid of cids) {
      const dataset = this.#parts.library.datasetOf(cid)
      if (dataset?.check() !== true) continue
      await this.#inTurn(signal, (client, each) => this.#ensure(client, cid, dataset, each))
    }
  }

  /**
   * Gives the node a dataset of ours that it never had. It decides in which form the manifest is written, and so which CID
   * the dataset has. @throws EngineError
   */
  async give(dataset: Dataset, names: Names, signal: AbortSignal): Promise<{ cid: string } & BoundManifest> {
    return await this.#inTurn(signal, async (client, each) => {
      const cid = await this.#uploadNamed(client, dataset, names, each)
      const described = await client.manifest(cid, { signal: each, timeout: 30_000 })
      if (described === null) throw new NodeStrange('it does not know what was uploaded a moment ago')
      const bound = bindManifest(cid, described)
      if (!equalBytes(bound.manifest.root, dataset.root) || bound.manifest.size !== dataset.size)
        throw new NodeStrange('it made another dataset of what was uploaded')
      this.#note(cid)
      return { cid, ...bound }
    })
  }

  /** Makes a round soon: something may be different. */
  look(): void {
    this.#due = true
    this.#wake()
  }

  async #watch(): Promise<void> {
    const { clock, settings } = this.#parts
    while (!this.#stopping.signal.aborted) {
      if (!this.#due) {
        const woken = new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        const timer = new AbortController()
        await Promise.race([woken, wait(clock, settings.round, timer.signal).catch(() => {})])
        timer.abort()
      }
      this.#due = false
      await this.#round()
      // What went wrong is tried again, but not at once.
      if (this.#trouble !== '' && !this.#stopping.signal.aborted)
        await wait(clock, settings.longestRetry, this.#stopping.signal).then(
          () => this.look(),
          () => {},
        )
    }
  }

  /** Has the node let go of what nobody wants any more. */
  async #release(): Promise<void> {
    const { placements } = this.#parts
    for (const cid of placements.unwanted())
      await this.#inTurn(this.#stopping.signal, async (client, signal) => {
        if (!placements.unwanted().includes(cid)) return
        await client.remove(cid, { signal })
        placements.gone(cid)
      })
  }

  async #round(): Promise<void> {
    const { library, link } = this.#parts
    const { signal } = this.#stopping
    let trouble = ''
    try {
      await this.#release()
      for (const row of [...this.#served.values()])
        for (const cid of library.catalogue.held(row)) if (this.#served.has(row.id)) await this.place([cid], signal)
    } catch (error) {
      // A node that is away says so itself.
      if (!signal.aborted && link.client !== null) trouble = error instanceof Error ? error.message : String(error)
    }
    if (trouble === this.#trouble) return
    this.#trouble = trouble
    this.#parts.onChange()
  }

  #isHere(cid: string): boolean {
    return this.#parts.library.datasetOf(cid)?.check() === true
  }

  async #ensure(client: NodeClient, cid: string, dataset: Dataset, signal: AbortSignal): Promise<void> {
    const { placements, clock, settings, pace, library } = this.#parts
    const now = clock.now()
    const known = placements.get(cid)
    const isOld = known !== null && now - known.placed >= settings.renewAfter
    if (!isOld && known !== null && now - known.read < settings.rereadAfter && (await client.has(cid, { signal })))
      return
    if (!isOld) {
      try {
        await readWhole(await client.read(cid, 'disk', { signal }), dataset, { pace: pace.download })
        placements.put({ cid, placed: known?.placed ?? now, read: now })
        return
      } catch (error) {
        if (error instanceof NodeGone) throw error
        const missing = error instanceof NotWhole || error instanceof NodeStrange || error instanceof NodeRefusal
        if (!missing) throw error
      }
    }
    const manifest = library.catalogue.manifest(cid)
    if (manifest === null) return
    const made = await this.#upload(client, dataset, decodeManifest(manifest.bytes), signal)
    if (made === cid) return this.#note(cid)
    throw new EngineError(
      'unsupported',
      `The Codex node at ${settings.origin} writes manifests in another form than the one in which ${cid} was published, so members could not find it there. Use a node of that generation, or the engine inside Chronicle.`,
    )
  }

  #note(cid: string): void {
    const now = this.#parts.clock.now()
    this.#parts.placements.put({ cid, placed: now, read: now })
    this.#parts.onChange()
  }

  /**
   * A node that does not know the type, or does not like the name, takes it without. It says so before it has read the
   * bytes, and hangs up: while we are still writing, all that may reach us of its answer is the broken connection.
   */
  async #uploadNamed(client: NodeClient, dataset: Dataset, names: Names, signal: AbortSignal): Promise<string> {
    const ways = [names, { ...names, mimetype: null }, { filename: null, mimetype: null }]
    for (const [at, way] of ways.entries()) {
      try {
        return await this.#upload(client, dataset, way, signal)
      } catch (error) {
        const disliked = error instanceof NodeRefusal && error.status === 422
        if (!(disliked || error instanceof NodeGone) || at === ways.length - 1) throw error
      }
    }
    throw new NodeStrange('it takes no upload')
  }

  async #upload(client: NodeClient, dataset: Dataset, names: Names, signal: AbortSignal): Promise<string> {
    const { clock, settings } = this.#parts
    for (let attempt = 1; ; attempt += 1) {
      await this.#expectRoom(client, dataset.size, signal)
      try {
        const bytes = this.#bytesOf(dataset)
        return await client.upload({ bytes, size: dataset.size, ...names }, { signal })
      } catch (error) {
        signal.throwIfAborted()
        const passes = error instanceof NodeGone || (error instanceof NodeRefusal && error.status >= 500)
        if (!passes || attempt >= uploadAttempts) throw error
        // It may have broken for want of room, which it does not say.
        await wait(clock, Math.min(settings.longestRetry, settings.firstRetry * attempt), signal)
      }
    }
  }

  async #expectRoom(client: NodeClient, size: number, signal: AbortSignal): Promise<void> {
    const { link, settings } = this.#parts
    const { quotaMaxBytes: quota, quotaUsedBytes, quotaReservedBytes } = await link.measure(client, signal)
    const used = quotaUsedBytes + quotaReservedBytes
    if (quota - used >= size) return
    throw new EngineError(
      'no-space',
      `The Codex node at ${settings.origin} is full: ${used} of ${quota} bytes are taken, and ${size} more are needed. Raise its quota, or remove datasets from it; what is missing is uploaded by itself then.`,
      { retryable: true },
    )
  }

  async *#bytesOf(dataset: Dataset): AsyncGenerator<Uint8Array> {
    const { pace, onSent } = this.#parts
    for await (const bytes of createReadStream(dataset.path, { highWaterMark: readAtOnce })) {
      await pace.upload.take(bytes.length)
      yield bytes
      onSent(bytes.length)
    }
  }

  /** @throws EngineError `unavailable` if the node is not there, or the work's own error in words */
  async #inTurn<T>(signal: AbortSignal, work: (client: NodeClient, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { link, settings } = this.#parts
    const each = AbortSignal.any([signal, this.#stopping.signal])
    const run = this.#turn.then(async () => {
      each.throwIfAborted()
      const { client } = link
      if (client === null) throw new EngineError('unavailable', link.trouble || 'The Codex node was not found yet.')
      return await work(client, each)
    })
    this.#turn = run.catch(() => {})
    try {
      return await run
    } catch (error) {
      each.throwIfAborted()
      if (error instanceof EngineError) throw error
      if (error instanceof NodeGone) void link.doubt(true).catch(() => {})
      const byNode = error instanceof NodeGone || error instanceof NodeStrange || error instanceof NodeRefusal
      if (!byNode) throw error
      const text = `The Codex node at ${settings.origin} did not do what it was asked: ${error.message}. Look at its log; it is tried again.`
      throw new EngineError('unavailable', text, { cause: error })
    }
  }
}
