/**
 * The one way in: every payload from a stranger is read here, against the shape of its message. RULES.md R4.3: a known
 * field with the wrong wire type refuses the payload; unknown fields are skipped. Nesting is bounded by the shapes,
 * which scripts/proto.mjs refuses to generate when they are recursive; bytes and items by `limits`.
 */
import { malformed, orWireError, Reader, Refusal, WIRE_BYTES, WIRE_VARINT } from './reader.ts'
import type { FieldShape, MessageShape } from './schema.ts'

export interface DecodeLimits {
  /** Longest payload, bytes. */
  readonly bytes: number
  /** Repeated values and map entries, all depths together. */
  readonly items: number
  /**
   * Bytes are views on the payload instead of copies: for a reader that looks at them and lets go, which copies would cost
   * more than all the rest. What is kept keeps the payload, and what is sent to another thread takes it along.
   */
  readonly views?: boolean
}

const DEFAULT_LIMITS: DecodeLimits = { bytes: 64 * 1024 * 1024, items: 250_000 }

interface Budget {
  items: number
  readonly views: boolean
}

type Fields = Record<string, unknown>

/**
 * @returns every field of the message: defaults where it was silent, copies (or views) where it holds bytes.
 * @throws {WireError} PROTOBUF, UNSAFE_INTEGER or TOO_LARGE, naming message and field.
 */
export function decode<T>(shape: MessageShape<T>, bytes: Uint8Array, limits: DecodeLimits = DEFAULT_LIMITS): T {
  return orWireError(() => readWhole(shape, bytes, limits))
}

