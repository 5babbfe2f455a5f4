/**
 * What is in an index and its archives, and what is wrong with them: the whole of `chronicle archive inspect`, for the
 * output of any implementation. Nothing here throws for what a file holds; everything wrong has a named reason.
 */
import type { CommunityId, ContactId, EngineKind, MessageId, Seconds } from '../../../shared/domain.ts'
import { ApplicationType, type OpenedApplicationMessage, openApplicationMessage } from '../application.ts'
import { bytesToHex } from '../bytes.ts'
import { WireError, type WireErrorCode } from '../errors.ts'
import { contactIdOf } from '../keys.ts'
import { ARCHIVABLE_KINDS, decodeMessage, type InnerMessage } from '../messages/index.ts'
import { isEncryptedBlob } from '../protocol.ts'
import { reassemble, type Segment } from '../segmentation.ts'
import { unwrapWhole } from '../unwrap.ts'
import { type ArchiveEntry, decodeIndex, detectIndex } from './index-file.ts'
import { type ArchiveMetadata, type ArchiveRecord, iterateArchive } from './records.ts'
import { type RecordVerdict, verifyArchive } from './verify.ts'
import { type VerifiedEntry, verifyIndex } from './verify-index.ts'

/** Null and empty: nothing is wrong. */
export interface Finding {
  readonly reason: WireErrorCode | null
  /** A sentence. */
  readonly message: string
}

export interface MessageInspection extends Finding {
  /** Place in the archive, from 0; null for a message put together from segments. */
  readonly position: number | null
  readonly kind: RecordVerdict['kind']
  readonly timestamp: Seconds | null
  /** 8 hex digits, or what stands there instead. */
  readonly topic: string | null
  readonly id: MessageId | null
  readonly author: ContactId | null
  /** `CHAT_MESSAGE`, or the number of a type that has no name here. */
  readonly type: string | null
  readonly chatId: string | null
}

export interface ArchiveInspection extends Finding {
  /** Bytes, padding excluded. */
  readonly bytes: number
  readonly metadata: ArchiveMetadata | null
  readonly messages: readonly MessageInspection[]
}

export interface EntryInspection extends Finding {
  /** As it stands in the index. */
  readonly id: string
  readonly entry: ArchiveEntry | null
  /** Null if the archive itself was not there to be read. */
  readonly archive: ArchiveInspection | null
}

export interface IndexInspection extends Finding {
  readonly flavour: EngineKind | 'encrypted' | 'empty' | null
  readonly entries: readonly EntryInspection[]
}

export interface InspectOptions {
  /** Bytes of `data`, where it is known. */
  readonly dataLength?: number | undefined
  /** The archive's bytes, padding included; null if they are not there. A codex archive is asked for by its CID. */
  readonly readArchive?: ((entry: ArchiveEntry) => Uint8Array | null) | undefined
  /** Messages of another community are marked. */
  readonly communityId?: CommunityId | undefined
}

const NOTHING_WRONG: Finding = { reason: null, message: '' }

/** What a file is, by its first layer. */
export function detectBlob(bytes: Uint8Array): 'index' | 'archive' | 'encrypted' | 'unknown' {
  if (isEncryptedBlob(bytes)) return 'encrypted'
  if (holds(() => decodeIndex(bytes, 'torrent').length > 0)) return 'index'
  return holds(() => iterateArchive(bytes).metadata !== null) ? 'archive' : 'unknown'
}

export function inspectIndex(index: Uint8Array, options: InspectOptions = {}): IndexInspection {
  try {
    const flavour = detectIndex(index)
    if (flavour === 'encrypted') return { flavour, entries: [], ...wrong('ENCRYPTED', 'the index is encrypted') }
    if (flavour === 'empty') return { flavour, entries: [], ...NOTHING_WRONG }
    const verified = verifyIndex(decodeIndex(index, flavour), { dataLength: options.dataLength })
    return { flavour, entries: verified.map((entry) => inspectEntry(entry, options)), ...NOTHING_WRONG }
  } catch (error) {
    return { flavour: null, entries: [], ...findingOf(error) }
  }
}

/** @param expected what its index entry says; without one, the archive is measured against its own head. */
export function inspectArchive(
  archive: Uint8Array,
  expected: ArchiveMetadata | null = null,
  communityId: CommunityId | null = null,
): ArchiveInspection {
  const bytes = archive.length
  try {
    const metadata = expected ?? iterateArchive(archive).metadata
    if (!metadata) throw new WireError('NO_METADATA', 'the archive does not say what it holds')
    const messages: MessageInspection[] = []
    const segments = new Map<string, Segment[]>()
    for (const { record, verdict } of verifyArchive(archive, metadata).verdicts()) {
      messages.push(inspectVerdict(verdict, record, messages.length, communityId))
      if (verdict.kind === 'segment') collect(segments, verdict.segment)
    }
    for (const group of segments.values()) messages.push(inspectSegments(group, communityId))
    return { bytes, metadata, messages, ...NOTHING_WRONG }
  } catch (error) {
    return { bytes, metadata: null, messages: [], ...findingOf(error) }
  }
}

