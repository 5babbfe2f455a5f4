/**
 * Messages that steer a community rather than say something in it. They count only live or from a store node (RULES.md
 * R4.1), and all but the requests only from the community's own key (PROTOCOL.md §2). The inbox hands them to whoever
 * registered for their type.
 */
import type { CommunityId, ContactId, MessageId, Seconds } from '../../shared/domain.ts'
import type { RawRecord } from '../store/records.ts'
import {
  ApplicationType,
  type ArchiveAnnouncement,
  type CommunityCancelRequestToJoin,
  type CommunityDescription,
  type CommunityRequestToJoin,
  type CommunityRequestToJoinResponse,
  type CommunityRequestToLeave,
  type CommunityUserKicked,
  equalBytes,
  hexToBytes,
  type InnerMessage,
  isSignedByCommunity,
  type OpenedApplicationMessage,
  type RatchetMessage,
} from '../wire/index.ts'
import { refuseUnless } from './refusal.ts'

export interface ControlPayloads {
  readonly 'community-description': CommunityDescription
  readonly 'archive-link': ArchiveAnnouncement
  readonly 'request-to-join': CommunityRequestToJoin
  readonly 'cancel-request-to-join': CommunityCancelRequestToJoin
  readonly 'request-to-join-response': CommunityRequestToJoinResponse
  readonly 'request-to-leave': CommunityRequestToLeave
  readonly 'user-kicked': CommunityUserKicked
}
export type ControlType = keyof ControlPayloads

/** `type` decides what `message` is. */
export type Control<K extends ControlType = ControlType> = {
  [P in K]: ControlEnvelope & { readonly type: P; readonly message: ControlPayloads[P] }
}[K]

export type ControlHandler<K extends ControlType> = (control: Control<K>) => Promise<void> | void

export interface ControlEnvelope {
  readonly communityId: CommunityId
  readonly signer: ContactId
  readonly id: MessageId
  /** The application message exactly as signed. */
  readonly bytes: Uint8Array
  /** 65 bytes or empty: the device owner who sent it, on whose word nothing rests (R4.2). */
  readonly transportSigner: Uint8Array
  /** When its sender says it was sent. */
  readonly sentAt: Seconds
  readonly origin: 'live' | 'store'
  /** Group keys that travelled with it. PROTOCOL.md §3.10. */
  readonly keyExchange: RatchetMessage | null
  /** The installation that its envelope names, if any: nothing but a name to tell devices apart by (R3.7). */
  readonly installation: string | null
  /** For the owner to keep where the topic is archived; never archivable by itself (R2.1). */
  readonly record: RawRecord | null
}

const FROM_COMMUNITY: ReadonlySet<number> = new Set([
  ApplicationType.COMMUNITY_DESCRIPTION,
  ApplicationType.COMMUNITY_MESSAGE_ARCHIVE_LINK,
  ApplicationType.COMMUNITY_REQUEST_TO_JOIN_RESPONSE,
  ApplicationType.COMMUNITY_USER_KICKED,
])

/** Before anything is decoded: what only the community may say is refused from everybody else. @throws Refusal */
export function checkSpeaker(opened: OpenedApplicationMessage, communityId: CommunityId): void {
  refuseUnless(!FROM_COMMUNITY.has(opened.type) || isSignedByCommunity(opened, communityId), 'wrong-signer')
}

/** Null when the message says something in a channel, or nothing known. @throws Refusal */
export function asControl(inner: InnerMessage, envelope: ControlEnvelope): Control | null {
  const { communityId } = envelope
  const about = (id: Uint8Array) => refuseUnless(equalBytes(id, hexToBytes(communityId)), 'wrong-community')
  switch (inner.kind) {
    case 'community-description':
      refuseUnless(inner.body.id === communityId, 'wrong-community')
      return { ...envelope, type: inner.kind, message: inner.body }
    case 'archive-link':
      return { ...envelope, type: inner.kind, message: inner.body }
    case 'request-to-join':
      about(inner.body.communityId)
      return { ...envelope, type: inner.kind, message: inner.body }
    case 'cancel-request-to-join':
      about(inner.body.communityId)
      return { ...envelope, type: inner.kind, message: inner.body }
    case 'request-to-join-response':
      about(inner.body.communityId)
      return { ...envelope, type: inner.kind, message: inner.body }
    case 'request-to-leave':
      about(inner.body.communityId)
      return { ...envelope, type: inner.kind, message: inner.body }
    case 'user-kicked':
      about(inner.body.communityId)
      return { ...envelope, type: inner.kind, message: inner.body }
    default:
      return null
  }
}
