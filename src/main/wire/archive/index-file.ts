/** The index of a community's archives, in both flavours. PROTOCOL.md §1.1, §1.2, §4.5. */
import type { ArchiveId, EngineKind } from '../../../shared/domain.ts'
import { toHex0x } from '../bytes.ts'
import { WireError } from '../errors.ts'
import {
  IndexFrame,
  LogosStorageWakuMessageArchiveIndex,
  LogosStorageWakuMessageArchiveIndexMetadata,
  WakuMessageArchiveIndex,
  WakuMessageArchiveIndexMetadata,
} from '../generated/schema.ts'
import { keccak256 } from '../keys.ts'
import { decode, tryDecode } from '../protobuf/decode.ts'
import { encode } from '../protobuf/encode.ts'
import type { Init } from '../protobuf/schema.ts'
import { isEncryptedBlob } from '../protocol.ts'
import { type ArchiveMetadata, archiveMetadataMessage } from './records.ts'

/** Bytes `[offset, offset + size)` of `data`; the last `padding` of them are zeros. */
export interface TorrentLocator {
  readonly kind: 'torrent'
  readonly offset: number
  readonly size: number
  readonly padding: number
}
export interface CodexLocator {
  readonly kind: 'codex'
  readonly cid: string
}

/** The same shape as the distribution engines' `ArchiveEntry`. */
export interface ArchiveEntry extends ArchiveMetadata {
  readonly id: ArchiveId
  readonly locator: TorrentLocator | CodexLocator
}

/** An entry as it stands in an index: a stranger's word. */
export interface IndexEntry {
  readonly kind: EngineKind
  readonly key: string
  /** The encoded index metadata. */
  readonly value: Uint8Array
}

/**
 * Longest index, bytes, and entries in it: a hundred years of weeks, or thirteen of days, each in two archives. More than
 * that costs whoever only looks at it, and later plans by it, whole seconds.
 */
export const MAX_INDEX_BYTES = 64 * 1024 * 1024
export const MAX_INDEX_ENTRIES = 10_000

/** What an archive's id is the hash of. */
export function encodeIndexEntry(entry: Omit<ArchiveEntry, 'id'>): Uint8Array {
  return entry.locator.kind === 'torrent'
    ? encode(WakuMessageArchiveIndexMetadata, torrentMessage(entry, entry.locator))
    : encode(LogosStorageWakuMessageArchiveIndexMetadata, codexMessage(entry, entry.locator))
}

/** keccak of the encoded entry, `0x` and 64 hex digits. It depends on the locator. PROTOCOL.md §4.5. */
export function indexEntryId(entry: Omit<ArchiveEntry, 'id'>): ArchiveId {
  return idOfEncodedEntry(encodeIndexEntry(entry))
}

export function idOfEncodedEntry(value: Uint8Array): ArchiveId {
  return toHex0x(keccak256(value)) as ArchiveId
}

/** Sorted by id, so that the same entries give the same bytes. @throws {WireError} BAD_VALUE if flavours are mixed */
export function encodeIndex(entries: readonly ArchiveEntry[]): Uint8Array {
  const torrent = new Map<string, Init<WakuMessageArchiveIndexMetadata>>()
  const codex = new Map<string, Init<LogosStorageWakuMessageArchiveIndexMetadata>>()
  for (const entry of entries) {
    if (entry.locator.kind === 'torrent') torrent.set(entry.id, torrentMessage(entry, entry.locator))
    else codex.set(entry.id, codexMessage(entry, entry.locator))
  }
  if (torrent.size > 0 && codex.size > 0) throw new WireError('BAD_VALUE', 'an index is of one engine')
  return codex.size > 0
    ? encode(LogosStorageWakuMessageArchiveIndex, { archives: codex })
    : encode(WakuMessageArchiveIndex, { archives: torrent })
}

/**
 * The entries of an index, none of them believed yet: see `verifyIndex`. Of two with one key the last counts.
 * @throws {WireError} PROTOBUF, TOO_LARGE; ENCRYPTED if a group key has to open it first
 */
export function decodeIndex(bytes: Uint8Array, kind: EngineKind): IndexEntry[] {
  if (isEncryptedBlob(bytes)) throw new WireError('ENCRYPTED', 'the index is encrypted')
  const { archives } = decode(IndexFrame, bytes, { bytes: MAX_INDEX_BYTES, items: MAX_INDEX_ENTRIES })
  const entries = new Map(archives.map(({ key, value }) => [key, { kind, key, value }]))
  return [...entries.values()]
}

/** Which engine an index is for, by what its entries hold. */
export function detectIndex(bytes: Uint8Array): EngineKind | 'encrypted' | 'empty' {
  if (isEncryptedBlob(bytes)) return 'encrypted'
  const entries = decodeIndex(bytes, 'codex')
  if (entries.length === 0) return 'empty'
  return entries.some(({ value }) => tryDecode(LogosStorageWakuMessageArchiveIndexMetadata, value)?.cid)
    ? 'codex'
    : 'torrent'
}

function torrentMessage(metadata: ArchiveMetadata, { offset, size, padding }: TorrentLocator) {
  return { metadata: archiveMetadataMessage(metadata), offset, size, padding }
}

function codexMessage(metadata: ArchiveMetadata, { cid }: CodexLocator) {
  return { metadata: archiveMetadataMessage(metadata), cid }
}
