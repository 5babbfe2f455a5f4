/**
 * Another implementation's node, written from CODEX.md §1 and §5 byte by byte and sharing no code with ours: it serves a
 * dataset, honestly or not, and asks for one.
 */
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import type { Libp2p, Stream } from '@libp2p/interface'
import { mplex } from '@libp2p/mplex'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { afterEach } from 'vitest'
import {
  bytes,
  cidBytes,
  type ForeignDataset,
  number,
  Pipe,
  proofOf,
  sha,
  u16,
  u32,
  u64,
  zeros,
} from './codex-bytes.ts'

export interface Behaviour {
  /** Blocks whose bytes are wrong, whose proof is wrong, and that are not there. */
  readonly corrupt?: readonly number[]
  readonly wrongProof?: readonly number[]
  readonly missing?: Set<number>
  /** Other bytes in the place of the manifest. */
  readonly wrongManifest?: boolean
  /** A frame in the place of a response. */
  readonly garbage?: Buffer
  readonly muxer?: 'yamux' | 'mplex'
  /** Stops answering for good after so many blocks. */
  readonly falterAfter?: number
}

export class Stranger {
  readonly host: Libp2p
  readonly #datasets: readonly ForeignDataset[]
  readonly #behaviour: Behaviour
  /** Indexes of blocks sent, in order. */
  readonly sent: number[] = []
  /** Bodies of control frames that came. */
  readonly controls: Buffer[] = []
  /** Resolves with the first frame that came in on a stream which the other side opened for control. */
  readonly firstControl = Promise.withResolvers<Buffer>()

  private constructor(host: Libp2p, datasets: readonly ForeignDataset[], behaviour: Behaviour) {
    this.host = host
    this.#datasets = datasets
    this.#behaviour = behaviour
  }

