/** Bencoding, canonical both ways: what is not written the one right way is refused. Dictionary keys are ASCII here. */
import { bytesToHex, compareBytes, joinBytes, utf8 } from '../bytes.ts'
import { WireError } from '../errors.ts'

export type Bencoded = number | Uint8Array | string | readonly Bencoded[] | ReadonlyMap<string, Bencoded>
/** What comes out of `bdecode`: texts stay bytes. */
export type Bdecoded = number | Uint8Array | readonly Bdecoded[] | ReadonlyMap<string, Bdecoded>

const MAX_DEPTH = 8
const MAX_ITEMS = 100_000
const [INTEGER, LIST, DICTIONARY, END, COLON, MINUS] = [0x69, 0x6c, 0x64, 0x65, 0x3a, 0x2d]

export function bencode(value: Bencoded): Uint8Array {
  const parts: Uint8Array[] = []
  write(value, parts)
  return joinBytes(parts)
}

function write(value: Bencoded, parts: Uint8Array[]): void {
  if (typeof value === 'number') parts.push(utf8(`i${value}e`))
  else if (typeof value === 'string') write(utf8(value), parts)
  else if (value instanceof Uint8Array) parts.push(utf8(`${value.length}:`), value)
  else if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => [utf8(key), item] as const)
    entries.sort(([a], [b]) => compareBytes(a, b))
    parts.push(utf8('d'))
    for (const [key, item] of entries) {
      write(key, parts)
      write(item, parts)
    }
    parts.push(utf8('e'))
  } else if (Array.isArray(value)) {
    parts.push(utf8('l'))
    for (const item of value) write(item, parts)
    parts.push(utf8('e'))
  }
}

interface Cursor {
  readonly bytes: Uint8Array
  position: number
  items: number
}

/** @throws {WireError} BAD_METAINFO */
export function bdecode(bytes: Uint8Array): Bdecoded {
  const cursor: Cursor = { bytes, position: 0, items: 0 }
  const value = read(cursor, 0)
  if (cursor.position !== bytes.length) throw bad('something follows the end')
  return value
}

function read(cursor: Cursor, depth: number): Bdecoded {
  if (depth > MAX_DEPTH) throw bad('it is nested too deeply')
  if (++cursor.items > MAX_ITEMS) throw bad('it has too many items')
  const first = cursor.bytes[cursor.position]
  if (first === INTEGER) {
    cursor.position++
    return readNumber(cursor, END)
  }
  if (first === LIST) return readList(cursor, depth)
  if (first === DICTIONARY) return readDictionary(cursor, depth)
  return readBytes(cursor)
}

function readList(cursor: Cursor, depth: number): readonly Bdecoded[] {
  const list: Bdecoded[] = []
  cursor.position++
  while (cursor.bytes[cursor.position] !== END) list.push(read(cursor, depth + 1))
  cursor.position++
  return list
}

function readDictionary(cursor: Cursor, depth: number): ReadonlyMap<string, Bdecoded> {
  const dictionary = new Map<string, Bdecoded>()
  let previous: Uint8Array | null = null
  cursor.position++
  while (cursor.bytes[cursor.position] !== END) {
    const key = readBytes(cursor)
    if (previous && compareBytes(previous, key) >= 0) throw bad('its keys are not in order')
    previous = key
    // Keys that are not ASCII are kept under their hex: none of them means anything here.
    const name = key.every((byte) => byte < 0x80) ? String.fromCharCode(...key.subarray(0, 256)) : bytesToHex(key)
    dictionary.set(name, read(cursor, depth + 1))
  }
  cursor.position++
  return dictionary
}

function readBytes(cursor: Cursor): Uint8Array {
  const length = readNumber(cursor, COLON)
  if (length < 0 || length > cursor.bytes.length - cursor.position) throw bad('a text is cut off')
  const start = cursor.position
  cursor.position += length
  return cursor.bytes.slice(start, cursor.position)
}

function readNumber(cursor: Cursor, terminator: number): number {
  const negative = cursor.bytes[cursor.position] === MINUS
  if (negative) cursor.position++
  let value = 0
  for (let digits = 0; ; digits++) {
    const byte = cursor.bytes[cursor.position++]
    if (byte === terminator && digits > 0) break
    const digit = (byte ?? 0) - 0x30
    if (digit < 0 || digit > 9 || digits > 15) throw bad('a number is malformed')
    if (digits === 1 && value === 0) throw bad('a number has a leading zero')
    value = value * 10 + digit
  }
  if (value > Number.MAX_SAFE_INTEGER || (negative && value === 0)) throw bad('a number is malformed')
  return negative ? -value : value
}

function bad(message: string): WireError {
  return new WireError('BAD_METAINFO', `the torrent's description cannot be read: ${message}`)
}
