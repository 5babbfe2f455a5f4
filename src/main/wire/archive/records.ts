/** Archives: the records of one stretch of time. PROTOCOL.md §1.1, §4. Pure bytes; who may be believed is `verify.ts`. */
import type { Seconds, Topic4 } from '../../../shared/domain.ts'
import { hexToBytes, joinBytes } from '../bytes.ts'
import { WireError } from '../errors.ts'
import { WakuMessage, WakuMessageArchive, WakuMessageArchiveMetadata } from '../generated/schema.ts'
import { topic4FromBytes } from '../ids.ts'
import { decode } from '../protobuf/decode.ts'
import { encode } from '../protobuf/encode.ts'
import { malformed, orWireError, Reader, WIRE_BYTES, WIRE_VARINT } from '../protobuf/reader.ts'
import type { Init } from '../protobuf/schema.ts'
import { Writer } from '../protobuf/writer.ts'
import { isEncryptedBlob } from '../protocol.ts'

/** What an archive and its index entry say of its contents. */
export interface ArchiveMetadata {
  /** Inclusive. */
  readonly from: Seconds
  /** Exclusive. */
  readonly to: Seconds
  /** In the order of the query that made it: part of the archive's id. */
  readonly topics: readonly Topic4[]
}

/** A decrypted transport payload. PROTOCOL.md §1.1 (WakuMessage). */
export interface ArchiveRecord {
  /** 65 bytes, the transport signer's public key; empty if unsigned. Never an author (RULES.md R4.2). */
  readonly sig: Uint8Array
  readonly timestamp: Seconds
  /** 4 bytes. */
  readonly topic: Uint8Array
  readonly payload: Uint8Array
  readonly padding: Uint8Array
  /** 32 bytes. */
  readonly hash: Uint8Array
  /** Empty for native messages. */
  readonly thirdPartyId: string
}

/** Longest archive, bytes: 30,000,000 of payload and what records, hashes and paddings add to the smallest of them. */
export const MAX_ARCHIVE_BYTES = 256 * 1024 * 1024
/** The same with the envelope of an encrypted community around it. */
export const MAX_BLOB_BYTES = MAX_ARCHIVE_BYTES + 64 * 1024
const MAX_RECORD_BYTES = 32 * 1024 * 1024
const MAX_TOPICS = 10_000
const METADATA_FIELD = 2
const MESSAGES_FIELD = 3

export function encodeArchive(metadata: ArchiveMetadata, records: readonly ArchiveRecord[]): Uint8Array {
  return joinBytes([encodeArchiveHead(metadata), ...records.map(encodeArchiveRecord)])
}

/** The first bytes of an archive; followed by `encodeArchiveRecord` of each record they are the whole of it. */
export function encodeArchiveHead(metadata: ArchiveMetadata): Uint8Array {
  return encode(WakuMessageArchive, { metadata: archiveMetadataMessage(metadata) })
}

/** One record with its frame (field 3 of the archive). */
export function encodeArchiveRecord(record: ArchiveRecord): Uint8Array {
  const writer = new Writer()
  writer.tag(MESSAGES_FIELD, WIRE_BYTES)
  // Field by field: a caller's record may hold more than the wire has.
  const { sig, timestamp, topic, payload, padding, hash, thirdPartyId } = record
  writer.delimited(encode(WakuMessage, { sig, timestamp, topic, payload, padding, hash, thirdPartyId }))
  return writer.finish()
}

export interface OpenArchive {
  /** Null if the archive does not say. */
  readonly metadata: ArchiveMetadata | null
  /** Records, whether or not each of them decodes. */
  readonly count: number
  /** Each record as it stands, a view into the archive; see `decodeArchiveRecord`. */
  frames(): Generator<Uint8Array>
  /** Each record, with bytes of its own. @throws {WireError} PROTOBUF at the first that does not decode. */
  records(): Generator<ArchiveRecord>
}

