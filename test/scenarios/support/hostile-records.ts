/** What a dishonest owner or a stranger may send: honest messages, the same under other types, and things out of place. */
import { createHash } from 'node:crypto'
import {
  ApplicationType,
  type ArchiveRecord,
  ContentType,
  chatId,
  communityIdOf,
  encodeApplicationMessage,
  encodeArchiveLink,
  encodeChat,
  encodeCommunityDescription,
  encodeDelete,
  encodeEdit,
  encodePin,
  encodePublic,
  encodeReaction,
  encodeRequestToJoin,
  encodeRequestToLeave,
  encodeUserKicked,
  hexToBytes,
  MessageType,
  messageIdOf,
  openApplicationMessage,
  topic4Of,
  universalChatId,
} from '../../../src/main/wire/index.ts'
import type { ChatId, CommunityId, Seconds } from '../../../src/shared/domain.ts'
import { person } from '../../support/people.ts'

export interface Place {
  readonly communityId: CommunityId
  readonly chatId: ChatId
  /** The community's private key: its owner is the dishonest one. */
  readonly key: Uint8Array
}

const author = person('an honest author')
const everyType: readonly number[] = [...Object.values(ApplicationType), 200]

/** An application message that says something in the channel. */
export function chatOf(place: Pick<Place, 'chatId'>, at: Seconds, text: string): Uint8Array {
  const [clock, timestamp] = [at * 1000, at * 1000]
  const { COMMUNITY_CHAT: messageType } = MessageType
  const { TEXT_PLAIN: contentType } = ContentType
  const payload = encodeChat({ clock, timestamp, text, chatId: place.chatId, messageType, contentType })
  return encodeApplicationMessage({ type: ApplicationType.CHAT_MESSAGE, payload }, author.key)
}

/** Every signed message there is, under every type but its own. RULES.md R4.3. */
export function relabelled(place: Place, at: Seconds, target: Uint8Array): Uint8Array[] {
  const { communityId, chatId: channel, key } = place
  const clock = at * 1000
  const messageId = messageIdOf(openApplicationMessage(target).signer, target)
  const common = { clock, chatId: channel, messageType: MessageType.COMMUNITY_CHAT }
  const id = hexToBytes(communityId)
  const said: readonly (readonly [number, Uint8Array, Uint8Array])[] = [
    [ApplicationType.CHAT_MESSAGE, openApplicationMessage(target).payload, author.key],
    [ApplicationType.EDIT_MESSAGE, encodeEdit({ ...common, text: 'forged', messageId }), author.key],
    [ApplicationType.DELETE_MESSAGE, encodeDelete({ ...common, messageId }), author.key],
    [ApplicationType.PIN_MESSAGE, encodePin({ ...common, messageId, pinned: true }), key],
    [ApplicationType.EMOJI_REACTION, encodeReaction({ ...common, messageId, emoji: '👍' }), author.key],
    [ApplicationType.COMMUNITY_REQUEST_TO_JOIN, encodeRequestToJoin({ clock, communityId: id }), author.key],
    [ApplicationType.COMMUNITY_REQUEST_TO_LEAVE, encodeRequestToLeave({ clock, communityId: id }), author.key],
    [ApplicationType.COMMUNITY_USER_KICKED, encodeUserKicked({ clock, communityId: id }), key],
    [ApplicationType.COMMUNITY_MESSAGE_ARCHIVE_LINK, encodeArchiveLink({ clock, archiveLink: 'magnet:' }), key],
    [ApplicationType.COMMUNITY_DESCRIPTION, descriptionOf(at), key],
  ]
  return said.flatMap(([type, payload, by]) =>
    everyType.filter((other) => other !== type).map((other) => labelled(payload, by, other)),
  )
}

/** What an archive may not carry (RULES.md R4.1): descriptions, links and kicks, and what was said elsewhere. */
export function outOfPlace({ communityId, key }: Place, at: Seconds): Uint8Array[] {
  const clock = at * 1000
  const { COMMUNITY_DESCRIPTION, COMMUNITY_MESSAGE_ARCHIVE_LINK, COMMUNITY_USER_KICKED } = ApplicationType
  const kick = encodeUserKicked({ clock, communityId: hexToBytes(communityId) })
  const elsewhere = chatId(communityIdOf(person('another community').publicKey), '6f1f5a1e-3d6b-4f0e-9d0a-2b7c8d9e0f11')
  return [
    encodeApplicationMessage({ type: COMMUNITY_DESCRIPTION, payload: descriptionOf(at) }, key),
    encodeApplicationMessage(
      { type: COMMUNITY_MESSAGE_ARCHIVE_LINK, payload: encodeArchiveLink({ clock, archiveLink: 'magnet:' }) },
      key,
    ),
    encodeApplicationMessage({ type: COMMUNITY_USER_KICKED, payload: kick }, key),
    chatOf({ chatId: elsewhere }, at, 'said in another community'),
  ]
}

/** As it lies in an archive. */
export function recordOf({ communityId }: Place, at: Seconds, message: Uint8Array): ArchiveRecord {
  return {
    sig: author.publicKey,
    timestamp: at,
    topic: hexToBytes(topic4Of(universalChatId(communityId))),
    payload: encodePublic({ installationId: 'hostile', message }),
    padding: new Uint8Array(),
    hash: new Uint8Array(createHash('sha256').update(message).digest()),
    thirdPartyId: '',
  }
}

const descriptionOf = (at: Seconds) =>
  encodeCommunityDescription({ clock: at * 1000, identity: { displayName: 'Taken over', description: '' } })

/** The signature covers the payload alone: anybody can put another type beside it. */
function labelled(payload: Uint8Array, key: Uint8Array, type: number): Uint8Array {
  return encodeApplicationMessage({ type, payload }, key)
}
