/**
 * What goes over the streams of Logos Storage (CODEX.md §5); all numbers little-endian.
 *
 * `/storage/manifest/1.0.0`, a stream for each request: u16 length ‖ CID, answered by u32 length ‖ status ‖ manifest.
 *
 * `/storage/blockexc/1.0.0`, frames of u32 length ‖ type ‖ body, the length counting the type:
 * - 0 control, protobuf (control.ts)
 * - 1 request: u64 id ‖ u16 length ‖ tree CID ‖ u32 n ‖ n × (u64 start ‖ u64 count)
 * - 2 response: u32 length of meta ‖ meta ‖ the bytes of all blocks, where meta is u64 id ‖ u16 length ‖ tree CID ‖
 *   u32 n ‖ n × (u64 index ‖ u16 length ‖ block CID ‖ u32 length of data ‖ u16 length ‖ proof), and a proof is
 *   u64 hash codec ‖ u64 index ‖ u64 leaves ‖ u32 n ‖ n × (u16 length ‖ node)
 *
 * A block is always as long as the dataset's blocks: the last one comes with the zeros that fill it.
 */
import { plain } from '../bytes.ts'
import { WireError } from '../errors.ts'
import { CODEX_CID_BYTES, DIGEST_BYTES, decodeCodexCid, encodeCodexCid, SHA2_256 } from './cids.ts'

export const MANIFEST_PROTOCOL = '/storage/manifest/1.0.0'
export const EXCHANGE_PROTOCOL = '/storage/blockexc/1.0.0'

export const frameTypes = { control: 0, request: 1, response: 2 } as const
/** bytes: u32 length and the type. */
export const FRAME_HEADER = 5

/** bytes of blocks in one response, as v0.5 has it; a single block may be larger. */
export const MAX_RESPONSE_DATA = 128 * 1024
/** bytes of a response's meta: far more than the proofs of as many blocks as fit. */
export const MAX_RESPONSE_META = 256 * 1024
export const MAX_REQUEST_BYTES = 64 * 1024
/** No tree of `MAX_LEAVES` is as high. */
const MAX_PATH = 64

export interface BlockRange {
  readonly start: number
  readonly count: number
}

export interface BlocksRequest {
  readonly id: bigint
  /** Root of the tree, 32 bytes. */
  readonly root: Uint8Array
  readonly ranges: readonly BlockRange[]
}

/** A block on its way, with what proves it. */
export interface ProvenBlock {
  readonly index: number
  readonly digest: Uint8Array
  readonly data: Uint8Array
  readonly leaves: number
  readonly path: readonly Uint8Array[]
}

/** What a response says of a block whose bytes follow. Nothing of it is verified. */
export interface BlockMeta {
  readonly index: number
  /** From the block's CID. */
  readonly digest: Uint8Array
  /** bytes */
  readonly length: number
  /** Index and leaves as the proof has them. */
  readonly provenIndex: number
  readonly leaves: number
  readonly path: readonly Uint8Array[]
}

export interface ResponseMeta {
  readonly id: bigint
  readonly root: Uint8Array
  readonly blocks: readonly BlockMeta[]
}

/** A frame's header. @param length of the body, bytes */
export function frameHeader(type: number, length: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER)
  new DataView(header.buffer).setUint32(0, length + 1, true)
  header[4] = type
  return header
}

/** The type and the length of what follows the header. @throws {WireError} FRAME for a frame without a type */
export function readFrameHeader(header: Uint8Array): { readonly type: number; readonly length: number } {
  const from = new Take(header)
  const length = from.u32()
  if (length < 1) throw new WireError('FRAME', 'a frame has at least its type')
  return { type: from.u8(), length: length - 1 }
}

/** A whole frame. */
export function encodeBlocksRequest({ id, root, ranges }: BlocksRequest): Uint8Array {
  const length = 8 + 2 + CODEX_CID_BYTES + 4 + 16 * ranges.length
  const to = new Put(FRAME_HEADER + length)
  to.bytes(frameHeader(frameTypes.request, length))
  to.u64(id)
  to.short(encodeCodexCid('tree', root))
  to.u32(ranges.length)
  for (const { start, count } of ranges) {
    to.u64(BigInt(start))
    to.u64(BigInt(count))
  }
  return to.done
}

/** @throws {WireError} FRAME, BAD_CID */
export function decodeBlocksRequest(body: Uint8Array): BlocksRequest {
  const from = new Take(body)
  const id = from.u64()
  const root = decodeCodexCid('tree', from.short(CODEX_CID_BYTES))
  const count = from.u32()
  if (count * 16 !== from.left) throw new WireError('FRAME', 'a request has other ranges than it says')
  const ranges = Array.from({ length: count }, () => ({ start: from.index(), count: from.index() }))
  return { id, root, ranges }
}

