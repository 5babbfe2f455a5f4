/** A libp2p stream as bytes: so many are read as are asked for, and what is written waits until the stream takes it. */
import type { Stream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { WireError } from '../../../wire/index.ts'
import { EngineError } from '../../engine.ts'

interface Outgoing {
  readonly bytes: Uint8ArrayList
  readonly taken: () => void
}

/** bytes */
const togetherAtMost = 64 * 1024

export class ByteStream {
  readonly #stream: Stream
  readonly #source: AsyncIterator<{ subarray(): Uint8Array; readonly byteLength: number } & Iterable<Uint8Array>>
  #chunks: Uint8Array[] = []
  #available = 0
  readonly #outgoing: Outgoing[] = []
  #ended = false
  #failure: Error | null = null
  #wake: () => void = () => {}
  readonly #waiting = new Set<(error: Error) => void>()

  constructor(stream: Stream) {
    this.#stream = stream
    this.#source = stream.source[Symbol.asyncIterator]()
    stream.sink(this.#write()).catch((error: unknown) => this.#fail(error instanceof Error ? error : broken()))
  }

  /** Exactly `count` bytes, in a buffer of their own. @throws EngineError `unavailable` if the stream ends before */
  async read(count: number): Promise<Uint8Array> {
    while (this.#available < count) if (!(await this.#more())) throw broken()
    const bytes = Buffer.allocUnsafe(count) // all of it is written below
    let done = 0
    let used = 0
    for (const chunk of this.#chunks) {
      if (done === count) break
      const part = chunk.subarray(0, count - done)
      bytes.set(part, done)
      done += part.length
      if (part.length === chunk.length) used += 1
      else this.#chunks[used] = chunk.subarray(part.length)
    }
    this.#chunks = used === 0 ? this.#chunks : this.#chunks.slice(used)
    this.#available -= count
    return bytes
  }

  /** A length in front of a message, as older nodes write it. @throws WireError TOO_LARGE if it is more than `most` */
  async readVarint(most: number): Promise<number> {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const [byte = 0] = await this.read(1)
      value += (byte & 0x7f) * scale
      if (value > most || scale > most) throw new WireError('TOO_LARGE', `more than ${most} bytes in one message`)
      if (byte < 0x80) return value
    }
  }

  /** Bytes that can be read without waiting for the other side. */
  get available(): number {
    return this.#available
  }

  /** Whether the other side has said everything, and all of it was read. */
  async ended(): Promise<boolean> {
    return this.#available === 0 && !(await this.#more())
  }

  /** Resolves when the stream has taken all of it. */
  async write(...parts: readonly Uint8Array[]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      if (this.#failure !== null || this.#ended) {
        reject(this.#failure ?? broken())
        return
      }
      this.#waiting.add(reject)
      const taken = () => {
        this.#waiting.delete(reject)
        resolve()
      }
      // As one piece, though not copied together: each piece would begin a frame of the muxer, and a message of noise.
      this.#outgoing.push({ bytes: new Uint8ArrayList(...parts), taken })
      this.#wake()
    })
  }

  /** No more will be written; what waits is still sent. */
  end(): void {
    this.#ended = true
    this.#wake()
  }

  abort(reason: Error): void {
    this.#fail(reason)
    this.#stream.abort(reason)
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next()
    if (next.done) return false
    for (const chunk of next.value) {
      if (chunk.length === 0) continue
      this.#chunks.push(chunk)
      this.#available += chunk.length
    }
    return true
  }

  async *#write(): AsyncGenerator<Uint8ArrayList> {
    for (;;) {
      const next = this.#takeOutgoing()
      const [only] = next
      if (only !== undefined) {
        yield next.length === 1 ? only.bytes : new Uint8ArrayList(...next.map(({ bytes }) => bytes))
        for (const { taken } of next) taken()
      } else if (this.#ended || this.#failure !== null) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }

  /** What waits, as much of it as goes well in one piece: small words are many, and each sent alone is dear. */
  #takeOutgoing(): Outgoing[] {
    let size = 0
    const until = this.#outgoing.findIndex(({ bytes }, index) => {
      size += bytes.length
      return index > 0 && size > togetherAtMost
    })
    return this.#outgoing.splice(0, until < 0 ? this.#outgoing.length : until)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#outgoing.length = 0
    for (const reject of this.#waiting) reject(error)
    this.#waiting.clear()
    this.#wake()
  }
}

function broken(): EngineError {
  return new EngineError('unavailable', 'The other side broke off.')
}
