/**
 * A node of the older kind, written from CODEX.md §1 and §5 byte by byte and sharing no code with ours. It answers as
 * those do: never on the stream that it was asked on, always on one of its own.
 */
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import type { Libp2p, PeerId, Stream } from '@libp2p/interface'
import { mplex } from '@libp2p/mplex'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { afterEach } from 'vitest'
import { bytes, cidBytes, type ForeignDataset, number, Pipe, parsed, sha, varint, zeros } from './codex-bytes.ts'
import type { Behaviour } from './codex-stranger.ts'

const protocol = '/codex/blockexc/1.0.0'
const limits = { maxInboundStreams: 64, maxOutboundStreams: 64 }
/** Blocks in one message. */
const atOnce = 20

export interface OlderBehaviour extends Behaviour {
  /** Sends blocks without a proof. */
  readonly unproven?: boolean
}

interface Delivered {
  readonly cid: Buffer
  readonly data: Buffer
  readonly address: Buffer
  readonly proof: Buffer
}

export class OlderStranger {
  readonly host: Libp2p
  readonly #datasets: readonly ForeignDataset[]
  readonly #behaviour: OlderBehaviour
  readonly #pipes = new Map<string, Promise<Pipe>>()
  /** Indexes of blocks sent, in order. */
  readonly sent: number[] = []
  /** Addresses of blocks that it was asked about, and asked for, in hex. */
  readonly asked: { readonly have: string[]; readonly block: string[] } = { have: [], block: [] }
  /** What came for this node, by address in hex. */
  readonly #delivered = new Map<string, Delivered>()
  readonly #presences = new Map<string, { readonly has: boolean; readonly price: Buffer }>()
  /** Streams that the other side opened. */
  incoming = 0
  #wake = Promise.withResolvers<void>()

  private constructor(host: Libp2p, datasets: readonly ForeignDataset[], behaviour: OlderBehaviour) {
    this.host = host
    this.#datasets = datasets
    this.#behaviour = behaviour
  }

  /** @param beside another's host, which then speaks both protocols */
  static async start(
    datasets: readonly ForeignDataset[] = [],
    behaviour: OlderBehaviour = {},
    beside: Libp2p | null = null,
  ): Promise<OlderStranger> {
    const options = {
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [behaviour.muxer === 'yamux' ? yamux() : mplex()],
    }
    const host = beside ?? (await createLibp2p(options))
    if (beside === null) strangers.push(host)
    const stranger = new OlderStranger(host, datasets, behaviour)
    await host.handle(
      protocol,
      ({ stream, connection }) => {
        stranger.incoming += 1
        stranger.#listen(stream, connection.remotePeer)
      },
      limits,
    )
    return stranger
  }

  get address(): string {
    return String(this.host.getMultiaddrs()[0])
  }

  get peer(): string {
    return this.host.peerId.toString()
  }

  /** Dials, so that it can be asked for by `want` and answered by what comes. */
  async dial(address: string): Promise<PeerId> {
    const connection = await this.host.dial(multiaddr(address))
    return connection.remotePeer
  }

  /** Asks about these first, then for what is there. @returns data by index, verified in its own way */
  async askBlocks(peer: PeerId, dataset: ForeignDataset, indexes: readonly number[]): Promise<Map<number, Buffer>> {
    const addresses = indexes.map((index) => leaf(dataset.treeCid, index))
    await this.say(peer, wantList(addresses, 1))
    const presences = await this.#until(addresses, this.#presences)
    if (presences.some(({ price }) => price.length !== 32)) throw new Error('a presence without a price')
    const there = addresses.filter((_, at) => presences[at]?.has === true)
    await this.say(peer, wantList(there, 0))
    const blocks = new Map<number, Buffer>()
    for (const { cid, data, address, proof } of await this.#until(there, this.#delivered)) {
      const index = Number(parsed(address).find(({ id }) => id === 3)?.number ?? -1n)
      if (!cid.equals(cidBytes(0xcd02, sha(data)))) throw new Error('another block')
      if (!proof.equals(olderProof(dataset, index))) throw new Error('another proof')
      blocks.set(index, data)
    }
    return blocks
  }

  /** Null if it is not there. */
  async askManifest(peer: PeerId, cid: Buffer): Promise<Buffer | null> {
    const address = Buffer.concat([number(1, 0), bytes(4, cid)])
    await this.say(peer, wantList([address], 1))
    const [presence] = await this.#until([address], this.#presences)
    if (presence?.has !== true) return null
    await this.say(peer, wantList([address], 0))
    return (await this.#until([address], this.#delivered))[0]?.data ?? null
  }

  /** On a stream of its own, the same one each time. */
  async say(peer: PeerId, message: Buffer): Promise<void> {
    const name = peer.toString()
    const pipe = this.#pipes.get(name) ?? this.#open(peer)
    this.#pipes.set(name, pipe)
    ;(await pipe).write(Buffer.concat([varint(message.length), message]))
  }

  /** That it has a block now. */
  async announce(peer: PeerId, dataset: ForeignDataset, index: number): Promise<void> {
    await this.say(peer, Buffer.concat([bytes(1, number(2, 0)), presenceField(leaf(dataset.treeCid, index), true)]))
  }

  async #open(peer: PeerId): Promise<Pipe> {
    const stream = await this.host.dialProtocol(peer, protocol)
    return this.#listen(stream, peer)
  }

