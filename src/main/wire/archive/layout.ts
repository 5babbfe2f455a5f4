/** How history is cut into archives, and archives are laid out in `data`. PROTOCOL.md §4.4, §4.6. */
import type { Seconds } from '../../../shared/domain.ts'
import { WireError } from '../errors.ts'

/** Bytes of a torrent piece, and what archives in `data` are aligned to. */
export const PIECE_LENGTH = 102_400
/** Payload and signer bytes in one archive. */
export const MAX_ARCHIVE_WEIGHT = 30_000_000

/**
 * @param raw encoded length, bytes.
 * @returns the archive's size in `data` and how many zeros at its end that is. An exact multiple from two pieces on gets
 * a whole piece of zeros, as in the reference.
 */
export function paddedSize(raw: number): { readonly size: number; readonly padding: number } {
  const size = raw > PIECE_LENGTH ? raw + PIECE_LENGTH - (raw % PIECE_LENGTH) : PIECE_LENGTH
  return { size, padding: size - raw }
}

/** What a record counts towards `MAX_ARCHIVE_WEIGHT`. */
export function weightOf(record: { readonly payload: Uint8Array; readonly sig: Uint8Array }): number {
  return record.payload.length + record.sig.length
}

/**
 * The records of one partition, archive by archive, in their order. One that is too heavy by itself is dropped; if all
 * are, one archive without records comes out, as in the reference. No records, no archive.
 */
export function* splitByWeight<T extends { readonly payload: Uint8Array; readonly sig: Uint8Array }>(
  records: Iterable<T>,
  onDropped: (record: T) => void = () => {},
): Generator<T[]> {
  let chunk: T[] = []
  let weight = 0
  let seen = false
  let yielded = false
  for (const record of records) {
    seen = true
    const own = weightOf(record)
    if (own > MAX_ARCHIVE_WEIGHT) {
      onDropped(record)
      continue
    }
    if (weight + own > MAX_ARCHIVE_WEIGHT) {
      yield chunk
      yielded = true
      chunk = []
      weight = 0
    }
    chunk.push(record)
    weight += own
  }
  if (chunk.length > 0 || (seen && !yielded)) yield chunk
}

/** From `start` to `end` in steps of `length`, the last one shorter if need be. */
export function* partitions(
  start: Seconds,
  end: Seconds,
  length: number,
): Generator<{ readonly from: Seconds; readonly to: Seconds }> {
  if (length <= 0) throw new WireError('BAD_VALUE', 'a partition lasts at least a second')
  for (let from: number = start; from < end; from += length) {
    yield { from: from as Seconds, to: Math.min(from + length, end) as Seconds }
  }
}