/** The same for a payload that may well be something else: null instead of a refusal, and a hundred times cheaper. */
export function tryDecode<T>(
  shape: MessageShape<T>,
  bytes: Uint8Array,
  limits: DecodeLimits = DEFAULT_LIMITS,
): T | null {
  try {
    return readWhole(shape, bytes, limits)
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

function readWhole<T>(shape: MessageShape<T>, bytes: Uint8Array, limits: DecodeLimits): T {
  if (bytes.length > limits.bytes) {
    throw new Refusal('TOO_LARGE', `${bytes.length} bytes are more than the ${limits.bytes} a ${shape.name} may have`)
  }
  // The shape has checked every field, so the value is a T.
  return readMessage(shape, new Reader(bytes), { items: limits.items, views: limits.views === true }) as T
}

function readMessage(shape: MessageShape<unknown>, reader: Reader, budget: Budget): Fields {
  const fields = defaults(shape)
  let seen: Set<number> | null = null
  while (!reader.done) {
    const { id, wire } = reader.tag()
    const field = shape.byId.get(id)
    if (!field) {
      reader.skip(wire)
      continue
    }
    try {
      if (field.kind === 'message' && (field.cardinality === 'single' || field.cardinality === 'optional')) {
        // Protobuf would merge the two; no encoder writes such a thing, and half a message is easily hidden in another.
        if (seen?.has(id)) throw malformed('the message is there twice')
        seen = (seen ?? new Set()).add(id)
      }
      readField(shape, field, wire, reader, fields, budget)
    } catch (error) {
      throw located(error, `${shape.name}.${field.name}`)
    }
  }
  return fields
}

function readField(
  shape: MessageShape<unknown>,
  field: FieldShape,
  wire: number,
  reader: Reader,
  fields: Fields,
  budget: Budget,
): void {
  if (field.cardinality === 'map') {
    expectWire(wire, WIRE_BYTES)
    const { start, end } = reader.delimited()
    spend(budget)
    readMapEntry(field, new Reader(reader.bytes, start, end), fields[field.name], budget)
  } else if (field.cardinality === 'repeated') {
    readRepeated(field, wire, reader, fields[field.name], budget)
  } else {
    const value = readValue(field, wire, reader, budget)
    if (field.oneof !== null) forgetOneof(shape, field.oneof, fields)
    fields[field.name] = value
  }
}

function readRepeated(field: FieldShape, wire: number, reader: Reader, list: unknown, budget: Budget): void {
  if (!Array.isArray(list)) throw malformed('the message is there twice')
  if (wire === WIRE_BYTES && isNumeric(field)) {
    const { start, end } = reader.delimited()
    const packed = new Reader(reader.bytes, start, end)
    while (!packed.done) {
      spend(budget)
      list.push(readValue(field, WIRE_VARINT, packed, budget))
    }
    return
  }
  spend(budget)
  list.push(readValue(field, wire, reader, budget))
}

function readMapEntry(field: FieldShape, reader: Reader, map: unknown, budget: Budget): void {
  if (!(map instanceof Map)) throw malformed('the map cannot be read')
  let key: unknown = field.key === 'uint32' ? 0 : ''
  let value = field.shape ? undefined : scalarDefault(field)
  while (!reader.done) {
    const { id, wire } = reader.tag()
    if (id === 1) {
      key = field.key === 'uint32' ? readUint32(wire, reader) : readText(wire, reader)
    } else if (id === 2) {
      if (field.shape && value !== undefined) throw malformed('a map entry holds two values')
      value = readValue(field, wire, reader, budget)
    } else reader.skip(wire)
  }
  map.set(key, value ?? (field.shape ? defaults(field.shape) : undefined))
}

function readValue(field: FieldShape, wire: number, reader: Reader, budget: Budget): unknown {
  switch (field.kind) {
    case 'message': {
      expectWire(wire, WIRE_BYTES)
      if (!field.shape) throw malformed('the field has no shape')
      const { start, end } = reader.delimited()
      return readMessage(field.shape, new Reader(reader.bytes, start, end), budget)
    }
    case 'string':
      return readText(wire, reader)
    case 'bytes':
      expectWire(wire, WIRE_BYTES)
      return budget.views ? reader.view() : reader.copy()
    case 'bool':
      expectWire(wire, WIRE_VARINT)
      return reader.varint() !== 0
    case 'int32':
      expectWire(wire, WIRE_VARINT)
      reader.varint()
      return reader.low | 0
    case 'uint32':
      return readUint32(wire, reader)
    case 'uint64': {
      expectWire(wire, WIRE_VARINT)
      const value = reader.varint()
      if (value > Number.MAX_SAFE_INTEGER) throw new Refusal('UNSAFE_INTEGER', 'the number is above 2^53')
      return value
    }
  }
}

function readUint32(wire: number, reader: Reader): number {
  expectWire(wire, WIRE_VARINT)
  const value = reader.varint()
  if (value > 0xffffffff) throw malformed('the number is above 2^32')
  return value
}

function readText(wire: number, reader: Reader): string {
  expectWire(wire, WIRE_BYTES)
  return reader.string()
}

function expectWire(actual: number, expected: number): void {
  if (actual !== expected) throw malformed(`the field has wire type ${actual} instead of ${expected}`)
}

function isNumeric(field: FieldShape): boolean {
  return field.kind === 'bool' || field.kind === 'int32' || field.kind === 'uint32' || field.kind === 'uint64'
}

function spend(budget: Budget): void {
  if (--budget.items < 0) throw new Refusal('TOO_LARGE', 'the message holds more items than anything honest does')
}

function defaults(shape: MessageShape<unknown>): Fields {
  let known = silent.get(shape)
  if (known === undefined) {
    const single = shape.fields.filter(({ cardinality, kind }) => cardinality === 'single' && kind !== 'message')
    known = {
      scalars: Object.fromEntries(single.map((field) => [field.name, scalarDefault(field)])),
      own: shape.fields.filter((field) => !single.includes(field) && field.cardinality !== 'optional'),
    }
    silent.set(shape, known)
  }
  const fields = { ...known.scalars }
  for (const { name, cardinality } of known.own) {
    if (cardinality === 'repeated') fields[name] = []
    else if (cardinality === 'map') fields[name] = new Map()
  }
  return fields
}

/** What a message has where it says nothing: values that all can share, and fields that each needs for itself. */
const silent = new WeakMap<MessageShape<unknown>, { readonly scalars: Fields; readonly own: readonly FieldShape[] }>()
/** Of length 0, so that nobody can write into it. */
const NO_BYTES = new Uint8Array(0)

function scalarDefault(field: FieldShape): unknown {
  if (field.kind === 'string') return ''
  if (field.kind === 'bytes') return NO_BYTES
  if (field.kind === 'bool') return false
  return 0
}

function forgetOneof(shape: MessageShape<unknown>, oneof: string, fields: Fields): void {
  for (const other of shape.fields) if (other.oneof === oneof) delete fields[other.name]
}

/** Names the innermost place. */
function located(error: unknown, place: string): unknown {
  if (error instanceof Refusal && error.place === '') error.place = place
  return error
}
