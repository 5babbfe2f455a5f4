/**
 * One publication in the client: serves what is there, and fetches the ranges somebody waits for. What it has is
 * `publication.files.have`; webtorrent's own idea of it is never asked (RULES.md R5.3).
 */
import type { Torrent, Wire } from 'webtorrent'
import type { Clock } from '../../clock.ts'
import { EngineError } from '../engine.ts'
import type { TorrentClient } from './client.ts'
import { toEngineError } from './errors.ts'
import type { Publication } from './library.ts'
import { pieceCount } from './piece-files.ts'
import { cancelled } from './shared-tasks.ts'
import { type WantedRange, WantList } from './want-list.ts'

export interface TransferEvents {
  /** Pieces came or went, or peers did. */
  readonly onChange: () => void
  readonly onPayload: (bytes: { readonly down: number; readonly up: number }) => void
  /** The torrent could not be kept loaded. */
  readonly onLost: (error: EngineError) => void
}

export interface WantOptions {
  readonly signal: AbortSignal
  /** ms without a new piece of this torrent after which waiting ends. */
  readonly timeout: number
  readonly urgent: boolean
  readonly onPiece: (missing: number) => void
}

/** Missing pieces selected at a time, about 16 MB: enough to fill a fast line, few enough to keep the asked order. */
const windowPieces = 160
/** ms between two attempts to reach the peers we were told of; webtorrent gives a peer up after about 20 s. */
const redialEvery = 5_000
/** ms within which a second failure means that reloading does not help. */
const reloadPatience = 10_000

