/** Transport payloads too big for one Waku message travel in pieces. PROTOCOL.md §3.7. */
import { keccak_256 } from '@noble/hashes/sha3'
import { concatBytes, equalBytes } from './bytes.ts'
import { WireError } from './errors.ts'
import { SegmentMessage } from './generated/schema.ts'
import { keccak256 } from './keys.ts'
import { tryDecode } from './protobuf/decode.ts'
import { encode } from './protobuf/encode.ts'
import { encodeParity, MAX_SHARDS, reconstruct } from './reed-solomon.ts'

/** What production cuts at: floor(1 MiB / 4) * 3 bytes. */
export const SEGMENT_SIZE = 786_432
/** Nobody honest sends more: 256 full segments are 192 MiB. */
export const MAX_SEGMENTS = 256
const PARITY_RATE = 8
const LIMITS = { bytes: 2 * 1024 * 1024, items: 16 }
/** How many zeros at the end of a rebuilt last segment are tried one by one. */
const MAX_TRAILING_ZEROS = 4096

export interface Segment {
  /** keccak of the whole payload, 32 bytes: what its segments are collected under. */
  readonly hash: Uint8Array
  /** Among the data segments, or among the parity segments. */
  readonly index: number
  /** Data segments in all; 0 in a parity segment, which does not say. */
  readonly count: number
  /** Parity segments in all; 0 in a data segment. */
  readonly parityCount: number
  readonly payload: Uint8Array
}

/** One message (the payload itself) if it is short enough; else its segments and their parity, ready to send. */
export function segment(payload: Uint8Array, segmentSize: number = SEGMENT_SIZE): Uint8Array[] {
  if (payload.length <= segmentSize) return [payload]
  const entireMessageHash = keccak256(payload)
  const segmentsCount = Math.ceil(payload.length / segmentSize)
  const pieces = Array.from({ length: segmentsCount }, (_, index) =>
    payload.subarray(index * segmentSize, (index + 1) * segmentSize),
  )
  const data = pieces.map((piece, index) =>
    encode(SegmentMessage, { entireMessageHash, index, segmentsCount, payload: piece }),
  )
  const paritySegmentsCount = Math.floor(segmentsCount / PARITY_RATE)
  if (paritySegmentsCount === 0 || segmentsCount + paritySegmentsCount > MAX_SHARDS) return data
  const shards = pieces.map((piece) => padded(piece, segmentSize))
  const parity = encodeParity(shards, paritySegmentsCount).map((shard, paritySegmentIndex) =>
    encode(SegmentMessage, { entireMessageHash, payload: shard, paritySegmentIndex, paritySegmentsCount }),
  )
  return [...data, ...parity]
}

/**
 * Null for everything that is no segment. An application message reads like one (its signature as the hash, its type as
 * the count), so that the hash must have 32 bytes and the payload must not be empty.
 */
export function asSegment(bytes: Uint8Array): Segment | null {
  const message = tryDecode(SegmentMessage, bytes, LIMITS)
  if (message?.entireMessageHash.length !== 32 || message.payload.length === 0) return null
  const parity = message.segmentsCount === 0
  if (parity ? message.paritySegmentsCount === 0 : message.segmentsCount < 2) return null
  return {
    hash: message.entireMessageHash,
    index: parity ? message.paritySegmentIndex : message.index,
    count: message.segmentsCount,
    parityCount: parity ? message.paritySegmentsCount : 0,
    payload: message.payload,
  }
}

/**
 * The whole payload, from segments in any order; duplicates are tolerated, missing ones rebuilt from parity.
 * @throws {WireError} INCOMPLETE (more are needed), SEGMENT_INDEX, SEGMENT_HASH, TOO_LARGE
 */
export function reassemble(segments: readonly Segment[]): Uint8Array {
  const first = segments[0]
  if (!first) throw new WireError('INCOMPLETE', 'there are no segments')
  const count = segments.find((one) => one.count > 0)?.count
  if (count === undefined) throw new WireError('INCOMPLETE', 'no data segment is there yet')
  if (count > MAX_SEGMENTS) throw new WireError('TOO_LARGE', `${count} segments are more than ${MAX_SEGMENTS}`)
  const parityCount = segments.find((one) => one.parityCount > 0)?.parityCount ?? 0
  if (count + parityCount > MAX_SEGMENTS) throw new WireError('TOO_LARGE', 'there are too many parity segments')

  const shards: (Uint8Array | null)[] = new Array(count + parityCount).fill(null)
  for (const one of segments) {
    if (!equalBytes(one.hash, first.hash)) throw new WireError('SEGMENT_HASH', 'these are segments of two payloads')
    const isData = one.count > 0
    const place = isData ? one.index : count + one.index
    const agrees = isData ? one.count === count && one.index < count : one.parityCount === parityCount
    if (!agrees || place >= shards.length) throw new WireError('SEGMENT_INDEX', 'a segment is not where it says it is')
    shards[place] ??= one.payload
  }
  const data = shards.slice(0, count)
  const complete = data.filter((shard) => shard !== null)
  const whole = complete.length === count ? concatBytes(...complete) : rebuild(shards, count, first.hash)
  if (!equalBytes(keccak256(whole), first.hash)) {
    throw new WireError('SEGMENT_HASH', 'the segments do not make up the payload they belong to')
  }
  return whole
}

function rebuild(shards: readonly (Uint8Array | null)[], count: number, hash: Uint8Array): Uint8Array {
  if (shards.filter((shard) => shard !== null).length < count) {
    throw new WireError('INCOMPLETE', 'some segments have not arrived')
  }
  const length = Math.max(...shards.map((shard) => shard?.length ?? 0))
  const last = shards[count - 1]
  // Only the last piece of a payload is shorter. Others would be filled up, and a few bytes become as much as the longest.
  if (shards.some((shard, place) => shard && place !== count - 1 && shard.length !== length)) {
    throw new WireError('SEGMENT_HASH', 'the segments are not of one length')
  }
  const equal = shards.map((shard) => (shard ? padded(shard, length) : null))
  const whole = concatBytes(...reconstruct(equal, count))
  return last ? whole.slice(0, length * (count - 1) + last.length) : withoutPadding(whole, length, hash)
}

/** A rebuilt last segment ends with the zeros that filled it up; its true length is where the hash fits. */
function withoutPadding(whole: Uint8Array, segmentLength: number, hash: Uint8Array): Uint8Array {
  let end = whole.length
  while (end > whole.length - segmentLength + 1 && whole[end - 1] === 0) end--
  const limit = Math.min(whole.length, end + MAX_TRAILING_ZEROS)
  const prefix = keccak_256.create().update(whole.subarray(0, end))
  for (let length = end; length <= limit; length++) {
    if (equalBytes(prefix.clone().digest(), hash)) return whole.slice(0, length)
    prefix.update(Uint8Array.of(0))
  }
  return whole
}

function padded(piece: Uint8Array, length: number): Uint8Array {
  if (piece.length === length) return piece
  const full = new Uint8Array(length)
  full.set(piece.subarray(0, length))
  return full
}
