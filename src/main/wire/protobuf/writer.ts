/** Writes protobuf's primitives into one growing buffer. */
export class Writer {
  private bytes = new Uint8Array(128)
  private length = 0

  tag(id: number, wire: number): void {
    this.varint(id * 8 + wire)
  }

  /** Any safe non-negative integer. */
  varint(value: number): void {
    this.reserve(10)
    let rest = value
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.bytes[this.length++] = rest
  }

  /** Negative numbers are sign-extended to 64 bits, ten bytes. */
  int32(value: number): void {
    if (value >= 0) {
      this.varint(value)
      return
    }
    this.reserve(10)
    let rest = BigInt.asUintN(64, BigInt(value))
    for (let count = 0; count < 9; count++) {
      this.bytes[this.length++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.bytes[this.length++] = Number(rest)
  }

  /** A length and the bytes. */
  delimited(content: Uint8Array): void {
    this.varint(content.length)
    this.reserve(content.length)
    this.bytes.set(content, this.length)
    this.length += content.length
  }

  /** A copy of what was written, exactly as long as it is. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count))
    grown.set(this.bytes)
    this.bytes = grown
  }
}