  static async start(datasets: readonly ForeignDataset[] = [], behaviour: Behaviour = {}): Promise<Stranger> {
    const host = await createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [behaviour.muxer === 'mplex' ? mplex() : yamux()],
      services: { identify: identify() },
    })
    strangers.push(host)
    const stranger = new Stranger(host, datasets, behaviour)
    const limits = { maxInboundStreams: 64, maxOutboundStreams: 64 }
    await host.handle(
      '/storage/manifest/1.0.0',
      ({ stream }) => void stranger.#giveManifest(stream).catch(() => {}),
      limits,
    )
    await host.handle('/storage/blockexc/1.0.0', ({ stream }) => void stranger.#exchange(stream), limits)
    return stranger
  }

  get address(): string {
    return String(this.host.getMultiaddrs()[0])
  }

  get peer(): string {
    return this.host.peerId.toString()
  }

  async askManifest(address: string, cid: Uint8Array): Promise<{ readonly status: number; readonly bytes: Buffer }> {
    const pipe = new Pipe(await this.host.dialProtocol(multiaddr(address), '/storage/manifest/1.0.0'))
    pipe.write(Buffer.concat([u16(cid.length), cid]))
    const length = (await pipe.read(4)).readUInt32LE(0)
    const body = await pipe.read(length)
    return { status: body[0] ?? -1, bytes: body.subarray(1) }
  }

  /** A stream for `askBlocks`, `say` and frames of one's own. */
  async openExchange(address: string): Promise<Pipe> {
    return new Pipe(await this.host.dialProtocol(multiaddr(address), '/storage/blockexc/1.0.0'))
  }

  /** Asks, and verifies each block and its proof in its own way. @returns the blocks by their index */
  async askBlocks(
    pipe: Pipe,
    { treeCid, layers }: Pick<ForeignDataset, 'treeCid' | 'layers'>,
    ranges: readonly (readonly [number, number])[],
  ): Promise<Map<number, Buffer>> {
    const id = 0x1122334455667788n
    const asked = [u64(id), u16(treeCid.length), treeCid, u32(ranges.length)]
    for (const [start, count] of ranges) asked.push(u64(BigInt(start)), u64(BigInt(count)))
    pipe.write(frame(1, Buffer.concat(asked)))
    const { type, body } = await pipe.frame()
    if (type !== 2) throw new Error(`a frame of type ${type}`)
    const metaLength = body.readUInt32LE(0)
    const meta = body.subarray(4, 4 + metaLength)
    if (meta.readBigUInt64LE(0) !== id) throw new Error('another id')
    let at = 8 + 2 + meta.readUInt16LE(8)
    const count = meta.readUInt32LE(at)
    at += 4
    let data = 4 + metaLength
    const blocks = new Map<number, Buffer>()
    for (let n = 0; n < count; n += 1) {
      const index = Number(meta.readBigUInt64LE(at))
      const cid = meta.subarray(at + 10, at + 10 + meta.readUInt16LE(at + 8))
      at += 10 + cid.length
      const length = meta.readUInt32LE(at)
      const proof = meta.subarray(at + 6, at + 6 + meta.readUInt16LE(at + 4))
      at += 6 + proof.length
      const block = body.subarray(data, data + length)
      data += length
      if (!cid.equals(cidBytes(0xcd02, sha(block)))) throw new Error('another block')
      if (!proof.equals(proofOf(layers, index))) throw new Error('another proof')
      blocks.set(index, block)
    }
    if (at !== meta.length || data !== body.length) throw new Error('bytes left over')
    return blocks
  }

  async #giveManifest(stream: Stream): Promise<void> {
    const pipe = new Pipe(stream)
    const cid = await pipe.read((await pipe.read(2)).readUInt16LE(0))
    const found = this.#datasets.find(({ manifestCid }) => manifestCid.equals(cid))
    const manifest = this.#behaviour.wrongManifest === true ? Buffer.from('something else') : found?.manifest
    pipe.write(
      Buffer.concat([u32(1 + (manifest?.length ?? 0)), Buffer.of(manifest ? 0 : 1), manifest ?? zeros.subarray(32)]),
    )
    pipe.end()
  }

  async #exchange(stream: Stream): Promise<void> {
    const pipe = new Pipe(stream)
    for (;;) {
      const next = await pipe.frame().catch(() => null)
      if (next === null) return
      if (next.type === 0) {
        this.controls.push(next.body)
        this.firstControl.resolve(next.body)
      }
      if (next.type !== 1) continue
      const { garbage, falterAfter = Number.POSITIVE_INFINITY } = this.#behaviour
      if (this.sent.length >= falterAfter) continue
      pipe.write(garbage ?? this.#respond(next.body))
    }
  }

  #respond(body: Buffer): Buffer {
    const { corrupt = [], wrongProof = [], missing = new Set() } = this.#behaviour
    const length = body.readUInt16LE(8)
    const treeCid = body.subarray(10, 10 + length)
    const dataset = this.#datasets.find((each) => each.treeCid.equals(treeCid))
    const metas: Buffer[] = []
    const datas: Buffer[] = []
    const count = body.readUInt32LE(10 + length)
    for (let n = 0, at = 14 + length; n < count; n += 1, at += 16) {
      const start = Number(body.readBigUInt64LE(at))
      for (let index = start; index < start + Number(body.readBigUInt64LE(at + 8)); index += 1) {
        const block = dataset?.blocks[index]
        if (dataset === undefined || block === undefined || missing.has(index)) continue
        const data = Buffer.from(block)
        if (corrupt.includes(index)) data[5] = (data[5] ?? 0) ^ 1
        const proof = proofOf(dataset.layers, index)
        if (wrongProof.includes(index)) proof[40] = (proof[40] ?? 0) ^ 1
        const cid = cidBytes(0xcd02, dataset.layers[0]?.[index] ?? zeros)
        metas.push(u64(BigInt(index)), u16(cid.length), cid, u32(data.length), u16(proof.length), proof)
        datas.push(data)
        this.sent.push(index)
      }
    }
    const head = [body.subarray(0, 8), u16(length), treeCid, u32(datas.length)]
    const meta = Buffer.concat([...head, ...metas])
    return frame(2, Buffer.concat([u32(meta.length), meta, ...datas]))
  }
}

export function frame(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([u32(body.length + 1), Buffer.of(type), body])
}

/** A want for blocks from `start`, with presence asked for. */
export function wantHave(treeCid: Uint8Array, start: number, count: number, downloadId: bigint): Buffer {
  const address = Buffer.concat([bytes(1, treeCid), number(2, start)])
  const entry = [bytes(1, address), number(2, 0), number(3, 0), number(4, 0), number(5, 1), number(6, count)]
  const list = Buffer.concat([bytes(1, Buffer.concat([...entry, number(7, downloadId)])), number(2, 0)])
  return frame(0, bytes(1, list))
}

/** @param kind 0 none, 1 ranges, 2 complete */
export function presence(treeCid: Uint8Array, kind: number, count: number, downloadId: bigint): Buffer {
  const address = Buffer.concat([bytes(1, treeCid), number(2, 0)])
  const range = Buffer.concat([number(1, 0), number(2, count)])
  return bytes(4, Buffer.concat([bytes(1, address), number(2, kind), bytes(3, range), number(4, downloadId)]))
}

const strangers: Libp2p[] = []
afterEach(async () => {
  await Promise.all(strangers.splice(0).map((host) => Promise.resolve(host.stop()).catch(() => {})))
})
