/** From an opened application message to what it says, by its type. */

import { isCommunityId } from '../../../shared/ids.ts'
import { type ArchiveAnnouncement, decodeArchiveLink } from '../announcement.ts'
import { ApplicationType, isSignedByCommunity, type OpenedApplicationMessage } from '../application.ts'
import { toHex0x } from '../bytes.ts'
import { contactIdOf } from '../keys.ts'
import {
  type DeleteMessage,
  decodeDelete,
  decodeEdit,
  decodePin,
  decodeReaction,
  decodeThreadMetadata,
  type EditMessage,
  type EmojiReaction,
  type PinMessage,
  type ThreadMetadata,
} from './changes.ts'
import { type ChatMessage, decodeChat } from './chat.ts'
import {
  type CommunityCancelRequestToJoin,
  type CommunityDescription,
  type CommunityRequestToJoin,
  type CommunityRequestToJoinResponse,
  type CommunityRequestToLeave,
  type CommunityUserKicked,
  decodeCancelRequest,
  decodeCommunityDescription,
  decodeRequestToJoin,
  decodeRequestToJoinResponse,
  decodeRequestToLeave,
  decodeUserKicked,
} from './community.ts'
import { invalid } from './rules.ts'

export * from './changes.ts'
export * from './chat.ts'
export * from './community.ts'

export type InnerMessage =
  | { readonly kind: 'chat'; readonly body: ChatMessage }
  | { readonly kind: 'edit'; readonly body: EditMessage }
  | { readonly kind: 'delete'; readonly body: DeleteMessage }
  | { readonly kind: 'pin'; readonly body: PinMessage }
  | { readonly kind: 'reaction'; readonly body: EmojiReaction }
  | { readonly kind: 'thread-metadata'; readonly body: ThreadMetadata }
  | { readonly kind: 'archive-link'; readonly body: ArchiveAnnouncement }
  | { readonly kind: 'community-description'; readonly body: CommunityDescription }
  | { readonly kind: 'request-to-join'; readonly body: CommunityRequestToJoin }
  | { readonly kind: 'cancel-request-to-join'; readonly body: CommunityCancelRequestToJoin }
  | { readonly kind: 'request-to-join-response'; readonly body: CommunityRequestToJoinResponse }
  | { readonly kind: 'request-to-leave'; readonly body: CommunityRequestToLeave }
  | { readonly kind: 'user-kicked'; readonly body: CommunityUserKicked }
  /** A type that nothing here reads: no effect. */
  | { readonly kind: 'other'; readonly type: number }

/** RULES.md R4.1: what is taken from an archive, and only in a channel of its own community. */
export const ARCHIVABLE_KINDS: ReadonlySet<InnerMessage['kind']> = new Set([
  'chat',
  'edit',
  'delete',
  'pin',
  'reaction',
  'thread-metadata',
])

/**
 * Decodes and checks the payload by its type, including what only the signer can tell: who may kick, whose thread it
 * is. RULES.md R4.3. @throws {WireError} PROTOBUF, VALIDATION, TOO_LARGE, EMPTY_LINK, UNKNOWN_LINK
 */
export function decodeMessage(message: Pick<OpenedApplicationMessage, 'type' | 'payload' | 'signer'>): InnerMessage {
  const { payload, signer } = message
  switch (message.type) {
    case ApplicationType.CHAT_MESSAGE:
      return { kind: 'chat', body: decodeChat(payload) }
    case ApplicationType.EDIT_MESSAGE:
      return { kind: 'edit', body: decodeEdit(payload) }
    case ApplicationType.DELETE_MESSAGE:
      return { kind: 'delete', body: decodeDelete(payload) }
    case ApplicationType.PIN_MESSAGE:
      return { kind: 'pin', body: decodePin(payload) }
    case ApplicationType.EMOJI_REACTION:
      return { kind: 'reaction', body: decodeReaction(payload) }
    case ApplicationType.THREAD_METADATA:
      return { kind: 'thread-metadata', body: checkCreator(decodeThreadMetadata(payload), signer) }
    case ApplicationType.COMMUNITY_MESSAGE_ARCHIVE_LINK:
      return { kind: 'archive-link', body: decodeArchiveLink(payload) }
    case ApplicationType.COMMUNITY_DESCRIPTION:
      return { kind: 'community-description', body: decodeCommunityDescription(payload) }
    case ApplicationType.COMMUNITY_REQUEST_TO_JOIN:
      return { kind: 'request-to-join', body: byCommunity(false, decodeRequestToJoin(payload), signer) }
    case ApplicationType.COMMUNITY_CANCEL_REQUEST_TO_JOIN:
      return { kind: 'cancel-request-to-join', body: byCommunity(false, decodeCancelRequest(payload), signer) }
    case ApplicationType.COMMUNITY_REQUEST_TO_JOIN_RESPONSE:
      return { kind: 'request-to-join-response', body: decodeRequestToJoinResponse(payload) }
    case ApplicationType.COMMUNITY_REQUEST_TO_LEAVE:
      return { kind: 'request-to-leave', body: byCommunity(false, decodeRequestToLeave(payload), signer) }
    case ApplicationType.COMMUNITY_USER_KICKED:
      return { kind: 'user-kicked', body: byCommunity(true, decodeUserKicked(payload), signer) }
    default:
      return { kind: 'other', type: message.type }
  }
}

/** PROTOCOL.md §1.6: a thread's creator says so itself. */
function checkCreator(thread: ThreadMetadata, signer: Uint8Array): ThreadMetadata {
  if (thread.creatorId !== '' && thread.creatorId !== contactIdOf(signer)) {
    throw invalid('the thread names a creator who did not sign')
  }
  return thread
}

/** A community kicks and never asks to join or leave itself: these messages have the same layout. */
function byCommunity<T extends { readonly communityId: Uint8Array }>(own: boolean, body: T, signer: Uint8Array): T {
  const communityId = toHex0x(body.communityId)
  const signed = isCommunityId(communityId) && isSignedByCommunity({ signer }, communityId)
  if (signed !== own)
    throw invalid(own ? 'only the community itself kicks' : 'a community does not join or leave itself')
  return body
}
