/** Protobuf fields by their numbers, read and written: the exchange's messages have no schema of their own. */
import { concatBytes } from '../bytes.ts'
import { malformed, Reader, WIRE_BYTES, WIRE_VARINT } from '../protobuf/reader.ts'

export type Value = bigint | Uint8Array

/** Varints whole: an id that is echoed must not lose its upper bits. */
export function* fields(bytes: Uint8Array): Generator<{ readonly id: number; readonly value: Value }> {
  const reader = new Reader(bytes)
  while (!reader.done) {
    const { id, wire } = reader.tag()
    if (wire === WIRE_BYTES) {
      const { start, end } = reader.delimited()
      yield { id, value: bytes.subarray(start, end) }
    } else if (wire === WIRE_VARINT) {
      const start = reader.position
      reader.varint()
      let value = 0n
      for (let at = reader.position - 1; at >= start; at -= 1) value = (value << 7n) | BigInt((bytes[at] ?? 0) & 0x7f)
      yield { id, value }
    } else reader.skip(wire)
  }
}

export function asBytes(value: Value): Uint8Array {
  if (typeof value === 'bigint') throw malformed('a number where there must be bytes')
  return value
}

export function asBigInt(value: Value): bigint {
  if (typeof value !== 'bigint') throw malformed('bytes where there must be a number')
  return value
}

/** A number of blocks: what no dataset has is cut to more than any has. */
export function asNumber(value: Value): number {
  const number = asBigInt(value)
  return number > 0xffffffffn ? 0xffffffff : Number(number)
}

export function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt(value)
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Uint8Array.of(...bytes, Number(rest))
}

export function numberField(id: number, value: number | bigint): Uint8Array {
  return concatBytes(varint(id * 8 + WIRE_VARINT), varint(value))
}

export function bytesField(id: number, bytes: Uint8Array): Uint8Array {
  return concatBytes(varint(id * 8 + WIRE_BYTES), varint(bytes.length), bytes)
}