/**
 * Checks the frame of an archive (not yet its records) and gives them one by one, so that memory holds one at a time
 * beside the bytes. `bytes`: padding excluded.
 * @throws {WireError} PROTOBUF, BAD_TOPIC, TOO_LARGE; ENCRYPTED if a group key has to open it first
 */
export function iterateArchive(bytes: Uint8Array): OpenArchive {
  if (bytes.length > MAX_ARCHIVE_BYTES) throw new WireError('TOO_LARGE', `an archive of ${bytes.length} bytes`)
  if (isEncryptedBlob(bytes)) throw new WireError('ENCRYPTED', 'the archive is encrypted')
  const { metadata, bounds } = orWireError(() => scan(bytes))
  function* frames(): Generator<Uint8Array> {
    for (let i = 0; i < bounds.length; i += 2) yield bytes.subarray(bounds[i], bounds[i + 1])
  }
  return {
    metadata: metadata ? readArchiveMetadata(metadata) : null,
    count: bounds.length / 2,
    frames,
    *records() {
      for (const frame of frames()) yield decodeArchiveRecord(frame)
    },
  }
}

/** The whole archive at once. @throws {WireError} as `iterateArchive`, and PROTOBUF for any bad record */
export function decodeArchive(bytes: Uint8Array): { metadata: ArchiveMetadata | null; records: ArchiveRecord[] } {
  const archive = iterateArchive(bytes)
  return { metadata: archive.metadata, records: [...archive.records()] }
}

/** `views`: its bytes are those of the frame. @throws {WireError} PROTOBUF, UNSAFE_INTEGER, TOO_LARGE */
export function decodeArchiveRecord(frame: Uint8Array, { views = false } = {}): ArchiveRecord {
  const record = decode(WakuMessage, frame, { bytes: MAX_RECORD_BYTES, items: 0, views })
  return { ...record, timestamp: record.timestamp as Seconds }
}

/** Where metadata and records stand: [start, end, start, end …]. The wire types are those of WakuMessageArchive. */
function scan(bytes: Uint8Array): { metadata: Uint8Array | null; bounds: number[] } {
  const reader = new Reader(bytes)
  let metadata: Uint8Array | null = null
  const bounds: number[] = []
  while (!reader.done) {
    const { id, wire } = reader.tag()
    const expected = id === 1 ? WIRE_VARINT : id === METADATA_FIELD || id === MESSAGES_FIELD ? WIRE_BYTES : wire
    if (wire !== expected) throw malformed(`field ${id} of the archive has wire type ${wire}`)
    if (id !== METADATA_FIELD && id !== MESSAGES_FIELD) {
      reader.skip(wire)
      continue
    }
    const { start, end } = reader.delimited()
    if (id === MESSAGES_FIELD) bounds.push(start, end)
    else if (metadata) throw malformed('the archive has two heads')
    else metadata = bytes.subarray(start, end)
  }
  return { metadata, bounds }
}

/** @throws {WireError} PROTOBUF, UNSAFE_INTEGER, BAD_TOPIC */
export function readArchiveMetadata(bytes: Uint8Array): ArchiveMetadata {
  return archiveMetadataOf(decode(WakuMessageArchiveMetadata, bytes, { bytes: bytes.length, items: MAX_TOPICS }))
}

/** @throws {WireError} BAD_TOPIC for a topic that has not four bytes */
export function archiveMetadataOf(message: WakuMessageArchiveMetadata): ArchiveMetadata {
  return {
    from: message.from as Seconds,
    to: message.to as Seconds,
    topics: message.contentTopic.map(topic4FromBytes),
  }
}

/** @internal For the index, which carries the same message. */
export function archiveMetadataMessage(metadata: ArchiveMetadata): Init<WakuMessageArchiveMetadata> {
  return { from: metadata.from, to: metadata.to, contentTopic: metadata.topics.map(hexToBytes) }
}
