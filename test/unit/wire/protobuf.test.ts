/** The codec against every message of proto/, against protobufjs as a second opinion, and against damage. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import {
  ChatMessage,
  CommunityDescription,
  CommunityMember,
  RekeyGroup,
  WakuMessage,
  WakuMessageArchive,
} from '../../../src/main/wire/generated/schema.ts'
import { bytesToHex, concatBytes, equalBytes, hexToBytes, utf8, WireError } from '../../../src/main/wire/index.ts'
import { decode } from '../../../src/main/wire/protobuf/decode.ts'
import { encode } from '../../../src/main/wire/protobuf/encode.ts'
import type { FieldShape } from '../../../src/main/wire/protobuf/schema.ts'
import { Writer } from '../../../src/main/wire/protobuf/writer.ts'
import { anyValue, damaged, reasonOf, SHAPES } from './support.ts'

const PROTO = fileURLToPath(new URL('../../../proto/', import.meta.url))
const root = new protobuf.Root()
root.resolvePath = (_origin, target) => (target.startsWith('/') ? target : join(PROTO, target))
root.loadSync(readdirSync(PROTO).map((name) => join(PROTO, name)))

const byName = SHAPES.map((shape) => [shape.name, shape] as const)
const allFields = SHAPES.flatMap((shape) =>
  shape.fields.map((field) => [`${shape.name}.${field.name}`, shape, field] as const),
)

function tagged(id: number, wire: number, rest: Uint8Array): Uint8Array {
  const writer = new Writer()
  writer.tag(id, wire)
  return concatBytes(writer.finish(), rest)
}

/** A well-formed field of each wire type, small enough to mean nothing. */
const CONTENTS: readonly (readonly [number, Uint8Array])[] = [
  [0, Uint8Array.of(1)],
  [1, new Uint8Array(8)],
  [2, Uint8Array.of(0)],
  [5, new Uint8Array(4)],
]

function acceptedWires({ kind, cardinality }: FieldShape): readonly number[] {
  if (cardinality === 'map' || kind === 'message' || kind === 'string' || kind === 'bytes') return [2]
  return cardinality === 'repeated' ? [0, 2] : [0]
}

