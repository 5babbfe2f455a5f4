/**
 * Which entries of an index may be believed. RULES.md R2.3, PROTOCOL.md §13.2. One that lies is named and left out; it
 * never holds up the others. Equal or overlapping time ranges are legal, overlapping byte ranges are not.
 */
import type { ArchiveId } from '../../../shared/domain.ts'
import { parseManifestCid } from '../cid.ts'
import { WireError, type WireErrorCode } from '../errors.ts'
import {
  LogosStorageWakuMessageArchiveIndexMetadata,
  WakuMessageArchiveIndexMetadata,
  type WakuMessageArchiveMetadata,
} from '../generated/schema.ts'
import { decode } from '../protobuf/decode.ts'
import {
  type ArchiveEntry,
  type CodexLocator,
  type IndexEntry,
  idOfEncodedEntry,
  type TorrentLocator,
} from './index-file.ts'
import { PIECE_LENGTH } from './layout.ts'
import { type ArchiveMetadata, archiveMetadataOf } from './records.ts'

export interface VerifiedEntry {
  /** The id it stands under, as it is in the index. */
  readonly key: string
  /** Null if it is refused. */
  readonly entry: ArchiveEntry | null
  /** Null if it is accepted. */
  readonly reason: WireErrorCode | null
  /** A sentence; empty if it is accepted. */
  readonly message: string
}

interface Checked extends VerifiedEntry {
  readonly locator: TorrentLocator | null
}

/** @param options.dataLength bytes of `data`, where they are known; entries beyond it are refused. */
export function verifyIndex(
  entries: readonly IndexEntry[],
  options: { readonly dataLength?: number | undefined } = {},
): VerifiedEntry[] {
  const checked = entries.map((entry) => checkEntry(entry, options.dataLength ?? Number.MAX_SAFE_INTEGER))
  const kept = largestCover(checked)
  return checked.map(({ locator, ...verdict }) =>
    locator === null || kept.has(verdict.key) ? verdict : refusal(verdict.key, 'OVERLAP', 'it overlaps other archives'),
  )
}

/** The entries that `verifyIndex` accepted. */
export function acceptedEntries(verified: readonly VerifiedEntry[]): ArchiveEntry[] {
  return verified.flatMap(({ entry }) => entry ?? [])
}

/** All entries of an index, or the first reason not to. @throws {WireError} */
export function expectHonestIndex(verified: readonly VerifiedEntry[]): ArchiveEntry[] {
  for (const { key, reason, message } of verified) {
    if (reason !== null) throw new WireError(reason, `the index entry ${key} is refused: ${message}`)
  }
  return acceptedEntries(verified)
}

function checkEntry(entry: IndexEntry, dataLength: number): Checked {
  try {
    if (idOfEncodedEntry(entry.value) !== entry.key) throw new WireError('ID_MISMATCH', 'its id is not the hash of it')
    const accepted = entry.kind === 'torrent' ? torrentEntry(entry, dataLength) : codexEntry(entry)
    const locator = accepted.locator.kind === 'torrent' ? accepted.locator : null
    return { key: entry.key, entry: accepted, reason: null, message: '', locator }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return { ...refusal(entry.key, reasonOf(error), error.message), locator: null }
  }
}

function refusal(key: string, reason: WireErrorCode, message: string): VerifiedEntry {
  return { key, entry: null, reason, message }
}

/** A number beyond 2^53 is a range that cannot be. */
function reasonOf(error: WireError): WireErrorCode {
  if (error.code !== 'UNSAFE_INTEGER') return error.code
  return error.place.startsWith('WakuMessageArchiveMetadata.') ? 'BAD_TIME_RANGE' : 'BAD_RANGE'
}

function torrentEntry({ key, value }: IndexEntry, dataLength: number): ArchiveEntry {
  const { metadata, offset, size, padding } = decode(WakuMessageArchiveIndexMetadata, value)
  const checked = checkMetadata(metadata)
  if (size === 0 || size % PIECE_LENGTH !== 0 || offset % PIECE_LENGTH !== 0) {
    throw new WireError('BAD_RANGE', `its bytes are not whole pieces of ${PIECE_LENGTH}`)
  }
  if (padding >= size || padding > PIECE_LENGTH) throw new WireError('BAD_RANGE', 'its padding is too long')
  if (offset > dataLength - size) throw new WireError('BAD_RANGE', 'its bytes lie beyond the end of the data')
  return { id: key as ArchiveId, ...checked, locator: { kind: 'torrent', offset, size, padding } }
}

function codexEntry({ key, value }: IndexEntry): ArchiveEntry {
  const { metadata, cid } = decode(LogosStorageWakuMessageArchiveIndexMetadata, value)
  const checked = checkMetadata(metadata)
  parseManifestCid(cid)
  return { id: key as ArchiveId, ...checked, locator: { kind: 'codex', cid } satisfies CodexLocator }
}

function checkMetadata(message: WakuMessageArchiveMetadata | undefined): ArchiveMetadata {
  if (!message) throw new WireError('NO_METADATA', 'it does not say what it holds')
  const metadata = archiveMetadataOf(message)
  if (metadata.topics.length === 0) throw new WireError('BAD_TOPIC', 'it lists no content topics')
  if (metadata.from >= metadata.to) throw new WireError('BAD_TIME_RANGE', 'its time range is empty')
  return metadata
}

/**
 * Of entries whose bytes overlap, the set that covers most of the data, and of such sets the one with most entries: an
 * honest index covers all of it, so that a liar cannot push out the honest. Weighted interval scheduling; a range weighs
 * its bytes and one more, which decides between equals because sizes are whole pieces and there are fewer entries than
 * a piece has bytes.
 */
function largestCover(checked: readonly Checked[]): ReadonlySet<string> {
  const ranges = checked
    .flatMap(({ key, locator }) => (locator ? { key, start: locator.offset, end: locator.offset + locator.size } : []))
    .sort((a, b) => a.end - b.end || a.start - b.start || (a.key < b.key ? -1 : 1))
  // covered[i]: the most that the first i ranges can weigh; before[i]: how many of them end before range i starts.
  const covered = [0]
  const before: number[] = []
  ranges.forEach((range, index) => {
    const compatible = upperBound(ranges, index, range.start)
    before.push(compatible)
    covered.push(Math.max(covered[index] ?? 0, (covered[compatible] ?? 0) + range.end - range.start + 1))
  })
  const kept = new Set<string>()
  for (let count = ranges.length; count > 0; ) {
    const range = ranges[count - 1]
    if (range && covered[count] !== covered[count - 1]) {
      kept.add(range.key)
      count = before[count - 1] ?? 0
    } else count--
  }
  return kept
}

/** How many of the first `limit` ranges end at or before `position`. */
function upperBound(ranges: readonly { readonly end: number }[], limit: number, position: number): number {
  let low = 0
  let high = limit
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.end ?? 0) <= position) low = middle + 1
    else high = middle
  }
  return low
}
