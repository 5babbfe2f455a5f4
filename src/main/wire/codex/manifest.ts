/**
 * Manifests of datasets (CODEX.md §4): a protobuf header inside a one-field wrapper, in the three forms that nodes have
 * written. The CID tells which bytes, never which form. `v0` is written; all are read.
 */
import { createHash } from 'node:crypto'
import { WireError } from '../errors.ts'
import { orWireError, Reader, WIRE_BYTES, WIRE_VARINT } from '../protobuf/reader.ts'
import { Writer } from '../protobuf/writer.ts'
import { codexCodecs, decodeCodexCid, encodeCodexCid, manifestCidText, SHA2_256 } from './cids.ts'
import { MAX_LEAVES } from './tree.ts'

/**
 * `codex`: until December 2025. `storage03`: January 2026, v0.3.x. `v0`: since then, with a manifestVersion of 0 in
 * front.
 */
export type ManifestFormat = 'codex' | 'storage03' | 'v0'
export const manifestFormats: readonly ManifestFormat[] = ['v0', 'storage03', 'codex']

export interface Manifest {
  /** Root of the block tree, 32 bytes. */
  readonly root: Uint8Array
  /** bytes; a power of two */
  readonly blockSize: number
  /** bytes, without the zeros that fill the last block */
  readonly size: number
  /** A plain name, never a path; null if there is none. */
  readonly filename: string | null
  readonly mimetype: string | null
}

export interface ReadManifest extends Manifest {
  /** The form as far as it can be told: a filename alone looks the same in `codex` as a mimetype in `storage03`. */
  readonly format: ManifestFormat
}

/** What every node uses unless told otherwise, bytes. */
export const BLOCK_SIZE = 65_536
export const MIN_BLOCK_SIZE = 4096
export const MAX_BLOCK_SIZE = 512 * 1024
/** bytes; longer ones are not sent by anybody. */
export const MAX_MANIFEST_BYTES = 65_536
/** bytes of UTF-8; nodes refuse longer ones on upload. */
const MAX_FILENAME = 255
const MAX_MIMETYPE = 128
/** Ordinal of CIDv1 in nim-libp2p's enum, which counts an invalid one first. */
const CID_VERSION_ORDINAL = 2

/** Blocks of a dataset. */
export function blockCount({ size, blockSize }: Pick<Manifest, 'size' | 'blockSize'>): number {
  return Math.ceil(size / blockSize)
}

/** @throws {WireError} BAD_MANIFEST for values that no reader would accept. */
export function encodeManifest(manifest: Manifest, format: ManifestFormat = 'v0'): Uint8Array {
  checkManifest(manifest)
  const header = new Writer()
  let id = 0
  const number = (value: number) => {
    id += 1
    header.tag(id, WIRE_VARINT)
    header.varint(value)
  }
  if (format === 'v0') number(0)
  id += 1
  header.tag(id, WIRE_BYTES)
  header.delimited(encodeCodexCid('tree', manifest.root))
  for (const value of [manifest.blockSize, manifest.size, codexCodecs.block, SHA2_256, CID_VERSION_ORDINAL])
    number(value)
  const filename = format === 'storage03' ? 7 : 8
  for (const [at, text] of [
    [filename, manifest.filename],
    [filename + 1, manifest.mimetype],
  ] as const) {
    if (text === null) continue
    header.tag(at, WIRE_BYTES)
    header.delimited(new TextEncoder().encode(text))
  }
  const wrapper = new Writer()
  wrapper.tag(1, WIRE_BYTES)
  wrapper.delimited(header.finish())
  return wrapper.finish()
}

/** @throws {WireError} TOO_LARGE, PROTOBUF, BAD_CID, BAD_MANIFEST, ERASURE_CODED */
export function decodeManifest(bytes: Uint8Array): ReadManifest {
  if (bytes.length > MAX_MANIFEST_BYTES) throw new WireError('TOO_LARGE', `a manifest of ${bytes.length} bytes`)
  const header = orWireError(() => readFields(bytes)).get(1)
  if (!(header instanceof Uint8Array)) throw bad('it has no header')
  const fields = orWireError(() => readFields(header))
  const version = fields.get(1)
  const first = typeof version === 'number' ? 2 : 1
  if (typeof version === 'number' && version !== 0) throw bad(`its version is ${version}, and only 0 is known`)
  const tree = fields.get(first)
  if (!(tree instanceof Uint8Array)) throw bad('it names no tree')
  const numbers = [1, 2, 3, 4, 5].map((offset) => numberAt(fields, first + offset))
  const [blockSize = 0, size = 0, codec, hash, cid] = numbers
  if (codec !== codexCodecs.block || hash !== SHA2_256 || cid !== CID_VERSION_ORDINAL)
    throw bad('its blocks are of another codec, hash or version than sha2-256 blocks of CIDv1')
  const names = first === 2 ? { format: 'v0' as const, filename: 8 } : namesOfOldForm(fields)
  const manifest = {
    root: decodeCodexCid('tree', tree),
    blockSize,
    size,
    filename: textAt(fields, names.filename),
    mimetype: textAt(fields, names.filename + 1),
  }
  checkManifest(manifest)
  return { ...manifest, format: names.format }
}