describe('the protobuf codec', () => {
  it('knows every message of proto/', () => {
    const declared = root.nestedArray.filter((item) => item instanceof protobuf.Type).map(({ name }) => name)
    expect(SHAPES.map(({ name }) => name).toSorted()).toEqual(declared.toSorted())
  })

  it.each(byName)('%s comes back as it was, byte for byte', (_name, shape) => {
    fc.assert(
      fc.property(anyValue(shape), (value) => {
        const bytes = encode(shape, value)
        const back = decode(shape, bytes)
        expect(back).toEqual(value)
        expect(bytesToHex(encode(shape, back))).toBe(bytesToHex(bytes))
      }),
      { numRuns: 25 },
    )
  })

  it.each(byName)('%s is read by protobufjs as it is by us', (_name, shape) => {
    const type = root.lookupType(shape.name)
    fc.assert(
      fc.property(anyValue(shape), (value) => {
        const bytes = encode(shape, value)
        const other = type.decode(bytes)
        // What protobufjs makes of it, written by protobufjs, is still the same to us.
        expect(decode(shape, type.encode(other).finish())).toEqual(value)
      }),
      { numRuns: 15 },
    )
  })

  it.each(allFields)('R4.3 %s with another wire type refuses the message', (_name, shape, field) => {
    for (const [wire, rest] of CONTENTS) {
      if (acceptedWires(field).includes(wire)) continue
      expect(reasonOf(() => decode(shape, tagged(field.id, wire, rest)))).toBe('PROTOBUF')
    }
  })

  it.each(byName)('%s skips fields that it does not know', (_name, shape) => {
    const unknown = Math.max(...shape.fields.map(({ id }) => id)) + 1
    const before = decode(shape, new Uint8Array(0))
    for (const [wire, rest] of CONTENTS) expect(decode(shape, tagged(unknown, wire, rest))).toEqual(before)
  })

  it.each(byName)('%s refuses what is damaged with a WireError, or reads it as something else', (_name, shape) => {
    const bytes = damaged(anyValue(shape).map((value) => encode(shape, value)))
    fc.assert(
      fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 60 })), (input) => {
        try {
          decode(shape, input)
        } catch (error) {
          if (!(error instanceof WireError)) throw error
        }
      }),
      { numRuns: 40 },
    )
  })

  it.each([
    ['a number of more than ten bytes', '08ffffffffffffffffffff01'],
    ['a number of more than 64 bits', '08ffffffffffffffffff02'],
    ['a number that is cut off', '08ff'],
    ['a text that is cut off', '1a0541'],
    ['a text that is not UTF-8', '1a02c328'],
    ['a text with a lone surrogate', '1a03eda080'],
    ['field number 0', '0001'],
    ['a group', '0b0c'],
    ['wire type 6', '0e'],
    ['a fixed number that is cut off', 'fd3e0000'],
    ['a tag beyond the last field number', '88808080808080808001'],
  ])('refuses %s', (_name, hex) => {
    expect(reasonOf(() => decode(ChatMessage, hexToBytes(hex)))).toBe('PROTOBUF')
  })

  it('refuses numbers that JavaScript cannot hold, and says where they are', () => {
    expect(decode(WakuMessage, hexToBytes('10ffffffffffffff0f')).timestamp).toBe(Number.MAX_SAFE_INTEGER)
    const beyond = hexToBytes('10808080808080808010')
    expect(reasonOf(() => decode(WakuMessage, beyond))).toBe('UNSAFE_INTEGER')
    expect(() => decode(WakuMessage, beyond)).toThrow(expect.objectContaining({ place: 'WakuMessage.timestamp' }))
    expect(reasonOf(() => encode(WakuMessage, { timestamp: 2 ** 53 }))).toBe('BAD_VALUE')
    expect(reasonOf(() => encode(WakuMessage, { timestamp: 0.5 }))).toBe('BAD_VALUE')
    expect(reasonOf(() => encode(WakuMessage, { timestamp: -1 }))).toBe('BAD_VALUE')
  })

  it('keeps enum values of the future and negative numbers', () => {
    for (const contentType of [77, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      expect(decode(ChatMessage, encode(ChatMessage, { contentType })).contentType).toBe(contentType)
    }
  })

  it('reads repeated numbers packed and one by one, and writes them packed', () => {
    expect(decode(CommunityMember, hexToBytes('0a020104')).roles).toEqual([1, 4])
    expect(decode(CommunityMember, hexToBytes('08010804')).roles).toEqual([1, 4])
    expect(bytesToHex(encode(CommunityMember, { roles: [1, 4] }))).toBe('0a020104')
  })

  it('takes the last of two scalars, the last of a oneof, and refuses two messages in one place', () => {
    expect(decode(ChatMessage, hexToBytes('08010802')).clock).toBe(2)
    const both = concatBytes(
      encode(ChatMessage, { sticker: { hash: 'a' } }),
      encode(ChatMessage, { image: { width: 1 } }),
    )
    const { sticker, image } = decode(ChatMessage, both)
    expect({ sticker, width: image?.width }).toEqual({ sticker: undefined, width: 1 })
    const head = encode(WakuMessageArchive, { metadata: { from: 1 } })
    expect(reasonOf(() => decode(WakuMessageArchive, concatBytes(head, head)))).toBe('PROTOBUF')
  })

  it('orders map entries by the bytes of their keys', () => {
    const keys = new Map([70000, 3, 256].map((key) => [key, new Uint8Array(0)]))
    expect(bytesToHex(encode(RekeyGroup, { keys }))).toBe('22040803120022050880021200220608f0a2041200')
    // UTF-16 puts the surrogates of U+10000 before U+FFFF; their bytes stand the other way round.
    const privateData = new Map(['\u{10000}', '\uffff'].map((key) => [key, new Uint8Array(0)]))
    const written = decode(CommunityDescription, encode(CommunityDescription, { privateData })).privateData
    expect([...written.keys()]).toEqual(['\uffff', '\u{10000}'])
  })

  it('bounds length and number of items', () => {
    const many = concatBytes(...Array.from({ length: 11 }, () => hexToBytes('820100')))
    expect(decode(ChatMessage, many).unfurledLinks).toHaveLength(11)
    expect(reasonOf(() => decode(ChatMessage, many, { bytes: 1000, items: 10 }))).toBe('TOO_LARGE')
    expect(reasonOf(() => decode(ChatMessage, many, { bytes: 32, items: 100 }))).toBe('TOO_LARGE')
  })

  it('gives bytes that are nobody else’s', () => {
    const source = Buffer.from(encode(WakuMessage, { payload: utf8('hello') }))
    const { payload } = decode(WakuMessage, source)
    source.fill(0)
    expect(equalBytes(payload, utf8('hello'))).toBe(true)
    expect(payload.constructor).toBe(Uint8Array)
    expect(payload.buffer.byteLength).toBe(5)
  })
})
