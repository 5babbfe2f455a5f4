/** Reads protobuf's primitives, and nothing beyond the end it was given. Its methods throw a `Refusal`. */
import { WireError, type WireErrorCode } from '../errors.ts'

export const WIRE_VARINT = 0
export const WIRE_FIXED64 = 1
export const WIRE_BYTES = 2
export const WIRE_FIXED32 = 5

const MAX_FIELD_NUMBER = 0x1fffffff
// A BOM is content here: dropping it would change what was signed.
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * A refusal on its way out of the codec. Most payloads are tried against several shapes, so that not being of one is
 * ordinary, and an Error with its stack would cost more than all the reading. `orWireError` makes one where it matters.
 */
export class Refusal {
  readonly code: WireErrorCode
  readonly message: string
  /** `Message.field`, the innermost. */
  place = ''
  constructor(code: WireErrorCode, message: string) {
    this.code = code
    this.message = message
  }
}

export function malformed(message: string): Refusal {
  return new Refusal('PROTOBUF', message)
}

/** Does the reading. @throws {WireError} for a `Refusal` */
export function orWireError<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, message, place } = error
    throw new WireError(code, place === '' ? message : `in ${place}: ${message}`, { place })
  }
}

export class Reader {
  readonly bytes: Uint8Array
  position: number
  readonly end: number
  /** The low 32 bits of the last varint: what an int32 or an enum is read from. */
  low = 0

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.position = start
    this.end = end
  }

  get done(): boolean {
    return this.position >= this.end
  }

  /** At most 10 bytes; exact up to 2^53, above that an approximation that is never below 2^53. */
  varint(): number {
    let value = 0
    let scale = 1
    this.low = 0
    for (let count = 0; count < 10; count++) {
      if (this.position >= this.end) throw malformed('a number is cut off')
      const byte = this.bytes[this.position++] ?? 0
      const bits = byte & 0x7f
      if (count === 9 && bits > 1) throw malformed('a number is longer than 64 bits')
      if (count < 5) this.low |= bits << (7 * count)
      value += bits * scale
      scale *= 128
      if (byte < 0x80) return value
    }
    throw malformed('a number is longer than 10 bytes')
  }

  /** Field number and wire type. */
  tag(): { readonly id: number; readonly wire: number } {
    const tag = this.varint()
    const wire = tag % 8
    const id = (tag - wire) / 8
    if (id === 0 || id > MAX_FIELD_NUMBER) throw malformed(`${id} is no field number`)
    return { id, wire }
  }

  /** The start of the next length-delimited value; the reader moves behind it. */
  delimited(): { readonly start: number; readonly end: number } {
    const length = this.varint()
    const start = this.position
    if (length > this.end - start) throw malformed('a value is cut off')
    this.position = start + length
    return { start, end: this.position }
  }

  string(): string {
    const { start, end } = this.delimited()
    try {
      return utf8Decoder.decode(this.bytes.subarray(start, end))
    } catch {
      throw malformed('a text is not valid UTF-8')
    }
  }

  /** A copy: the caller may keep it, or send it to another thread, without the message it came in. */
  copy(): Uint8Array {
    const { start, end } = this.delimited()
    return new Uint8Array(this.bytes.subarray(start, end))
  }

  /** The same without copying: as long as it is kept, so is the message. */
  view(): Uint8Array {
    const { start, end } = this.delimited()
    return this.bytes.subarray(start, end)
  }

  skip(wire: number): void {
    if (wire === WIRE_VARINT) this.varint()
    else if (wire === WIRE_BYTES) this.delimited()
    else if (wire === WIRE_FIXED64) this.advance(8)
    else if (wire === WIRE_FIXED32) this.advance(4)
    else throw malformed(`wire type ${wire} does not exist in proto3`)
  }

  private advance(count: number): void {
    if (count > this.end - this.position) throw malformed('a fixed-size number is cut off')
    this.position += count
  }
}
