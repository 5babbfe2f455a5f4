/**
 * What a message holds that our shapes do not name. Reading skips it; whoever publishes a changed copy of somebody
 * else's message takes it along with this, so that a program of tomorrow finds what it wrote.
 */
import { bytesToHex, joinBytes } from '../bytes.ts'
import { orWireError, Reader, WIRE_BYTES } from './reader.ts'
import type { MessageShape } from './schema.ts'
import { Writer } from './writer.ts'

/** One field as it stands in the bytes. */
interface Chunk {
  readonly id: number
  /** The whole field, tag included. */
  readonly bytes: Uint8Array
  /** What is inside a length-delimited one; null for a number. */
  readonly content: Uint8Array | null
}

/**
 * `after`, with the unknown fields of `before` behind its own, at every depth where both have the message they stand in:
 * singular messages by their field, values of maps by their key. Members of lists have no identity and carry nothing.
 * The very same bytes where there is nothing to carry. @throws {WireError} PROTOBUF
 */
export function carryUnknown<T>(shape: MessageShape<T>, before: Uint8Array, after: Uint8Array): Uint8Array {
  // Nearly always there is nothing, and a look costs a tenth of taking a large description apart.
  return orWireError(() => (holdsUnknown(shape, new Reader(before)) ? carry(shape, before, after) : after))
}

function holdsUnknown(shape: MessageShape<unknown>, reader: Reader): boolean {
  while (!reader.done) {
    const { id, wire } = reader.tag()
    const field = shape.byId.get(id)
    if (field === undefined) return true
    if (field.shape === null || field.cardinality === 'repeated' || wire !== WIRE_BYTES) {
      reader.skip(wire)
      continue
    }
    const { start, end } = reader.delimited()
    const inside = new Reader(reader.bytes, start, end)
    const unknown =
      field.cardinality === 'map' ? valueHoldsUnknown(field.shape, inside) : holdsUnknown(field.shape, inside)
    if (unknown) return true
  }
  return false
}

function valueHoldsUnknown(shape: MessageShape<unknown>, entry: Reader): boolean {
  while (!entry.done) {
    const { id, wire } = entry.tag()
    if (id !== 2 || wire !== WIRE_BYTES) {
      entry.skip(wire)
      continue
    }
    const { start, end } = entry.delimited()
    if (holdsUnknown(shape, new Reader(entry.bytes, start, end))) return true
  }
  return false
}

function carry(shape: MessageShape<unknown>, before: Uint8Array, after: Uint8Array): Uint8Array {
  const unknown: Uint8Array[] = []
  const nested = new Map<string, Uint8Array>()
  for (const chunk of chunksOf(before)) {
    const field = shape.byId.get(chunk.id)
    if (field === undefined) {
      unknown.push(chunk.bytes)
      continue
    }
    const place = field.shape === null || field.cardinality === 'repeated' ? null : placeOf(chunk, field.cardinality)
    if (place !== null) nested.set(place.name, place.message)
  }
  const known = chunksOf(after).map((chunk) => merged(shape, chunk, nested))
  return joinBytes([...known, ...unknown])
}

function merged(shape: MessageShape<unknown>, chunk: Chunk, nested: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const field = shape.byId.get(chunk.id)
  if (!field?.shape || field.cardinality === 'repeated') return chunk.bytes
  const place = placeOf(chunk, field.cardinality)
  const old = place === null ? undefined : nested.get(place.name)
  if (place === null || old === undefined) return chunk.bytes
  const message = carry(field.shape, old, place.message)
  if (place.key === null) return delimited(chunk.id, message)
  return delimited(chunk.id, joinBytes([place.key, delimited(2, message)]))
}

/** Where a nested message stands (its field's number and, in a map, its key), and its bytes. */
function placeOf({ id, content }: Chunk, cardinality: string) {
  if (content === null) return null
  if (cardinality !== 'map') return { name: `${id}`, key: null, message: content }
  const fields = chunksOf(content)
  const key = fields.find((field) => field.id === 1)?.bytes ?? new Uint8Array(0)
  const message = fields.find((field) => field.id === 2)?.content ?? null
  return message === null ? null : { name: `${id} ${bytesToHex(key)}`, key, message }
}

function chunksOf(bytes: Uint8Array): Chunk[] {
  const reader = new Reader(bytes)
  const found: Chunk[] = []
  while (!reader.done) {
    const from = reader.position
    const { id, wire } = reader.tag()
    let content: Uint8Array | null = null
    if (wire === WIRE_BYTES) {
      const { start, end } = reader.delimited()
      content = bytes.subarray(start, end)
    } else reader.skip(wire)
    found.push({ id, bytes: bytes.subarray(from, reader.position), content })
  }
  return found
}

function delimited(id: number, content: Uint8Array): Uint8Array {
  const writer = new Writer()
  writer.tag(id, WIRE_BYTES)
  writer.delimited(content)
  return writer.finish()
}