/** How many messages there are, and how many of each refusal. */
export function summarizeArchive(archive: ArchiveInspection): {
  readonly accepted: number
  readonly refused: ReadonlyMap<WireErrorCode, number>
} {
  const refused = new Map<WireErrorCode, number>()
  let accepted = 0
  for (const { reason, kind } of archive.messages) {
    if (reason !== null) refused.set(reason, (refused.get(reason) ?? 0) + 1)
    else if (kind === 'application') accepted++
  }
  return { accepted, refused }
}

function inspectEntry(verified: VerifiedEntry, options: InspectOptions): EntryInspection {
  const { key, entry, reason, message } = verified
  const found = { id: key, entry, reason, message }
  const bytes = entry ? (options.readArchive?.(entry) ?? null) : null
  if (!entry || !bytes) return { ...found, archive: null }
  const locator = entry.locator
  if (locator.kind === 'codex') return { ...found, archive: inspectArchive(bytes, entry, options.communityId) }
  if (bytes.length !== locator.size)
    return { ...found, ...wrong('BAD_RANGE', 'the data ends before it'), archive: null }
  const end = locator.size - locator.padding
  const archive = inspectArchive(bytes.subarray(0, end), entry, options.communityId)
  const padded = bytes.subarray(end).some((byte) => byte !== 0)
  return { ...found, ...(padded ? wrong('BAD_PADDING', 'its padding is not zeros') : {}), archive }
}

function inspectVerdict(
  verdict: RecordVerdict,
  record: ArchiveRecord | null,
  position: number,
  communityId: CommunityId | null,
): MessageInspection {
  const place = {
    position,
    kind: verdict.kind,
    timestamp: record?.timestamp ?? null,
    topic: record ? bytesToHex(record.topic) : null,
  }
  if (verdict.kind === 'application') return { ...place, ...inspectMessage(verdict.message, communityId) }
  const finding = verdict.kind === 'refused' ? wrong(verdict.reason, verdict.message) : NOTHING_WRONG
  return { ...place, id: null, author: null, type: null, chatId: null, ...finding }
}

function inspectSegments(segments: readonly Segment[], communityId: CommunityId | null): MessageInspection {
  const place = { position: null, timestamp: null, topic: null }
  try {
    const layer = unwrapWhole(reassemble(segments))
    if (layer.kind !== 'application') throw new WireError('ENCRYPTED', 'a message in segments is encrypted')
    return { ...place, kind: 'application', ...inspectMessage(openApplicationMessage(layer.bytes), communityId) }
  } catch (error) {
    return { ...place, kind: 'segment', id: null, author: null, type: null, chatId: null, ...findingOf(error) }
  }
}

function inspectMessage(message: OpenedApplicationMessage, communityId: CommunityId | null) {
  const type = typeName(message.type)
  const known = { id: message.id, author: contactIdOf(message.signer), type }
  try {
    const inner = decodeMessage(message)
    const chatId = chatIdOf(inner)
    if (communityId !== null && chatId !== null && !chatId.startsWith(communityId)) {
      return { ...known, chatId, ...wrong('UNKNOWN_COMMUNITY', 'the message is of another community') }
    }
    if (!ARCHIVABLE_KINDS.has(inner.kind))
      return { ...known, chatId, ...wrong('IGNORED_TYPE', `${type} is not taken from archives`) }
    return { ...known, chatId, ...NOTHING_WRONG }
  } catch (error) {
    return { ...known, chatId: null, ...findingOf(error) }
  }
}

function chatIdOf(inner: InnerMessage): string | null {
  return 'body' in inner && 'chatId' in inner.body && inner.body.chatId !== '' ? inner.body.chatId : null
}

function typeName(type: number): string {
  return Object.entries(ApplicationType).find(([, number]) => number === type)?.[0] ?? String(type)
}

function collect(segments: Map<string, Segment[]>, segment: Segment): void {
  const key = bytesToHex(segment.hash)
  const group = segments.get(key)
  if (group) group.push(segment)
  else segments.set(key, [segment])
}

function wrong(reason: WireErrorCode, message: string): Finding {
  return { reason, message }
}

function findingOf(error: unknown): Finding {
  if (!(error instanceof WireError)) throw error
  return wrong(error.code, error.message)
}

function holds(check: () => boolean): boolean {
  try {
    return check()
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}
