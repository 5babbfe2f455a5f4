/** Which pieces of a torrent are there: BitTorrent's own bit order, the highest bit of the first byte is piece 0. */
export class PieceSet {
  readonly length: number
  readonly #bits: Uint8Array
  #count = 0

  /** `bits` is copied; bits past `length` are ignored, missing ones are 0. */
  constructor(length: number, bits?: Uint8Array) {
    this.length = length
    this.#bits = new Uint8Array(Math.ceil(length / 8))
    if (bits !== undefined) for (let index = 0; index < length; index += 1) if (bitOf(bits, index)) this.add(index)
  }

  static full(length: number): PieceSet {
    return new PieceSet(length, new Uint8Array(Math.ceil(length / 8)).fill(0xff))
  }

  get count(): number {
    return this.#count
  }

  get complete(): boolean {
    return this.#count === this.length
  }

  has(index: number): boolean {
    return bitOf(this.#bits, index)
  }

  add(index: number): void {
    if (index < 0 || index >= this.length || this.has(index)) return
    this.#bits[index >> 3] = (this.#bits[index >> 3] ?? 0) | (0x80 >> (index & 7))
    this.#count += 1
  }

  delete(index: number): void {
    if (index < 0 || index >= this.length || !this.has(index)) return
    this.#bits[index >> 3] = (this.#bits[index >> 3] ?? 0) & ~(0x80 >> (index & 7))
    this.#count -= 1
  }

  /** The pieces of `[from, to)` that are not there, in order. */
  *missing(from = 0, to = this.length): Generator<number> {
    for (let index = from; index < to; index += 1) if (!this.has(index)) yield index
  }

  hasAll(from: number, to: number): boolean {
    return this.missing(from, to).next().done === true
  }

  bytes(): Uint8Array {
    return this.#bits.slice()
  }
}

function bitOf(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0
}