/** A whole frame, in parts so that blocks are not copied. */
export function encodeBlocksResponse(id: bigint, root: Uint8Array, blocks: readonly ProvenBlock[]): Uint8Array[] {
  const proofOf = ({ path }: ProvenBlock) => 28 + path.length * (2 + DIGEST_BYTES)
  let metaLength = 8 + 2 + CODEX_CID_BYTES + 4
  let dataLength = 0
  for (const block of blocks) {
    metaLength += 8 + 2 + CODEX_CID_BYTES + 4 + 2 + proofOf(block)
    dataLength += block.data.length
  }
  const to = new Put(FRAME_HEADER + 4 + metaLength)
  to.bytes(frameHeader(frameTypes.response, 4 + metaLength + dataLength))
  to.u32(metaLength)
  to.u64(id)
  to.short(encodeCodexCid('tree', root))
  to.u32(blocks.length)
  for (const block of blocks) {
    to.u64(BigInt(block.index))
    to.short(encodeCodexCid('block', block.digest))
    to.u32(block.data.length)
    to.u16(proofOf(block))
    to.u64(BigInt(SHA2_256))
    to.u64(BigInt(block.index))
    to.u64(BigInt(block.leaves))
    to.u32(block.path.length)
    for (const node of block.path) to.short(node)
  }
  return [to.done, ...blocks.map(({ data }) => data)]
}

/** @throws {WireError} FRAME, BAD_CID, TOO_LARGE */
export function decodeResponseMeta(meta: Uint8Array): ResponseMeta {
  const from = new Take(meta)
  const id = from.u64()
  const root = decodeCodexCid('tree', from.short(CODEX_CID_BYTES))
  const count = from.u32()
  const blocks: BlockMeta[] = []
  for (let n = 0; n < count; n += 1) {
    const index = from.index()
    const digest = decodeCodexCid('block', from.short(CODEX_CID_BYTES))
    const length = from.u32()
    const proof = from.part(from.u16())
    const [codec, provenIndex, leaves, nodes] = [proof.u64(), proof.index(), proof.index(), proof.u32()]
    if (codec !== BigInt(SHA2_256)) throw new WireError('FRAME', 'a proof is of another hash')
    if (nodes > MAX_PATH) throw new WireError('TOO_LARGE', `a proof of ${nodes} nodes`)
    const path = Array.from({ length: nodes }, () => plain(proof.short(DIGEST_BYTES)))
    proof.end()
    blocks.push({ index, digest, length, provenIndex, leaves, path })
  }
  from.end()
  return { id, root, blocks }
}

/** What opens a manifest stream. */
export function encodeManifestRequest(cid: Uint8Array): Uint8Array {
  const to = new Put(2 + cid.length)
  to.short(cid)
  return to.done
}

/** Null says that there is none. */
export function encodeManifestResponse(manifest: Uint8Array | null): Uint8Array {
  const to = new Put(5 + (manifest?.length ?? 0))
  to.bytes(frameHeader(manifest === null ? 1 : 0, manifest?.length ?? 0))
  if (manifest !== null) to.bytes(manifest)
  return to.done
}

class Put {
  readonly done: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(length: number) {
    this.done = new Uint8Array(length)
    this.#view = new DataView(this.done.buffer)
  }

  u16(value: number): void {
    this.#view.setUint16(this.#at, value, true)
    this.#at += 2
  }

  u32(value: number): void {
    this.#view.setUint32(this.#at, value, true)
    this.#at += 4
  }

  u64(value: bigint): void {
    this.#view.setBigUint64(this.#at, value, true)
    this.#at += 8
  }

  bytes(bytes: Uint8Array): void {
    this.done.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** A u16 length and the bytes. */
  short(bytes: Uint8Array): void {
    this.u16(bytes.length)
    this.bytes(bytes)
  }
}

class Take {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true)
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true)
  }

  /** A u64 that counts blocks. */
  index(): number {
    const value = this.u64()
    if (value > 0xffffffffn) throw new WireError('TOO_LARGE', `block ${value} is of no dataset`)
    return Number(value)
  }

  /** A u16 length, which must be `length`, and the bytes. */
  short(length: number): Uint8Array {
    const found = this.u16()
    if (found !== length) throw new WireError('FRAME', `${found} bytes where there must be ${length}`)
    const at = this.#advance(length)
    return this.#bytes.subarray(at, at + length)
  }

  part(length: number): Take {
    const at = this.#advance(length)
    return new Take(this.#bytes.subarray(at, at + length))
  }

  end(): void {
    if (this.left > 0) throw new WireError('FRAME', `${this.left} bytes too many`)
  }

  #advance(count: number): number {
    const at = this.#at
    if (count > this.left) throw new WireError('FRAME', 'it is cut off')
    this.#at += count
    return at
  }
}
