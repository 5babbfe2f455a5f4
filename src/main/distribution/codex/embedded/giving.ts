/** The other half of the exchange: what peers ask of us, and what they get. Nothing that is not seeded is given. */
import type { Connection, IncomingStreamData, Libp2p } from '@libp2p/interface'
import type { Clock } from '../../../clock.ts'
import {
  type BlocksRequest,
  decodeCodexCid,
  EXCHANGE_PROTOCOL,
  encodeManifestResponse,
  MANIFEST_PROTOCOL,
  MAX_RESPONSE_DATA,
  manifestCidText,
  type Presence,
  type ProvenBlock,
  type WantHave,
  WireError,
} from '../../../wire/index.ts'
import { ByteStream } from './byte-stream.ts'
import type { Dataset } from './dataset.ts'
import { type ExchangeParty, ExchangeStream } from './exchange-stream.ts'
import type { OlderParty } from './older-peer.ts'
import type { Pace } from './pace.ts'
import type { Wire, Wires } from './wires.ts'

export interface Shelves {
  /** A dataset of this tree that is seeded, complete or not. */
  byRoot(root: Uint8Array): Dataset | null
  /** Bytes of a manifest that is seeded. */
  manifest(cid: string): Uint8Array | null
}

export interface GivingOptions {
  readonly host: Libp2p
  readonly clock: Clock
  readonly shelves: Shelves
  readonly pace: Pace
  readonly onGiven: (peer: string, dataset: Dataset, bytes: number) => void
  /** A peer says that it has something, and of which tree if it says that, too. */
  readonly onNews: (peer: string, presences: readonly Presence[]) => void
  readonly wires: Wires
  /** A peer does not follow the protocol, if that is what the error says. */
  readonly onGarbled: (peer: string, wire: Wire, error: unknown) => void
  /** Says it on a stream of ours to the peer, if there is one; false if not. */
  readonly sayTo: (peer: string, presences: readonly Presence[]) => boolean
}

/** ms */
const requestAtMost = 10_000
/** Blocks looked at for one request. */
const looksAtMost = 8192
const streams = { maxInboundStreams: 32, maxOutboundStreams: 64 }

export class Giving {
  readonly #options: GivingOptions
  /** Peers to which presence is on its way. */
  readonly #telling = new Set<string>()

  constructor(options: GivingOptions) {
    this.#options = options
  }

