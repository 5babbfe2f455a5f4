/** What the tests of the wire share: all message shapes, values of any shape, keys, and the reason of a refusal. */
import fc from 'fast-check'
import * as schema from '../../../src/main/wire/generated/schema.ts'
import { hexToBytes, publicKey, WireError } from '../../../src/main/wire/index.ts'
import type { FieldShape, MessageShape } from '../../../src/main/wire/protobuf/schema.ts'

export const SHAPES: readonly MessageShape<unknown>[] = Object.values(schema).flatMap((item) =>
  'fields' in item ? [item] : [],
)

/** Private keys that nobody may use. */
export const OWNER = hexToBytes('11'.repeat(32))
export const MEMBER = hexToBytes('22'.repeat(32))
export const OWNER_PUBLIC = publicKey(OWNER)
export const MEMBER_PUBLIC = publicKey(MEMBER)

/** The code of the WireError that `work` throws; anything else it throws fails the test. */
export function reasonOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof WireError) return error.code
    throw error
  }
  return 'nothing was refused'
}

/** Any value that a message of this shape can have, as the decoder gives it: defaults filled in. */
export function anyValue(shape: MessageShape<unknown>): fc.Arbitrary<Record<string, unknown>> {
  const always: Record<string, fc.Arbitrary<unknown>> = {}
  const sometimes: Record<string, fc.Arbitrary<unknown>> = {}
  const oneofs = new Map<string, FieldShape[]>()
  for (const field of shape.fields) {
    if (field.oneof !== null) oneofs.set(field.oneof, [...(oneofs.get(field.oneof) ?? []), field])
    else if (field.cardinality === 'optional' || (field.cardinality === 'single' && field.shape)) {
      sometimes[field.name] = anyField(field)
    } else always[field.name] = anyField(field)
  }
  const required = Object.keys(always)
  const plain = fc.record({ ...always, ...sometimes }, { requiredKeys: required })
  const chosen = [...oneofs.values()].map((fields) =>
    fc.oneof(fc.constant({}), ...fields.map((field) => anyField(field).map((value) => ({ [field.name]: value })))),
  )
  return fc.tuple(plain, ...chosen).map((parts) => Object.assign({}, ...parts))
}

function anyField(field: FieldShape): fc.Arbitrary<unknown> {
  const one = field.shape ? anyValue(field.shape) : anyScalar(field.kind)
  if (field.cardinality === 'repeated') return fc.array(one, { maxLength: 3 })
  if (field.cardinality !== 'map') return one
  const key = field.key === 'uint32' ? fc.nat(0xffffffff) : anyText
  return fc.array(fc.tuple(key, one), { maxLength: 3 }).map((entries) => new Map<unknown, unknown>(entries))
}

const anyText = fc.string({ unit: 'binary', maxLength: 20 })

function anyScalar(kind: FieldShape['kind']): fc.Arbitrary<unknown> {
  if (kind === 'string') return anyText
  if (kind === 'bytes') return fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes))
  if (kind === 'bool') return fc.boolean()
  if (kind === 'int32') return fc.integer()
  return kind === 'uint32' ? fc.nat(0xffffffff) : fc.maxSafeNat()
}

/** Bytes that began as a message and were changed: cut, flipped, repeated. */
export function damaged(whole: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.tuple(whole, fc.nat(), fc.nat(255), fc.nat(3)).map(([bytes, at, value, how]) => {
    const place = bytes.length === 0 ? 0 : at % bytes.length
    if (how === 0) return bytes.slice(0, place)
    if (how === 1) return Uint8Array.of(...bytes.subarray(0, place), value, ...bytes.subarray(place))
    const copy = new Uint8Array(bytes)
    copy[place] = how === 2 ? value : (copy[place] ?? 0) ^ (1 << (value % 8))
    return copy
  })
}