  #listen(stream: Stream, peer: PeerId): Pipe {
    const pipe = new Pipe(stream)
    void (async () => {
      for (;;) await this.#hear(peer, await pipe.message())
    })().catch(() => {})
    return pipe
  }

  async #hear(peer: PeerId, message: Buffer): Promise<void> {
    const blocks: Buffer[] = []
    for (const { id, bytes: body } of parsed(message)) {
      if (id === 1) for (const entry of parsed(body)) if (entry.id === 1) await this.#wanted(peer, entry.bytes, blocks)
      if (id === 3) {
        const part = (wanted: number) => parsed(body).find((field) => field.id === wanted)?.bytes ?? zeros.subarray(32)
        this.#delivered.set(part(3).toString('hex'), { cid: part(1), data: part(2), address: part(3), proof: part(4) })
      }
      if (id === 4) {
        const fields = parsed(body)
        const address = fields.find((field) => field.id === 1)?.bytes ?? zeros
        const price = fields.find((field) => field.id === 3)?.bytes ?? zeros.subarray(32)
        this.#presences.set(address.toString('hex'), { has: fields.find((f) => f.id === 2)?.number === 0n, price })
      }
    }
    for (let at = 0; at < blocks.length; at += atOnce)
      await this.say(
        peer,
        this.#behaviour.garbage ?? Buffer.concat([bytes(1, number(2, 0)), ...blocks.slice(at, at + atOnce)]),
      )
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }

  async #wanted(peer: PeerId, entry: Buffer, blocks: Buffer[]): Promise<void> {
    const fields = parsed(entry)
    const address = fields.find(({ id }) => id === 1)?.bytes ?? zeros
    const flag = (wanted: number) => fields.find(({ id }) => id === wanted)?.number ?? 0n
    const found = this.#find(address)
    if (flag(4) === 1n) {
      this.asked.have.push(address.toString('hex'))
      if (found !== null || flag(5) === 1n) await this.say(peer, presenceField(address, found !== null))
      return
    }
    this.asked.block.push(address.toString('hex'))
    if (found === null || this.sent.length >= (this.#behaviour.falterAfter ?? Number.POSITIVE_INFINITY)) return
    const { cid, data, proof, index } = found
    if (index !== null) this.sent.push(index)
    const fieldOfProof = proof === null ? zeros.subarray(32) : bytes(4, proof)
    blocks.push(bytes(3, Buffer.concat([bytes(1, cid), bytes(2, data), bytes(3, address), fieldOfProof])))
  }

  #find(address: Buffer) {
    const { corrupt = [], wrongProof = [], missing = new Set(), wrongManifest, unproven } = this.#behaviour
    const fields = parsed(address)
    const of = (wanted: number) => fields.find(({ id }) => id === wanted)?.bytes ?? zeros
    if (fields.find(({ id }) => id === 1)?.number !== 1n) {
      const dataset = this.#datasets.find(({ manifestCid }) => manifestCid.equals(of(4)))
      if (dataset === undefined) return null
      const data = wrongManifest === true ? Buffer.from('something else') : dataset.manifest
      return { cid: dataset.manifestCid, data, proof: null, index: null }
    }
    const dataset = this.#datasets.find(({ treeCid }) => treeCid.equals(of(2)))
    const index = Number(fields.find(({ id }) => id === 3)?.number ?? 0n)
    const block = dataset?.blocks[index]
    if (dataset === undefined || block === undefined || missing.has(index)) return null
    const data = Buffer.from(block)
    if (corrupt.includes(index)) data[5] = (data[5] ?? 0) ^ 1
    const proof = Buffer.from(olderProof(dataset, index))
    if (wrongProof.includes(index)) proof[proof.length - 1] = (proof[proof.length - 1] ?? 0) ^ 1
    const cid = cidBytes(0xcd02, dataset.layers[0]?.[index] ?? zeros)
    return { cid, data, proof: unproven === true ? null : proof, index }
  }

  /** What came for these addresses, when all of it has come. */
  async #until<T>(addresses: readonly Buffer[], where: Map<string, T>): Promise<T[]> {
    for (;;) {
      const found = addresses.flatMap((address) => where.get(address.toString('hex')) ?? [])
      if (found.length === addresses.length) return found
      await this.#wake.promise
    }
  }
}

const leaf = (treeCid: Buffer, index: number) => Buffer.concat([number(1, 1), bytes(2, treeCid), number(3, index)])

/** @param type 0: the blocks, 1: whether they are there */
export function wantList(addresses: readonly Buffer[], type: number): Buffer {
  const entries = addresses.map((address) =>
    bytes(1, Buffer.concat([bytes(1, address), number(2, 0), number(3, 0), number(4, type), number(5, 1)])),
  )
  return Buffer.concat([bytes(1, Buffer.concat([...entries, number(2, 0)])), number(5, 0)])
}

const presenceField = (address: Buffer, has: boolean) =>
  bytes(4, Buffer.concat([bytes(1, address), number(2, has ? 0 : 1), bytes(3, zeros)]))

function olderProof({ layers }: ForeignDataset, index: number): Buffer {
  const nodes: Buffer[] = []
  let position = index
  for (const layer of layers.slice(0, -1)) {
    nodes.push(bytes(4, bytes(1, layer[position ^ 1] ?? zeros)))
    position >>= 1
  }
  return Buffer.concat([number(1, 0x12), number(2, index), number(3, layers[0]?.length ?? 0), ...nodes])
}

const strangers: Libp2p[] = []
afterEach(async () => {
  await Promise.all(strangers.splice(0).map((host) => Promise.resolve(host.stop()).catch(() => {})))
})