export class Transfer {
  readonly publication: Publication
  readonly #client: TorrentClient
  readonly #clock: Clock
  readonly #events: TransferEvents
  readonly #peers: () => Iterable<string>
  readonly #trackers: readonly string[]
  readonly #wanted = new WantList(windowPieces)
  readonly #selected = new Set<WantedRange>()
  #torrent: Torrent | null = null
  #lastPiece = 0
  #lastFailure = Number.NEGATIVE_INFINITY
  #stopRedial: () => void = () => {}
  #changing: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(
    client: TorrentClient,
    publication: Publication,
    options: {
      readonly clock: Clock
      readonly peers: () => Iterable<string>
      readonly trackers: readonly string[]
      readonly events: TransferEvents
    },
  ) {
    this.#client = client
    this.publication = publication
    this.#clock = options.clock
    this.#peers = options.peers
    this.#trackers = options.trackers
    this.#events = options.events
    publication.files.onCorrupt = (index) => this.#onCorrupt(index)
  }

  get busy(): boolean {
    return this.#wanted.size > 0
  }

  get rates(): { readonly peers: number; readonly down: number; readonly up: number } {
    const torrent = this.#torrent
    if (torrent === null || torrent.destroyed) return { peers: 0, down: 0, up: 0 }
    return { peers: torrent.numPeers, down: torrent.downloadSpeed, up: torrent.uploadSpeed }
  }

  /** Connected peers that have said they hold every piece of `[from, to)`. */
  holders(from: number, to: number): number {
    const torrent = this.#torrent
    if (torrent === null || torrent.destroyed || to > pieceCount(this.publication.layout)) return 0
    const holdsAll = ({ peerPieces }: Wire) => {
      for (let piece = from; piece < to; piece += 1) if (!peerPieces.get(piece)) return false
      return true
    }
    return torrent.wires.filter(holdsAll).length
  }

  /** Resolves when peers can be served. */
  start(): Promise<void> {
    return this.#change(() => this.#load())
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#stopRedial()
    this.#wanted.failAll(cancelled())
    await this.#change(() => this.#unload())
    await this.publication.files.close()
  }

  /** Resolves when every piece of `[from, to)` is there and was hashed since the start. */
  async want(from: number, to: number, options: WantOptions): Promise<void> {
    const { files } = this.publication
    await files.check(from, to)
    // A piece may turn out to be wrong while others are fetched, hence again until nothing is missing.
    while (!files.have.hasAll(from, to)) {
      options.signal.throwIfAborted()
      if (this.#stopped) throw cancelled()
      await this.#wait(from, to, options)
      await files.check(from, to)
    }
  }

  /** Tries every peer we know of that is not connected. */
  dial(): void {
    const torrent = this.#torrent
    if (torrent === null || torrent.destroyed) return
    for (const address of this.#peers()) this.#client.dial(torrent, address)
  }

  async #wait(from: number, to: number, { signal, timeout, urgent, onPiece }: WantOptions): Promise<void> {
    const began = this.#clock.now()
    const range = this.#wanted.add(this.publication.files.have, {
      from,
      to,
      urgent,
      onPiece: () => onPiece(range.missing.size),
    })
    const ended = Promise.withResolvers<never>()
    ended.promise.catch(() => {})
    const abort = () => ended.reject(signal.reason)
    let cancelTimer = () => {}
    const watch = (delay: number) => {
      cancelTimer = this.#clock.setTimer(delay, () => {
        const quiet = this.#clock.now() - Math.max(began, this.#lastPiece)
        if (quiet < timeout) watch(timeout - quiet)
        else ended.reject(new EngineError('timeout', `No peer sent a piece for ${Math.round(quiet / 1000)} s.`))
      })
    }
    signal.addEventListener('abort', abort, { once: true })
    watch(timeout)
    this.#select()
    this.#redial()
    try {
      await Promise.race([range.complete, ended.promise])
    } finally {
      cancelTimer()
      signal.removeEventListener('abort', abort)
      this.#unselect(range)
    }
  }

  #select(): void {
    const torrent = this.#torrent
    if (torrent === null || torrent.destroyed || !torrent.ready) return
    for (const range of this.#wanted.active()) {
      if (this.#selected.has(range)) continue
      this.#selected.add(range)
      torrent._select(range.from, range.to - 1, range.urgent ? 1 : 0, undefined, true)
    }
  }

  #unselect(range: WantedRange): void {
    this.#wanted.drop(range)
    const torrent = this.#torrent
    if (this.#selected.delete(range) && torrent !== null && !torrent.destroyed && torrent.ready)
      torrent._deselect(range.from, range.to - 1, true)
    this.#select()
  }

  #redial(): void {
    this.#stopRedial()
    this.dial()
    this.#stopRedial = this.#clock.setTimer(redialEvery, () => {
      if (this.busy && !this.#stopped) this.#redial()
    })
  }

  async #load(): Promise<void> {
    if (this.#stopped) return
    const { metainfo, files } = this.publication
    const torrent = this.#client.add(metainfo, {
      preloadedStore: files.chunkStore(),
      bitfield: files.have.bytes(),
      trackers: this.#trackers,
    })
    this.#torrent = torrent
    this.#selected.clear()
    const ready = Promise.withResolvers<void>()
    torrent.on('warning', () => {}) // failed pieces and refused connections: the guard listens by itself
    torrent.on('error', (error: unknown) => {
      const failure = toEngineError(error, 'keep the torrent going')
      ready.reject(failure)
      if (torrent === this.#torrent) this.#onFailure(failure)
    })
    torrent.on('wire', (wire: Wire) => {
      wire.on('download', (bytes: number) => this.#events.onPayload({ down: bytes, up: 0 }))
      wire.on('upload', (bytes: number) => this.#events.onPayload({ down: 0, up: bytes }))
      wire.once('close', () => this.#events.onChange())
      this.#events.onChange()
    })
    torrent.on('verified', (index: number) => {
      if (!files.have.has(index)) return
      this.#lastPiece = this.#clock.now()
      if (this.#wanted.arrived(index)) this.#select()
      this.#events.onChange()
    })
    torrent.once('ready', () => ready.resolve())
    await ready.promise
    this.#select()
    if (this.busy) this.#redial()
  }

  async #unload(): Promise<void> {
    const torrent = this.#torrent
    this.#torrent = null
    if (torrent !== null) await this.#client.drop(torrent)
  }

  /** Peers believe we have the piece and would wait for it: only a fresh start tells them otherwise. */
  #onCorrupt(index: number): void {
    this.#wanted.lost(index)
    if (this.#torrent?.ready === true) this.#reload()
    this.#events.onChange()
  }

  /** A failed write ends the torrent. Who waits is told; what is there is served on. */
  #onFailure(failure: EngineError): void {
    this.#wanted.failAll(failure)
    const again = this.#clock.now() - this.#lastFailure < reloadPatience
    this.#lastFailure = this.#clock.now()
    if (again) this.#events.onLost(failure)
    else this.#reload()
  }

  #reload(): void {
    this.#change(async () => {
      await this.#unload()
      await this.#load()
    }).catch((error: unknown) => this.#events.onLost(toEngineError(error, 'load the torrent again')))
  }

  /** Loading and unloading, one after the other. */
  #change(work: () => Promise<void>): Promise<void> {
    const run = this.#changing.then(work, work)
    this.#changing = run.catch(() => {})
    return run
  }
}
