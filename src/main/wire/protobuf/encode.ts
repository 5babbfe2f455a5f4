/**
 * Canonical encoding: fields by ascending number, defaults omitted, map entries sorted by the bytes of their keys, with
 * key and value always there. The same value gives the same bytes, which is what signatures and ids need.
 */
import { compareBytes, utf8 } from '../bytes.ts'
import { WireError } from '../errors.ts'
import { WIRE_BYTES, WIRE_VARINT } from './reader.ts'
import type { FieldShape, Init, MessageShape } from './schema.ts'
import { Writer } from './writer.ts'

/** @throws {WireError} BAD_VALUE for a number that its field cannot hold. */
export function encode<T>(shape: MessageShape<T>, value: Init<T>): Uint8Array {
  const writer = new Writer()
  writeMessage(shape, value, writer)
  return writer.finish()
}

function writeMessage(shape: MessageShape<unknown>, value: unknown, writer: Writer): void {
  if (typeof value !== 'object' || value === null) throw bad(`${shape.name} is no message`)
  const values = new Map<string, unknown>(Object.entries(value))
  for (const field of shape.fields) {
    const content = values.get(field.name)
    if (content === undefined) continue
    writeField(shape, field, content, writer)
  }
}

function writeField(shape: MessageShape<unknown>, field: FieldShape, content: unknown, writer: Writer): void {
  const place = `${shape.name}.${field.name}`
  if (field.cardinality === 'map') {
    if (!(content instanceof Map)) throw bad(`${place} is no map`)
    writeMap(field, content, place, writer)
  } else if (field.cardinality === 'repeated') {
    if (!Array.isArray(content)) throw bad(`${place} is no list`)
    writeRepeated(field, content, place, writer)
  } else if (field.cardinality === 'optional' || field.kind === 'message' || !isDefault(content)) {
    writeValue(field, field.id, content, place, writer)
  }
}

function writeRepeated(field: FieldShape, list: readonly unknown[], place: string, writer: Writer): void {
  const packed = field.kind !== 'message' && field.kind !== 'string' && field.kind !== 'bytes'
  if (!packed) {
    for (const item of list) writeValue(field, field.id, item, place, writer)
  } else if (list.length > 0) {
    const numbers = new Writer()
    for (const item of list) writeNumber(field, item, place, numbers)
    writer.tag(field.id, WIRE_BYTES)
    writer.delimited(numbers.finish())
  }
}

function writeMap(field: FieldShape, map: ReadonlyMap<unknown, unknown>, place: string, writer: Writer): void {
  const entries = [...map].map(([key, value]) => ({ key: mapKey(field, key, place), value }))
  entries.sort((a, b) =>
    a.key.order === b.key.order ? compareBytes(a.key.bytes, b.key.bytes) : a.key.order - b.key.order,
  )
  for (const { key, value } of entries) {
    const entry = new Writer()
    if (field.key === 'uint32') {
      entry.tag(1, WIRE_VARINT)
      entry.varint(key.order)
    } else {
      entry.tag(1, WIRE_BYTES)
      entry.delimited(key.bytes)
    }
    writeValue(field, 2, value, place, entry)
    writer.tag(field.id, WIRE_BYTES)
    writer.delimited(entry.finish())
  }
}

/** Text keys are ordered by their bytes, numbers by their value. */
function mapKey(
  field: FieldShape,
  key: unknown,
  place: string,
): { readonly order: number; readonly bytes: Uint8Array } {
  if (field.key === 'uint32') return { order: uint(key, 0xffffffff, place), bytes: new Uint8Array(0) }
  if (typeof key !== 'string') throw bad(`${place} has a key that is no text`)
  return { order: 0, bytes: utf8(key) }
}

function writeValue(field: FieldShape, id: number, content: unknown, place: string, writer: Writer): void {
  if (field.kind === 'message') {
    if (!field.shape) throw bad(`${place} has no shape`)
    const nested = new Writer()
    writeMessage(field.shape, content, nested)
    writer.tag(id, WIRE_BYTES)
    writer.delimited(nested.finish())
  } else if (field.kind === 'string') {
    if (typeof content !== 'string') throw bad(`${place} is no text`)
    writer.tag(id, WIRE_BYTES)
    writer.delimited(utf8(content))
  } else if (field.kind === 'bytes') {
    if (!(content instanceof Uint8Array)) throw bad(`${place} is no bytes`)
    writer.tag(id, WIRE_BYTES)
    writer.delimited(content)
  } else {
    writer.tag(id, WIRE_VARINT)
    writeNumber(field, content, place, writer)
  }
}

function writeNumber(field: FieldShape, content: unknown, place: string, writer: Writer): void {
  if (field.kind === 'bool') {
    if (typeof content !== 'boolean') throw bad(`${place} is neither true nor false`)
    writer.varint(content ? 1 : 0)
  } else if (field.kind === 'int32') {
    if (typeof content !== 'number' || (content | 0) !== content) throw bad(`${place} is no 32-bit number`)
    writer.int32(content)
  } else {
    writer.varint(uint(content, field.kind === 'uint32' ? 0xffffffff : Number.MAX_SAFE_INTEGER, place))
  }
}

function uint(value: unknown, max: number, place: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw bad(`${place} is no whole number from 0 to ${max}`)
  }
  return value
}

function isDefault(content: unknown): boolean {
  return content === 0 || content === '' || content === false || (content instanceof Uint8Array && content.length === 0)
}

function bad(message: string): WireError {
  return new WireError('BAD_VALUE', message)
}
