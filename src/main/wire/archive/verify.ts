/**
 * What an archive's records are worth. RULES.md §4: the archive must be what the index said, each record must lie in its
 * time and topics, and what it carries must be signed by its author. Nothing is believed because the archive says so.
 */
import type { CommunityId } from '../../../shared/domain.ts'
import { isSignedByCommunity, type OpenedApplicationMessage, openApplicationMessage } from '../application.ts'
import { bytesToHex } from '../bytes.ts'
import { WireError, type WireErrorCode } from '../errors.ts'
import { isNativeMessageId } from '../ids.ts'
import type { RatchetMessage } from '../protocol.ts'
import type { Segment } from '../segmentation.ts'
import { unwrap } from '../unwrap.ts'
import { type ArchiveMetadata, type ArchiveRecord, decodeArchiveRecord, iterateArchive } from './records.ts'

export type RecordVerdict =
  | { readonly kind: 'application'; readonly message: OpenedApplicationMessage }
  | { readonly kind: 'segment'; readonly segment: Segment }
  | { readonly kind: 'encrypted'; readonly message: RatchetMessage }
  | { readonly kind: 'refused'; readonly reason: WireErrorCode; readonly message: string }

export interface VerifiedArchive {
  readonly metadata: ArchiveMetadata
  readonly count: number
  /** In the archive's order. `record` is null where not even the record decodes. */
  verdicts(): Generator<{ readonly record: ArchiveRecord | null; readonly verdict: RecordVerdict }>
}

/**
 * @param bytes padding excluded. @param expected what the index entry says.
 * @throws {WireError} PROTOBUF, ENCRYPTED, BAD_TOPIC, TOO_LARGE, METADATA_MISMATCH: then nothing of it is to be taken
 */
export function verifyArchive(bytes: Uint8Array, expected: ArchiveMetadata): VerifiedArchive {
  const archive = iterateArchive(bytes)
  if (!archive.metadata || !sameMetadata(archive.metadata, expected)) {
    throw new WireError('METADATA_MISMATCH', 'the archive is not about what its index entry says')
  }
  const topics = new Set<string>(expected.topics)
  return {
    metadata: archive.metadata,
    count: archive.count,
    *verdicts() {
      for (const frame of archive.frames()) {
        const record = attempt(() => decodeArchiveRecord(frame))
        yield 'kind' in record
          ? { record: null, verdict: record }
          : { record, verdict: judge(record, expected, topics) }
      }
    },
  }
}

/** One record against the archive it came in; ~60 µs, the signature. Never throws for what a stranger wrote. */
export function verifyArchiveRecord(record: ArchiveRecord, metadata: ArchiveMetadata): RecordVerdict {
  return judge(record, metadata, new Set<string>(metadata.topics))
}

/**
 * R4.4: the id of an imported message, or null where the message is known by its own. It counts only when the community
 * itself signed, and never looks like a native id.
 * @throws {WireError} BAD_THIRD_PARTY_ID
 */
export function thirdPartyIdOf(
  record: { readonly thirdPartyId: string },
  message: { readonly signer: Uint8Array },
  communityId: CommunityId,
): string | null {
  if (record.thirdPartyId === '' || !isSignedByCommunity(message, communityId)) return null
  if (isNativeMessageId(record.thirdPartyId.toLowerCase())) {
    throw new WireError('BAD_THIRD_PARTY_ID', 'an imported message has an id of the native form')
  }
  return record.thirdPartyId
}

function judge(record: ArchiveRecord, metadata: ArchiveMetadata, topics: ReadonlySet<string>): RecordVerdict {
  return attempt(() => {
    checkPlace(record, metadata, topics)
    const layer = unwrap(record.payload)
    if (layer.kind === 'segment' || layer.kind === 'encrypted') return layer
    if (layer.kind === 'private') throw new WireError('UNDECODABLE', 'the record is for a single device')
    return { kind: 'application', message: openApplication(layer.bytes) }
  })
}

function checkPlace(record: ArchiveRecord, metadata: ArchiveMetadata, topics: ReadonlySet<string>): void {
  if (record.topic.length !== 4) throw new WireError('BAD_TOPIC', 'the topic of the record has not four bytes')
  if (!topics.has(bytesToHex(record.topic)))
    throw new WireError('TOPIC_NOT_LISTED', 'the archive does not list its topic')
  if (record.timestamp < metadata.from || record.timestamp >= metadata.to) {
    throw new WireError('MESSAGE_OUT_OF_RANGE', 'the record is not of the time of its archive')
  }
  if (record.payload.length === 0) throw new WireError('EMPTY_PAYLOAD', 'the record is empty')
}

/** What is wrong with the signature is said; anything else that does not open is just undecodable. */
function openApplication(bytes: Uint8Array): OpenedApplicationMessage {
  try {
    return openApplicationMessage(bytes)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    if (error.code === 'UNSIGNED' || error.code === 'SIGNATURE_INVALID') throw error
    throw new WireError('UNDECODABLE', 'the record holds no application message', { cause: error })
  }
}

function attempt<T>(work: () => T): T | { kind: 'refused'; reason: WireErrorCode; message: string } {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return { kind: 'refused', reason: error.code, message: error.message }
  }
}

function sameMetadata(a: ArchiveMetadata, b: ArchiveMetadata): boolean {
  const sameTopics = a.topics.length === b.topics.length && a.topics.every((topic, index) => topic === b.topics[index])
  return a.from === b.from && a.to === b.to && sameTopics
}
