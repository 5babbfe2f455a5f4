/** A peer that speaks `/storage/blockexc/1.0.0`, and `/storage/manifest/1.0.0` on a stream for each manifest. */
import type { Connection, Stream } from '@libp2p/interface'
import { type Clock, wait } from '../../../clock.ts'
import {
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
import type { Dialogue, ReceivedBlock } from './dialogue.ts'
import { type ExchangeParty, ExchangeStream } from './exchange-stream.ts'

/** ms */
const manifestAtMost = 15_000
const openAtMost = 10_000
const streams = { maxOutboundStreams: 64 }

export class NewerPeer implements Dialogue {
  readonly wire = 'newer'
  readonly #connection: Connection
  readonly #exchange: ExchangeStream
  readonly #clock: Clock

  constructor(connection: Connection, stream: Stream, party: ExchangeParty, clock: Clock) {
    this.#connection = connection
    this.#exchange = new ExchangeStream(new ByteStream(stream), party, clock)
    this.#clock = clock
  }

  get closed(): boolean {
    return this.#exchange.closed
  }

  run(): Promise<void> {
    return this.#exchange.run()
  }

  request(root: Uint8Array, indexes: readonly number[]): Promise<ReceivedBlock[]> {
    return this.#exchange.request(root, indexes)
  }

  /** Not needed to be served. */
  async announce(root: Uint8Array, count: number, downloadId: bigint): Promise<void> {
    const want = { root, start: 0, count, cancel: false, sendDontHave: true, downloadId }
    await this.#exchange.say({ wants: [want], presences: [] })
  }

  async tell(presences: readonly Presence[]): Promise<void> {
    await this.#exchange.say({ wants: [], presences })
  }

  close(reason: Error): void {
    this.#exchange.close(reason)
  }

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
}
