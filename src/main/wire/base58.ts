/** Base 58 as Bitcoin and multibase `z` have it. */
import { WireError } from './errors.ts'

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const VALUE = new Map([...ALPHABET].map((digit, value) => [digit, value]))
/** Long enough for any key or CID; the work grows with the square. */
const MAX_DIGITS = 256

export function base58Encode(bytes: Uint8Array): string {
  const digits: number[] = []
  for (const byte of bytes) {
    let carry = byte
    for (let i = 0; i < digits.length; i++) {
      carry += (digits[i] ?? 0) * 256
      digits[i] = carry % 58
      carry = Math.floor(carry / 58)
    }
    for (; carry > 0; carry = Math.floor(carry / 58)) digits.push(carry % 58)
  }
  for (const byte of bytes) {
    if (byte !== 0) break
    digits.push(0)
  }
  return digits
    .reverse()
    .map((digit) => ALPHABET.charAt(digit))
    .join('')
}

/** @throws {WireError} BAD_VALUE */
export function base58Decode(text: string): Uint8Array {
  if (text.length > MAX_DIGITS) throw new WireError('BAD_VALUE', 'too long for a base-58 value')
  const bytes: number[] = []
  for (const character of text) {
    let carry = VALUE.get(character)
    if (carry === undefined) throw new WireError('BAD_VALUE', `${character} is no base-58 digit`)
    for (let i = 0; i < bytes.length; i++) {
      carry += (bytes[i] ?? 0) * 58
      bytes[i] = carry & 0xff
      carry >>= 8
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 0xff)
  }
  for (const character of text) {
    if (character !== '1') break
    bytes.push(0)
  }
  return Uint8Array.from(bytes.reverse())
}
