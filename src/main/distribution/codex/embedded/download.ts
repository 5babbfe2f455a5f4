/**
 * Fetches the missing blocks of one dataset from as many peers as have them. Every block is verified against the tree
 * before it is kept (R5.3); a peer whose block or proof is wrong is at fault and says nothing more to us. A manifest
 * that lies about its tree is found out by a proof that can only be true if the manifest is not.
 */
import { type Clock, wait } from '../../../clock.ts'
import { blockDigest, equalBytes, MAX_RESPONSE_DATA, type Presence, proofRoot } from '../../../wire/index.ts'
import { EngineError } from '../../engine.ts'
import type { Dataset } from './dataset.ts'
import type { ReceivedBlock } from './dialogue.ts'
import { toEngineError } from './errors.ts'
import { Offers } from './offers.ts'
import type { Pace } from './pace.ts'
import type { PeerSession } from './peer-session.ts'
import type { Follower } from './swarm.ts'

export interface DownloadOptions {
  readonly dataset: Dataset
  readonly clock: Clock
  readonly pace: Pace
  /** ms without a block after which it is given up. */
  readonly timeout: number
  readonly signal: AbortSignal
  readonly follow: (follower: Follower) => () => void
  /** A block was kept. @param bytes of its own, without zeros that fill it */
  readonly onBlock: (peer: string, bytes: number) => void
  readonly onFault: (peer: string, reason: string) => void
  readonly noteProgress: () => void
}

interface Source {
  readonly session: PeerSession
  /** Blocks that it had not when it was asked last. */
  readonly lacks: Set<number>
  /** Requests it may have open for this download; grows with each that was answered. */
  allowance: number
  open: number
  readonly detach: () => void
}

const firstAllowance = 2
const mostAllowance = 64
/** Requests that are made together. */
const breath = 4
/** Blocks, and ms, after which what came is noted: so much has to come again after a crash, at most. */
const noteEvery = { blocks: 32, time: 50 }
/** ms between looks at who has what by now, and at what is late. */
const lookEvery = 1000
/** ms after which a block that one peer owes is asked of another, too. */
const lateAfter = 3000
let downloads = 0

export class Download implements Follower {
  readonly #options: DownloadOptions
  readonly #dataset: Dataset
  readonly #id: bigint
  readonly #sources = new Map<string, Source>()
  /** When each block under way was asked for, ms. */
  readonly #asked = new Map<number, number>()
  readonly #batch: number
  readonly #offers: Offers
  readonly #done = Promise.withResolvers<void>()
  #over = false
  /** All blocks before it are here or under way. */
  #lowest = 0
  #lastBlock: number
  #unnoted = 0
  #cancelNote: (() => void) | null = null

  constructor(options: DownloadOptions) {
    this.#options = options
    this.#dataset = options.dataset
    this.#offers = new Offers(options.dataset.root, options.dataset.blocks)
    this.#batch = Math.max(1, Math.floor(MAX_RESPONSE_DATA / options.dataset.blockSize))
    this.#lastBlock = options.clock.now()
    downloads += 1
    this.#id = BigInt(downloads)
  }

  get peers(): number {
    return this.#sources.size
  }

