/** The notations of a vectors file: bytes by formula, big results by hash, message fields by name. */
import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { hexToBytes, utf8 } from '../../../../src/main/wire/index.ts'
import type { MessageShape } from '../../../../src/main/wire/protobuf/schema.ts'
import { type Blob, type BytesSpec, bytesSpec, loadVectors } from './file.ts'

export const vectors = loadVectors()

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function bytesOf(spec: BytesSpec): Uint8Array {
  if ('hex' in spec) return hexToBytes(spec.hex)
  if ('utf8' in spec) return utf8(spec.utf8)
  if ('repeat' in spec) return new Uint8Array(spec.repeat.len).fill(Number.parseInt(spec.repeat.byte, 16))
  if ('utf8repeat' in spec) return utf8(spec.utf8repeat.text.repeat(spec.utf8repeat.times))
  const { seed, len } = spec.ctr
  const bytes = new Uint8Array(len)
  for (let at = 0, index = 0; at < len; at += 32, index++) {
    const counter = new Uint8Array(4)
    new DataView(counter.buffer).setUint32(0, index)
    const block = createHash('sha256').update(seed).update(counter).digest()
    bytes.set(block.subarray(0, len - at), at)
  }
  return bytes
}

/** A result as short as it may be compared: in full, or by length, hash and both ends. */
export function expectBlob(actual: Uint8Array, blob: Blob): void {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  if ('hex' in blob) expect({ len: actual.length, hex: hex(actual) }).toEqual(blob)
  else {
    const { head, tail } = blob
    expect({
      len: actual.length,
      sha256: sha256(actual),
      head: hex(actual.subarray(0, head.length / 2)),
      tail: hex(actual.subarray(actual.length - tail.length / 2)),
    }).toEqual(blob)
  }
}

/** The bytes of a result that is given in full. */
export function blobBytes(blob: Blob): Uint8Array {
  if (!('hex' in blob)) throw new Error('the vector gives this result by its hash only')
  return hexToBytes(blob.hex)
}

/**
 * Fields as the vectors name them to what the encoder takes. The message's shape tells maps from lists and bytes from
 * texts; a field it does not have is an error in the vectors, or in us.
 */
export function fieldsOf(shape: MessageShape<unknown>, fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const own = shape.fields.find((field) => field.name.toLowerCase() === name.toLowerCase())
      if (!own) throw new Error(`${shape.name} has no field ${name}`)
      const convert = (item: unknown) => valueFrom(item, own.shape, own.kind === 'bytes')
      if (own.cardinality === 'map') {
        return [own.name, new Map(Object.entries(record(value)).map(([key, item]) => [key, convert(item)]))]
      }
      return [own.name, Array.isArray(value) ? value.map(convert) : convert(value)]
    }),
  )
}

function valueFrom(value: unknown, shape: MessageShape<unknown> | null, isBytes: boolean): unknown {
  if (shape) return fieldsOf(shape, record(value))
  if (isBytes)
    return value instanceof Uint8Array ? value : typeof value === 'string' ? hexToBytes(value) : bytesFrom(value)
  if (typeof value === 'object') return new TextDecoder().decode(bytesFrom(record(value).bytes))
  return value
}

function bytesFrom(value: unknown): Uint8Array {
  const { ref } = record(value)
  return typeof ref === 'string' ? bytesAt(ref) : bytesOf(bytesSpec.parse(value))
}

/** `section.name.field` of this file. */
function bytesAt(ref: string): Uint8Array {
  const [section, name, field] = ref.split('.')
  const entries: unknown = record(vectors)[section ?? '']
  if (!Array.isArray(entries)) throw new Error(`the vectors refer to ${ref}, which is not there`)
  const entry = record(entries.find((one) => record(one).name === name))
  const { hex } = record(entry[field ?? ''])
  if (typeof hex !== 'string') throw new Error(`the vectors refer to ${ref}, which is not there`)
  return hexToBytes(hex)
}

export function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('the vectors have no object here')
  return Object.fromEntries(Object.entries(value))
}

/** Named cases for `it.each`: the name first. */
export function named<T>(cases: readonly T[], name: (one: T, index: number) => string): [string, T][] {
  return cases.map((one, index) => [name(one, index), one])
}
