/** The announcement of a community's newest archives. PROTOCOL.md §1.3, §6.1, §16; RULES.md §3. */
import type { ArchiveLink, CommunityId, EngineKind, Millis } from '../../shared/domain.ts'
import { ApplicationType, isSignedByCommunity, type OpenedApplicationMessage } from './application.ts'
import { isManifestCid } from './cid.ts'
import { WireError } from './errors.ts'
import { CommunityMessageArchiveLink } from './generated/schema.ts'
import { checkClock, MESSAGE_LIMITS } from './messages/rules.ts'
import { decode } from './protobuf/decode.ts'
import { encode } from './protobuf/encode.ts'
import type { Init } from './protobuf/schema.ts'

/** R3.2: peer hints in one announcement. */
export const MAX_PEER_HINTS = 16
const MAX_LINK = 8192
const MAX_HINT = 255
const DEVICE_ID_LENGTH = 16

export interface ArchiveAnnouncement {
  /** ms. RULES.md R3.1. */
  readonly clock: Millis
  readonly link: ArchiveLink
  readonly engine: EngineKind
  /** The other engine's link, if the owner publishes on both. */
  readonly otherLink: ArchiveLink | null
  /** `ip:port` or multiaddrs, a stranger's word. */
  readonly peers: readonly string[]
  /** 16 bytes that tell an owner's devices apart. RULES.md R3.7. */
  readonly deviceId: Uint8Array | null
  /** The device id of the one that goes on instead of this one; null unless it was named. */
  readonly successor: Uint8Array | null
}

/** `{clock, archiveLink, otherLink?, peers?, deviceId?, successor?}`; without the last four, the bytes of generations M to N2. */
export function encodeArchiveLink(message: Init<CommunityMessageArchiveLink>): Uint8Array {
  return encode(CommunityMessageArchiveLink, message)
}

/** @throws {WireError} PROTOBUF, VALIDATION (no clock), EMPTY_LINK, UNKNOWN_LINK */
export function decodeArchiveLink(bytes: Uint8Array): ArchiveAnnouncement {
  const message = decode(CommunityMessageArchiveLink, bytes, MESSAGE_LIMITS)
  checkClock(message.clock)
  if (message.archiveLink === '') throw new WireError('EMPTY_LINK', 'the announcement holds no link')
  const engine = classifyLink(message.archiveLink)
  if (engine === null) throw new WireError('UNKNOWN_LINK', 'the announcement holds neither a magnet link nor a CID')
  const other = classifyLink(message.otherLink)
  return {
    clock: message.clock as Millis,
    link: message.archiveLink as ArchiveLink,
    engine,
    otherLink: other !== null && other !== engine ? (message.otherLink as ArchiveLink) : null,
    peers: message.peers.filter((hint) => hint !== '' && hint.length <= MAX_HINT).slice(0, MAX_PEER_HINTS),
    deviceId: deviceId(message.deviceId),
    successor: deviceId(message.successor),
  }
}

const deviceId = (bytes: Uint8Array) => (bytes.length === DEVICE_ID_LENGTH ? bytes : null)

/** By its form: `magnet:?` or the CID of a manifest. Null for anything else, the empty link included. */
export function classifyLink(link: string): EngineKind | null {
  if (link.length > MAX_LINK) return null
  if (link.startsWith('magnet:?')) return 'torrent'
  return isManifestCid(link) ? 'codex' : null
}

/**
 * An announcement for one community, verified to be the community's own. PROTOCOL.md §2 (archive link authenticity).
 * @param options.indexCidType generation P's type number of an index CID; null while it is not configured (§16).
 * @throws {WireError} UNKNOWN_TYPE, UNKNOWN_COMMUNITY, and those of `decodeArchiveLink`
 */
export function openAnnouncement(
  message: OpenedApplicationMessage,
  options: { readonly communityId: CommunityId; readonly indexCidType?: number | null },
): ArchiveAnnouncement {
  const isIndexCid = options.indexCidType != null && message.type === options.indexCidType
  if (message.type !== ApplicationType.COMMUNITY_MESSAGE_ARCHIVE_LINK && !isIndexCid) {
    throw new WireError('UNKNOWN_TYPE', `a message of type ${message.type} announces no archives`)
  }
  if (!isSignedByCommunity(message, options.communityId)) {
    throw new WireError('UNKNOWN_COMMUNITY', 'the announcement is not signed by this community')
  }
  const announcement = decodeArchiveLink(message.payload)
  if (isIndexCid && announcement.engine !== 'codex') throw new WireError('UNKNOWN_LINK', 'an index CID was expected')
  return announcement
}

/** What a receiver keeps for each community and engine. */
export interface AnnouncementState {
  /** Highest clock accepted; 0 at first. */
  readonly clock: number
  /** The link last processed; empty at first. */
  readonly lastLink: string
}

/** Steps 5 and 6 of PROTOCOL.md §6.1: whether an announcement is news. Equal clocks are. */
export function judgeAnnouncement(
  stored: AnnouncementState,
  message: { readonly clock: number; readonly link: string },
): { readonly act: 'process' | 'ignore-old' | 'ignore-same-link'; readonly storeClock: number } {
  if (message.clock < stored.clock) return { act: 'ignore-old', storeClock: stored.clock }
  if (message.link === stored.lastLink) return { act: 'ignore-same-link', storeClock: stored.clock }
  return { act: 'process', storeClock: message.clock }
}