/** The CID of a manifest's bytes, as text. They are not padded before they are hashed. */
export function manifestCidOf(bytes: Uint8Array): string {
  return manifestCidText(createHash('sha256').update(bytes).digest())
}

/** @throws {WireError} BAD_MANIFEST saying what is wrong */
function checkManifest({ blockSize, size, filename, mimetype }: Manifest): void {
  const power = blockSize >= MIN_BLOCK_SIZE && blockSize <= MAX_BLOCK_SIZE && (blockSize & (blockSize - 1)) === 0
  if (!power)
    throw bad(`blocks of ${blockSize} bytes are not a power of two from ${MIN_BLOCK_SIZE} to ${MAX_BLOCK_SIZE}`)
  if (!Number.isSafeInteger(size) || size < 1) throw bad('it is of no bytes, or of more than can be counted')
  if (size > MAX_LEAVES * blockSize) throw bad(`${size} bytes are more blocks than any dataset has`)
  if (filename !== null && !isPlainName(filename)) throw bad('its filename is a path, or no name at all')
  if (mimetype !== null && !isMimetype(mimetype)) throw bad('its mimetype is none')
}

/** Whether a name is nothing but a name: it is shown to people and must never lead anywhere. */
function isPlainName(name: string): boolean {
  const length = new TextEncoder().encode(name).length
  return length > 0 && length <= MAX_FILENAME && name !== '.' && name !== '..' && /^[^/\\\p{Cc}]+$/u.test(name)
}

function isMimetype(text: string): boolean {
  return text.length <= MAX_MIMETYPE && /^[\w.+-]+\/[\w.+-]+( ?; ?[\w.+-]+=[\w.+-]+)*$/.test(text)
}

/**
 * In `codex` field 7 describes erasure coding and 8 and 9 are the names; in `storage03` 7 and 8 are. What only has an 8
 * is a mimetype if it has a slash, which no filename may have.
 */
function namesOfOldForm(fields: ReadonlyMap<number, number | Uint8Array>): {
  readonly format: ManifestFormat
  readonly filename: number
} {
  const seventh = fields.get(7)
  // Field 1 as a varint: the k of the code. No text that may be a filename begins with that byte.
  if (seventh instanceof Uint8Array && (seventh.length === 0 || seventh[0] === 0x08))
    throw new WireError('ERASURE_CODED', 'this dataset is erasure-coded, which nothing of ours reads')
  if (seventh !== undefined) return { format: 'storage03', filename: 7 }
  const mimetypeAlone = !fields.has(9) && textAt(fields, 8)?.includes('/') === true
  return mimetypeAlone ? { format: 'storage03', filename: 7 } : { format: 'codex', filename: 8 }
}

/** Varints as numbers, the rest as bytes; a field that comes twice counts as the last. */
function readFields(bytes: Uint8Array): Map<number, number | Uint8Array> {
  const fields = new Map<number, number | Uint8Array>()
  const reader = new Reader(bytes)
  while (!reader.done) {
    const { id, wire } = reader.tag()
    if (wire === WIRE_VARINT) fields.set(id, reader.varint())
    else if (wire === WIRE_BYTES) fields.set(id, reader.copy())
    else reader.skip(wire)
  }
  return fields
}

function numberAt(fields: ReadonlyMap<number, number | Uint8Array>, id: number): number {
  const value = fields.get(id)
  if (typeof value !== 'number') throw bad(`field ${id} is missing or not a number`)
  return value
}

function textAt(fields: ReadonlyMap<number, number | Uint8Array>, id: number): string | null {
  const value = fields.get(id)
  if (value === undefined) return null
  if (typeof value === 'number') throw bad(`field ${id} is not a text`)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value)
  } catch (cause) {
    throw new WireError('BAD_MANIFEST', `the manifest is refused: field ${id} is not valid UTF-8`, { cause })
  }
}

function bad(why: string): WireError {
  return new WireError('BAD_MANIFEST', `the manifest is refused: ${why}`)
}
