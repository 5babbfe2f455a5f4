/** Which topics of a community are listened to, and which of them are archived. PROTOCOL.md §3.2, §4.2, §15.3. */
import type { CommunityId, Topic4 } from '../../shared/domain.ts'
import type { ListenedChat } from '../messages/index.ts'
import {
  adminChatId,
  chatId,
  contactDiscoveryChatId,
  magnetlinksChatId,
  topic4Of,
  universalChatId,
} from '../wire/index.ts'

/** Whose ears they are. */
export interface Listener {
  /** 65 bytes. */
  readonly publicKey: Uint8Array
  /** 32 bytes, the live buffer. */
  readonly privateKey: Uint8Array
  /** The community's own, for its owner: 32 bytes, the live buffer. */
  readonly communityKey: Uint8Array | null
  /** Whether what is said in it is heard; if not, only what becomes of it. */
  readonly content?: boolean
}

/**
 * Everything accepted, whatever generation the owner speaks: descriptions, M's channels, the universal topic, M's
 * announcements, and what is addressed to this person or, for the owner, to the community.
 * @param channels uuids in the community's order
 */
export function listenedChats(
  communityId: CommunityId,
  channels: readonly string[],
  listener: Listener,
): ListenedChat[] {
  const { publicKey, privateKey, communityKey, content = true } = listener
  const own = communityKey === null ? [] : [{ ...plain(adminChatId(communityId)), privateKey: communityKey }]
  return [
    plain(communityId),
    ...(content ? contentChats(communityId, channels) : []),
    { ...plain(contactDiscoveryChatId(publicKey)), privateKey },
    ...own,
  ]
}

/** What an archive covers, in this order: the channels as the community orders them, the universal topic last (§4.2). */
export function archivedTopics(communityId: CommunityId, channels: readonly string[]): Topic4[] {
  return [...new Set(archivedChats(communityId, channels).map(topic4Of))]
}

function archivedChats(communityId: CommunityId, channels: readonly string[]): string[] {
  return [...channels.map((uuid) => chatId(communityId, uuid)), universalChatId(communityId)]
}

const contentChats = (communityId: CommunityId, channels: readonly string[]): ListenedChat[] => [
  ...archivedChats(communityId, channels).map((id) => ({ chatId: id, archived: true })),
  plain(magnetlinksChatId(communityId)),
]

const plain = (chatId: string): ListenedChat => ({ chatId, archived: false })
