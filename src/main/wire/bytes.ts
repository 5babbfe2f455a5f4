/** Bytes, hex and text. Everything here returns plain `Uint8Array`s with a buffer of their own. */
import { WireError } from './errors.ts'

const encoder = new TextEncoder()

/** UTF-8 of a text. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Lower-case hex, no prefix. */
export function bytesToHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** Lower-case hex with `0x`. */
export function toHex0x(bytes: Uint8Array): string {
  return `0x${bytesToHex(bytes)}`
}

/** Hex of either case, with or without `0x`. @throws {WireError} BAD_HEX */
export function hexToBytes(hex: string): Uint8Array {
  const digits = hex.startsWith('0x') ? hex.slice(2) : hex
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new WireError('BAD_HEX', 'expected an even number of hex digits')
  }
  const bytes = new Uint8Array(digits.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return joinBytes(parts)
}

/** The same for a list: a call cannot have a hundred thousand arguments. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0
}

/** Negative, zero or positive, as a sort wants it: byte by byte, the shorter first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** A plain `Uint8Array` of its own, whatever kind of view (a pooled Buffer, say) came in. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}
