/**
 * Inputs for decoders: valid bytes that were cut, flipped, spliced and lied about, again and again, and some that were
 * never valid. A lie about a length is written in all the ways that the formats here write one: as a byte, a
 * varint, little-endian, or in decimal digits.
 */
import type { Chance } from './chance.ts'

/** bytes; an input grows no longer by chance alone, only when it swells. */
const usualLength = 8 * 1024
/** bytes of one that swells: once in many times, since what takes a second takes it for much. */
const swollenLength = 512 * 1024
const swellOnceIn = 20_000
const telling = [
  0, 1, 2, 0x0a, 0x12, 0x20, 0x22, 0x2c, 0x5b, 0x7b, 0x64, 0x6c, 0x69, 0x65, 0x7f, 0x80, 0xfe, 0xff,
] as const
const numbers = [
  '0',
  '-1',
  '00',
  '1',
  '65536',
  '4294967296',
  '9007199254740993',
  '99999999999999999999',
  '1e999',
] as const

type Mutation = (bytes: Uint8Array, chance: Chance, another: () => Uint8Array) => Uint8Array

/** Anything from one seed, and from parts of others. */
export function mutated(seeds: readonly Uint8Array[], chance: Chance): Uint8Array {
  const another = (): Uint8Array => seeds[chance.below(seeds.length)] ?? new Uint8Array()
  if (chance.oneIn(25)) return chance.bytes(chance.below(chance.oneIn(8) ? 600 : 60))
  let bytes = another()
  const times = chance.oneIn(2) ? 1 : 1 + chance.below(chance.oneIn(4) ? 8 : 3)
  for (let time = 0; time < times; time += 1) bytes = chance.pick(mutations)(bytes, chance, another)
  if (chance.oneIn(swellOnceIn)) return swollen(bytes, chance)
  return bytes.length > usualLength && bytes.length > another().length ? bytes.subarray(0, usualLength) : bytes
}

const cut: Mutation = (bytes, chance) => bytes.subarray(0, chance.below(bytes.length))
const behead: Mutation = (bytes, chance) => bytes.subarray(chance.below(bytes.length))

const flip: Mutation = (bytes, chance) =>
  at(bytes, chance, (copy, place) => {
    copy[place] = (copy[place] ?? 0) ^ (1 << chance.below(8))
  })

const overwrite: Mutation = (bytes, chance) =>
  at(bytes, chance, (copy, place) => {
    copy[place] = chance.oneIn(2) ? chance.pick(telling) : chance.below(256)
  })

/** A length of one byte that is nearly right. */
const nudge: Mutation = (bytes, chance) =>
  at(bytes, chance, (copy, place) => {
    copy[place] = (copy[place] ?? 0) + chance.pick([-2, -1, 1, 2])
  })

/** Four or eight bytes that say a great number, or a small one. */
const word: Mutation = (bytes, chance) =>
  at(bytes, chance, (copy, place) => {
    const [length, fill] = [chance.pick([2, 4, 8]), chance.pick([0, 0x7f, 0xff])]
    copy.fill(fill, place, place + length)
    if (chance.oneIn(2)) copy[place] = chance.below(256)
  })

const varint: Mutation = (bytes, chance) => {
  const length = 1 + chance.below(10)
  const lie = chance.bytes(length).map((byte, index) => (index === length - 1 ? byte & 0x7f : byte | 0x80))
  return replaced(bytes, chance.below(bytes.length), chance.below(3), lie)
}

/** The digits of a number, wherever there are some. */
const digits: Mutation = (bytes, chance) => {
  const isDigit = (place: number) => (bytes[place] ?? 0) >= 0x30 && (bytes[place] ?? 0) <= 0x39
  let from = chance.below(bytes.length)
  while (from < bytes.length && !isDigit(from)) from += 1
  let to = from
  while (to < bytes.length && isDigit(to)) to += 1
  return replaced(bytes, from, to - from, Buffer.from(chance.pick(numbers)))
}

const insert: Mutation = (bytes, chance) =>
  replaced(bytes, chance.below(bytes.length + 1), 0, chance.bytes(1 + chance.below(9)))

const remove: Mutation = (bytes, chance) =>
  replaced(bytes, chance.below(bytes.length), 1 + chance.below(chance.oneIn(3) ? 64 : 4), new Uint8Array())

/** A part of it, again and again: what nests, nests deeply. */
const repeat: Mutation = (bytes, chance) => {
  const from = chance.below(bytes.length)
  const part = bytes.subarray(from, from + 1 + chance.below(chance.oneIn(3) ? 80 : 6))
  const times = chance.oneIn(10) ? 1 + chance.below(200) : 1 + chance.below(3)
  return replaced(bytes, from, 0, repeated(part, Math.min(usualLength, part.length * times)))
}

const splice: Mutation = (bytes, chance, another) => {
  const other = another()
  const from = chance.below(other.length)
  const part = other.subarray(from, from + 1 + chance.below(other.length - from))
  return replaced(bytes, chance.below(bytes.length + 1), chance.oneIn(2) ? part.length : 0, part)
}

const unchanged: Mutation = (bytes) => bytes

/** Those that leave most of it as it was come more than once. */
const mutations: readonly [Mutation, ...Mutation[]] = [
  unchanged,
  ...[cut, behead, flip, flip, overwrite, overwrite, nudge, nudge],
  ...[word, varint, varint, digits, insert, remove, repeat, splice, splice],
]

function at(bytes: Uint8Array, chance: Chance, change: (copy: Uint8Array, place: number) => void): Uint8Array {
  const copy = new Uint8Array(bytes)
  if (copy.length > 0) change(copy, chance.below(copy.length))
  return copy
}

function replaced(bytes: Uint8Array, from: number, count: number, by: Uint8Array): Uint8Array {
  const rest = bytes.subarray(Math.min(bytes.length, from + count))
  const result = new Uint8Array(Math.min(from, bytes.length) + by.length + rest.length)
  result.set(bytes.subarray(0, from))
  result.set(by, Math.min(from, bytes.length))
  result.set(rest, result.length - rest.length)
  return result
}

function repeated(part: Uint8Array, length: number): Uint8Array {
  const result = new Uint8Array(length)
  for (let place = 0; place < length && part.length > 0; place += part.length)
    result.set(part.subarray(0, length - place), place)
  return result
}

function swollen(bytes: Uint8Array, chance: Chance): Uint8Array {
  const from = chance.below(bytes.length)
  const part = bytes.subarray(from, from + 1 + chance.below(chance.oneIn(2) ? 8 : bytes.length))
  return replaced(bytes, from, 0, repeated(part, swollenLength))
}
