/** A peer that we are connected to and ask: its exchange stream, and the window that all downloads from it share. */
import type { Connection } from '@libp2p/interface'
import { type Clock, wait } from '../../../clock.ts'
import {
  EXCHANGE_PROTOCOL,
  encodeManifestRequest,
  MANIFEST_PROTOCOL,
  MAX_MANIFEST_BYTES,
  manifestCidBytes,
  type Presence,
  readFrameHeader,
  WireError,
} from '../../../wire/index.ts'
import { EngineError } from '../../engine.ts'
import { ByteStream } from './byte-stream.ts'
import { type ExchangeParty, ExchangeStream, type ReceivedBlock } from './exchange-stream.ts'

/** ms */
const manifestAtMost = 15_000
const openAtMost = 10_000
const streams = { maxOutboundStreams: 64 }

export class PeerSession {
  readonly peer: string
  readonly #connection: Connection
  readonly #exchange: ExchangeStream
  readonly #clock: Clock
  readonly #window: number
  #inFlight = 0
  /** Each wants a place in the window; the one served last goes to the end. */
  readonly #waiting = new Set<() => void>()
  /** Resolves when the peer can no longer be asked, with the fault that ended it, if it was one. */
  readonly closed: Promise<WireError | null>

  private constructor(connection: Connection, exchange: ExchangeStream, clock: Clock, window: number) {
    this.peer = connection.remotePeer.toString()
    this.#connection = connection
    this.#exchange = exchange
    this.#clock = clock
    this.#window = window
    this.closed = exchange.run().then(
      () => null,
      (error: unknown) => (error instanceof WireError ? error : null),
    )
  }

  /** @throws Error if the peer does not speak the protocol. */
  static async open(
    connection: Connection,
    party: ExchangeParty,
    options: { readonly clock: Clock; readonly window: number },
  ): Promise<PeerSession> {
    const stream = await connection.newStream(EXCHANGE_PROTOCOL, {
      ...streams,
      signal: AbortSignal.timeout(openAtMost),
    })
    const exchange = new ExchangeStream(new ByteStream(stream), party, options.clock)
    return new PeerSession(connection, exchange, options.clock, options.window)
  }

  get open(): boolean {
    return !this.#exchange.closed
  }

  /** `pump` is called whenever there is room in the window. */
  attach(pump: () => void): () => void {
    this.#waiting.add(pump)
    return () => this.#waiting.delete(pump)
  }

  get hasRoom(): boolean {
    return this.open && this.#inFlight < this.#window
  }

  async request(root: Uint8Array, indexes: readonly number[]): Promise<ReceivedBlock[]> {
    this.#inFlight += 1
    try {
      return await this.#exchange.request(root, indexes)
    } finally {
      this.#inFlight -= 1
      queueMicrotask(() => this.#offer())
    }
  }

  /** Says what we want, so that the peer may tell us what it has, now or later. Not needed to be served. */
  async announce(root: Uint8Array, count: number, downloadId: bigint, cancel = false): Promise<void> {
    const want = { root, start: 0, count, cancel, sendDontHave: true, downloadId }
    await this.#exchange.say({ wants: [want], presences: [] })
  }

  async tell(presences: readonly Presence[]): Promise<void> {
    await this.#exchange.say({ wants: [], presences })
  }

  /** The bytes of a manifest as they came, null if the peer has not got it. */
  async manifest(cid: string, signal: AbortSignal): Promise<Uint8Array | null> {
    const over = new AbortController()
    const late = wait(this.#clock, manifestAtMost, over.signal).then(() => {
      throw new EngineError('timeout', 'A peer did not answer for a manifest.')
    })
    late.catch(() => {})
    const stream = await this.#connection.newStream(MANIFEST_PROTOCOL, {
      ...streams,
      signal: AbortSignal.any([signal, AbortSignal.timeout(openAtMost)]),
    })
    const bytes = new ByteStream(stream)
    const abort = () => bytes.abort(new EngineError('aborted', 'It is no longer wanted.'))
    signal.addEventListener('abort', abort, { once: true })
    try {
      return await Promise.race([this.#askManifest(bytes, cid), late])
    } catch (error) {
      bytes.abort(new Error('failed'))
      throw error
    } finally {
      over.abort()
      signal.removeEventListener('abort', abort)
    }
  }

  close(reason: Error): void {
    this.#exchange.close(reason)
  }

  async #askManifest(bytes: ByteStream, cid: string): Promise<Uint8Array | null> {
    await bytes.write(encodeManifestRequest(manifestCidBytes(cid)))
    const { type: status, length } = readFrameHeader(await bytes.read(5))
    if (status !== 0) {
      bytes.end()
      return null
    }
    if (length > MAX_MANIFEST_BYTES) throw new WireError('TOO_LARGE', `a manifest of ${length} bytes`)
    const manifest = await bytes.read(length)
    bytes.end()
    return manifest
  }

  #offer(): void {
    for (const pump of [...this.#waiting]) {
      if (!this.hasRoom) return
      this.#waiting.delete(pump)
      this.#waiting.add(pump)
      pump()
    }
  }
}