  async begin(): Promise<void> {
    const { host, wires } = this.#options
    await wires.handle(host, MANIFEST_PROTOCOL, (incoming) => void this.#onManifest(incoming), streams)
    await wires.handle(host, EXCHANGE_PROTOCOL, (incoming) => void this.#onExchange(incoming), streams)
  }

  /** What a peer may do on any exchange stream, whoever opened it. */
  party(peer: string): ExchangeParty & OlderParty {
    const { shelves, onNews } = this.#options
    return {
      has: (address) =>
        address.kind === 'manifest'
          ? shelves.manifest(address.cid) !== null
          : shelves.byRoot(address.root)?.have.has(address.index) === true,
      manifest: (cid) => shelves.manifest(cid),
      news: () => onNews(peer, []),
      answer: async (request) => {
        const given = this.#answer(peer, request)
        await this.#options.pace.take(given.reduce((sum, { data }) => sum + data.length, 0))
        return given
      },
      control: ({ wants, presences }, stream) => {
        if (presences.some(({ kind }) => kind !== 'none')) onNews(peer, presences)
        const answers = wants.flatMap((want) => this.#presence(want) ?? [])
        if (answers.length > 0) void this.#tell(peer, answers, stream)
      },
    }
  }

  #answer(peer: string, { root, ranges }: BlocksRequest): ProvenBlock[] {
    const dataset = this.#options.shelves.byRoot(root)
    if (dataset === null) return []
    const given: ProvenBlock[] = []
    let room = Math.max(MAX_RESPONSE_DATA, dataset.blockSize)
    let looks = looksAtMost
    let bytes = 0
    for (const { start, count } of ranges)
      for (let index = start; index < Math.min(start + count, dataset.blocks); index += 1) {
        looks -= 1
        if (looks < 0 || room < dataset.blockSize) break
        const data = dataset.read(index)
        if (data === null) continue
        const { tree, blocks: leaves } = dataset
        given.push({ index, digest: tree.leaf(index), data, leaves, path: tree.proof(index) })
        room -= data.length
        bytes += dataset.lengthOf(index)
      }
    if (bytes > 0) this.#options.onGiven(peer, dataset, bytes)
    return given
  }

  #presence({ root, start, count, cancel, sendDontHave, downloadId }: WantHave): Presence | null {
    if (cancel) return null
    const dataset = this.#options.shelves.byRoot(root)
    if (dataset?.have.complete) {
      const ranges = [{ start: 0, count: dataset.blocks }]
      return { root, kind: 'complete', ranges, downloadId }
    }
    const ranges: { start: number; count: number }[] = []
    for (let index = start; dataset !== null && index < Math.min(start + count, dataset.blocks); index += 1) {
      if (!dataset.have.has(index)) continue
      const last = ranges.at(-1)
      if (last !== undefined && last.start + last.count === index) last.count += 1
      else if (ranges.length < 256) ranges.push({ start: index, count: 1 })
    }
    if (ranges.length > 0) return { root, kind: 'ranges', ranges, downloadId }
    return sendDontHave ? { root, kind: 'none', ranges: [], downloadId } : null
  }

  /** As nodes do it: on a stream of our own. Where none can be opened, on the one that the question came on. */
  async #tell(peer: string, presences: readonly Presence[], asked: ExchangeStream): Promise<void> {
    if (this.#options.sayTo(peer, presences) || this.#telling.has(peer)) return
    this.#telling.add(peer)
    try {
      const connection = this.#connectionTo(peer)
      const own = await connection
        ?.newStream(EXCHANGE_PROTOCOL, { ...streams, signal: AbortSignal.timeout(requestAtMost) })
        .catch(() => null)
      if (own) {
        const stream = new ExchangeStream(new ByteStream(own), this.party(peer), this.#options.clock)
        stream.run().catch(() => {})
        await stream.say({ wants: [], presences })
        stream.finish()
      } else if (!asked.closed) await asked.say({ wants: [], presences })
    } catch {
      // It was a courtesy: whoever wants a block asks for it.
    } finally {
      this.#telling.delete(peer)
    }
  }

  async #onExchange({ stream, connection }: IncomingStreamData): Promise<void> {
    const peer = connection.remotePeer.toString()
    const exchange = new ExchangeStream(new ByteStream(stream), this.party(peer), this.#options.clock)
    await exchange.run().catch((error: unknown) => this.#options.onGarbled(peer, 'newer', error))
  }

  async #onManifest({ stream, connection }: IncomingStreamData): Promise<void> {
    const bytes = new ByteStream(stream)
    const cancel = this.#options.clock.setTimer(requestAtMost, () => bytes.abort(new Error('It took too long.')))
    try {
      const [low = 0, high = 0] = await bytes.read(2)
      const length = low + 256 * high
      if (length > 128) throw new WireError('TOO_LARGE', `a CID of ${length} bytes`)
      const cid = manifestCidIn(await bytes.read(length))
      await bytes.write(encodeManifestResponse(cid === null ? null : this.#options.shelves.manifest(cid)))
      bytes.end()
    } catch (error) {
      bytes.abort(error instanceof Error ? error : new Error(String(error)))
      this.#options.onGarbled(connection.remotePeer.toString(), 'newer', error)
    } finally {
      cancel()
    }
  }

  #connectionTo(peer: string): Connection | undefined {
    return this.#options.host
      .getConnections()
      .find(({ remotePeer, status }) => remotePeer.toString() === peer && status === 'open')
  }
}

/** Null for the CID of anything else: that, too, is a thing we have not got. */
function manifestCidIn(bytes: Uint8Array): string | null {
  try {
    return manifestCidText(decodeCodexCid('manifest', bytes))
  } catch {
    return null
  }
}
