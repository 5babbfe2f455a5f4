/** The bytes of Logos Storage from CODEX.md §4 and §5, written down once more and sharing no code with ours. */
import { createHash } from 'node:crypto'
import type { Stream } from '@libp2p/interface'

const blockBytes = 65_536
export const zeros = Buffer.alloc(32)
export const sha = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()

export const cidBytes = (codec: number, digest: Uint8Array) =>
  Buffer.concat([Buffer.of(1, (codec & 0x7f) | 0x80, ((codec >> 7) & 0x7f) | 0x80, codec >> 14, 0x12, 0x20), digest])

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
export function cidText(cid: Uint8Array): string {
  let text = ''
  for (let rest = BigInt(`0x${Buffer.from(cid).toString('hex')}`); rest > 0n; rest /= 58n)
    text = `${alphabet[Number(rest % 58n)]}${text}`
  return `z${text}`
}

export interface ForeignDataset {
  readonly manifest: Buffer
  /** Text of the manifest's CID: a link. */
  readonly cid: string
  readonly manifestCid: Buffer
  readonly treeCid: Buffer
  readonly layers: readonly (readonly Buffer[])[]
  readonly blocks: readonly Buffer[]
}

export interface ManifestChange {
  readonly size?: number
  readonly blockSize?: number
  readonly filename?: string
  readonly treeCodec?: number
  readonly format?: 'v0' | 'storage03' | 'codex'
  /** Null: it has none. */
  readonly mimetype?: string | null
}

export function foreignDataset(data: Uint8Array, change: ManifestChange = {}): ForeignDataset {
  const blocks: Buffer[] = []
  for (let at = 0; at < data.length; at += blockBytes)
    blocks.push(Buffer.concat([data.subarray(at, at + blockBytes), Buffer.alloc(blockBytes)]).subarray(0, blockBytes))
  const layers = [blocks.map((block) => sha(block))]
  for (let bottom = 1; bottom === 1 || (layers.at(-1)?.length ?? 0) > 1; bottom = 0) {
    const below = layers.at(-1) ?? []
    const next: (typeof layers)[number] = []
    for (let i = 0; i < below.length; i += 2) {
      const single = i + 1 >= below.length
      next.push(sha(below[i] ?? zeros, below[i + 1] ?? zeros, Buffer.of(bottom | (single ? 2 : 0))))
    }
    layers.push(next)
  }
  const treeCid = cidBytes(change.treeCodec ?? 0xcd03, layers.at(-1)?.[0] ?? zeros)
  const format = change.format ?? 'v0'
  const first = format === 'v0' ? 2 : 1
  const filename = format === 'storage03' ? 7 : 8
  const mimetype = change.mimetype === undefined ? 'application/octet-stream' : change.mimetype
  const header = Buffer.concat([
    format === 'v0' ? number(1, 0) : zeros.subarray(32),
    bytes(first, treeCid),
    number(first + 1, change.blockSize ?? blockBytes),
    number(first + 2, change.size ?? data.length),
    number(first + 3, 0xcd02),
    number(first + 4, 0x12),
    number(first + 5, 2),
    bytes(filename, Buffer.from(change.filename ?? 'archive-data.bin')),
    mimetype === null ? zeros.subarray(32) : bytes(filename + 1, Buffer.from(mimetype)),
  ])
  const manifest = bytes(1, header)
  const manifestCid = cidBytes(0xcd01, sha(manifest))
  return { manifest, cid: cidText(manifestCid), manifestCid, treeCid, layers, blocks }
}

/** A proof as the newer protocol has it. */
export function proofOf(layers: readonly (readonly Buffer[])[], index: number): Buffer {
  const path: Buffer[] = []
  let position = index
  for (const layer of layers.slice(0, -1)) {
    path.push(u16(32), layer[position ^ 1] ?? zeros)
    position >>= 1
  }
  const leaves = BigInt(layers[0]?.length ?? 0)
  return Buffer.concat([u64(0x12n), u64(BigInt(index)), u64(leaves), u32(layers.length - 1), ...path])
}

export function varint(value: number | bigint): Buffer {
  const out: number[] = []
  let rest = BigInt(value)
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128)
  return Buffer.of(...out, Number(rest))
}
export const number = (id: number, value: number | bigint) => Buffer.concat([varint(id << 3), varint(value)])
export const bytes = (id: number, value: Uint8Array) =>
  Buffer.concat([varint((id << 3) | 2), varint(value.length), value])
/** Every field of a protobuf message, as far as numbers and bytes go. */
export function parsed(message: Buffer): { readonly id: number; readonly number: bigint; readonly bytes: Buffer }[] {
  const found: { id: number; number: bigint; bytes: Buffer }[] = []
  let at = 0
  const next = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at] ?? 0
      at += 1
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const tag = Number(next())
    const value = next()
    const length = (tag & 7) === 2 ? Number(value) : 0
    found.push({ id: tag >> 3, number: value, bytes: message.subarray(at, at + length) })
    at += length
  }
  return found
}

export function u16(value: number): Buffer {
  const out = Buffer.alloc(2)
  out.writeUInt16LE(value)
  return out
}
export function u32(value: number): Buffer {
  const out = Buffer.alloc(4)
  out.writeUInt32LE(value)
  return out
}
export function u64(value: bigint): Buffer {
  const out = Buffer.alloc(8)
  out.writeBigUInt64LE(value)
  return out
}

/** A stream, read and written at once. */
export class Pipe {
  readonly #stream: Stream
  readonly #out: Uint8Array[] = []
  #wake: () => void = () => {}
  #over = false
  #have = Buffer.alloc(0)
  readonly #source: AsyncIterator<{ subarray(): Uint8Array }>

  constructor(stream: Stream) {
    this.#stream = stream
    this.#source = stream.source[Symbol.asyncIterator]()
    stream.sink(this.#outgoing()).catch(() => {})
  }

  write(chunk: Uint8Array): void {
    this.#out.push(chunk)
    this.#wake()
  }

  end(): void {
    this.#over = true
    this.#wake()
  }

  abort(): void {
    this.#stream.abort(new Error('aborted by the test'))
  }

  async read(count: number): Promise<Buffer> {
    while (this.#have.length < count) {
      const next = await this.#source.next()
      if (next.done) throw new Error('the stream ended')
      this.#have = Buffer.concat([this.#have, next.value.subarray()])
    }
    const taken = this.#have.subarray(0, count)
    this.#have = this.#have.subarray(count)
    return taken
  }

  /** A message behind its length as a varint. */
  async message(): Promise<Buffer> {
    let length = 0
    for (let shift = 0; ; shift += 7) {
      const byte = (await this.read(1))[0] ?? 0
      length |= (byte & 127) << shift
      if (byte < 128) return await this.read(length)
    }
  }

  async frame(): Promise<{ readonly type: number; readonly body: Buffer }> {
    const length = (await this.read(4)).readUInt32LE(0)
    const whole = await this.read(length)
    return { type: whole[0] ?? -1, body: whole.subarray(1) }
  }

  async *#outgoing(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#out.shift()
      if (next !== undefined) yield next
      else if (this.#over) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }
}