  /** @throws EngineError `timeout`, `aborted`, `corrupt` (the manifest lies), `no-space` */
  async run(): Promise<void> {
    const { signal, follow } = this.#options
    if (this.#dataset.have.complete) return
    const abort = () => this.#end(toEngineError(signal.reason, 'fetch from peers'))
    signal.addEventListener('abort', abort, { once: true })
    const looking = new AbortController()
    void this.#look(looking.signal)
    const unfollow = follow(this)
    try {
      if (signal.aborted) abort()
      await this.#done.promise
    } finally {
      this.#over = true
      signal.removeEventListener('abort', abort)
      looking.abort()
      unfollow()
      for (const source of this.#sources.values()) source.detach()
      this.#cancelNote?.()
      if (this.#unnoted > 0) this.#note()
    }
  }

  joined(session: PeerSession): void {
    if (this.#over || this.#sources.has(session.peer)) return
    const detach = session.attach(() => this.#pump(source))
    const source: Source = { session, lacks: new Set(), allowance: firstAllowance, open: 0, detach }
    this.#sources.set(session.peer, source)
    void session.closed.then(() => this.#drop(source))
    session.announce(this.#dataset.root, this.#dataset.blocks, this.#id).catch(() => {})
    this.#pump(source)
  }

  /** The peer says that it has something now. */
  hasNews(peer: string, presences: readonly Presence[]): void {
    const source = this.#sources.get(peer)
    if (source !== undefined) this.#offers.note(peer, presences)
    source?.lacks.clear()
    if (source !== undefined) this.#pump(source)
  }

  /** Asks for more, several requests in one breath: what is sent alone costs as much as what is sent together. */
  #pump(source: Source): void {
    const room = source.allowance - source.open
    if (source.open > 0 && room < Math.min(breath, source.allowance / 2)) return
    while (!this.#over && source.open < source.allowance && source.session.hasRoom) {
      const indexes = this.#pick(source)
      if (indexes.length === 0) return
      void this.#ask(source, indexes)
    }
  }

  #pick(source: Source): number[] {
    const { have } = this.#dataset
    const isFree = (index: number) => !have.has(index) && !this.#asked.has(index) && !source.lacks.has(index)
    const rare = this.#offers.rarestOf(source.session.peer, isFree)
    if (rare !== null) return this.#rowFrom(rare, isFree)
    const indexes: number[] = []
    const now = this.#options.clock.now()
    let low = true
    for (let index = this.#lowest; index < have.length && indexes.length < this.#batch; index += 1) {
      const asked = this.#asked.get(index)
      const settled = have.has(index) || asked !== undefined
      if (low && settled) this.#lowest = index + 1
      else low = false
      if (settled || source.lacks.has(index)) continue
      if (indexes.length > 0 && index !== (indexes.at(-1) ?? 0) + 1) break
      indexes.push(index)
    }
    // Nothing new is left: what somebody else owes for long may be had here.
    if (indexes.length === 0 && source.open === 0)
      for (const [index, asked] of this.#asked) if (now - asked > lateAfter && !source.lacks.has(index)) return [index]
    return indexes
  }

  /** What lies behind a block is asked for with it: two in one request cost little more than one. */
  #rowFrom(first: number, isFree: (index: number) => boolean): number[] {
    const indexes = [first]
    while (
      indexes.length < this.#batch &&
      first + indexes.length < this.#dataset.blocks &&
      isFree(first + indexes.length)
    )
      indexes.push(first + indexes.length)
    return indexes
  }

  async #ask(source: Source, indexes: readonly number[]): Promise<void> {
    const { clock, pace } = this.#options
    source.open += 1
    // Not late for as long as it was not asked for.
    for (const index of indexes) this.#asked.set(index, Number.POSITIVE_INFINITY)
    try {
      await pace.take(indexes.length * this.#dataset.blockSize)
      if (this.#over) return
      for (const index of indexes) this.#asked.set(index, clock.now())
      const blocks = await source.session.request(this.#dataset.root, indexes).catch(() => null)
      // Null: the session is over, and whoever ended it knows why.
      if (blocks !== null && !this.#over) this.#takeAll(source, indexes, blocks)
    } finally {
      source.open -= 1
      for (const index of indexes) {
        this.#asked.delete(index)
        if (!this.#dataset.have.has(index)) this.#lowest = Math.min(this.#lowest, index)
      }
      if (!this.#over) for (const other of this.#sources.values()) this.#pump(other)
    }
  }

  #takeAll(source: Source, indexes: readonly number[], blocks: readonly ReceivedBlock[]): void {
    const left = new Set(indexes)
    try {
      for (const block of blocks) {
        if (!left.delete(block.index)) throw new Fault(`sent block ${block.index}, which was not asked for`)
        this.#take(block, source.session.peer)
      }
      for (const index of left) source.lacks.add(index)
      if (blocks.length > 0) source.allowance = Math.min(mostAllowance, source.allowance + 1)
    } catch (error) {
      if (!(error instanceof Fault)) {
        this.#end(toEngineError(error, 'keep what came'))
        return
      }
      this.#drop(source)
      this.#options.onFault(source.session.peer, error.message)
    }
  }

  /** @throws Fault if the peer is to blame, EngineError `corrupt` if the manifest is */
  #take(block: ReceivedBlock, peer: string): void {
    const { root, blocks, blockSize, tree, have } = this.#dataset
    const { index, data } = block
    const digest = blockDigest(data, data.length)
    if (!equalBytes(digest, block.digest)) throw new Fault(`sent block ${index} with wrong bytes`)
    if (block.provenIndex !== index) throw new Fault(`proved another block than ${index}`)
    const proven = tree.absorb(index, digest, block.path, root)
    if (!proven) {
      // It may be true of a tree with more or fewer leaves: then it is the manifest that lies about them.
      const otherwise = block.leaves === blocks ? null : proofRoot(digest, index, block.leaves, block.path)
      if (otherwise === null || !equalBytes(otherwise, root)) throw new Fault(`sent a wrong proof of block ${index}`)
      throw lies(`its tree has ${block.leaves} blocks and not ${blocks}`)
    }
    if (data.length !== blockSize) throw lies(`its blocks have ${data.length} bytes and not ${blockSize}`)
    if (data.subarray(this.#dataset.lengthOf(index)).some((byte) => byte !== 0)) throw lies('it is longer than it says')
    if (have.has(index)) return
    this.#dataset.write(index, data)
    this.#kept(index, peer)
  }

  #kept(index: number, peer: string): void {
    this.#lastBlock = this.#options.clock.now()
    this.#unnoted += 1
    this.#options.onBlock(peer, this.#dataset.lengthOf(index))
    if (this.#dataset.have.complete) this.#end(null)
    else if (this.#unnoted >= noteEvery.blocks) this.#note()
    else this.#cancelNote ??= this.#options.clock.setTimer(noteEvery.time, () => this.#note())
  }

  #note(): void {
    this.#cancelNote?.()
    this.#cancelNote = null
    this.#unnoted = 0
    this.#options.noteProgress()
  }

  /** Once in a while: gives up, asks again for what peers had not, and wakes those who have nothing to do. */
  async #look(signal: AbortSignal): Promise<void> {
    const { clock, timeout } = this.#options
    try {
      for (let round = 1; ; round += 1) {
        await wait(clock, Math.min(lookEvery, timeout), signal)
        if (clock.now() - this.#lastBlock >= timeout) {
          const whom = this.#sources.size === 0 ? 'no peer could be reached' : `${this.#sources.size} peers have it not`
          this.#end(new EngineError('timeout', `Nothing came for ${timeout / 1000} s: ${whom}.`))
          return
        }
        for (const source of this.#sources.values()) {
          if (round % 2 === 0) source.lacks.clear()
          this.#pump(source)
        }
      }
    } catch {
      // It is over.
    }
  }

  #drop(source: Source): void {
    source.detach()
    if (this.#sources.get(source.session.peer) !== source) return
    this.#sources.delete(source.session.peer)
    this.#offers.drop(source.session.peer)
  }

  #end(error: EngineError | null): void {
    if (this.#over) return
    this.#over = true
    if (error === null) this.#done.resolve()
    else this.#done.reject(error)
  }
}

/** What only the peer can be to blame for. */
class Fault extends Error {}

function lies(how: string): EngineError {
  return new EngineError('corrupt', `The manifest of this dataset lies: ${how}.`, { retryable: false })
}
