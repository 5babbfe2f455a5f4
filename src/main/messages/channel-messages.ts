/**
 * Everything a person can say in a channel, signed and sealed once. Pure: the demo posts a whole history with it, on
 * behalf of many people and with their original times. PROTOCOL.md §1.5, §1.6, §10 step 7.
 */
import type { ChatId, CommunityId, Generation, MessageId, Millis, Nanos } from '../../shared/domain.ts'
import {
  ApplicationType,
  ContentType,
  contactIdOf,
  encodeChat,
  encodeDelete,
  encodeEdit,
  encodePin,
  encodeReaction,
  isDisplayName,
  MessageType,
  publicKey,
  type RatchetStep,
  reactionTypeOf,
} from '../wire/index.ts'
import { CLUSTER, postChatId, shardsOf } from './addresses.ts'
import type { Random } from './ports.ts'
import { nanosOf, type Sealed, seal } from './sealing.ts'

/** What is common to everything said in a channel. */
export interface InChannel {
  readonly communityId: CommunityId
  readonly chatId: ChatId
  readonly generation: Generation
  /** The symmetric key of `postChatId(communityId, chatId, generation)`, 32 bytes. */
  readonly key: Uint8Array
  /** The author's private key, 32 bytes. */
  readonly author: Uint8Array
  /** Order within the channel, ms. */
  readonly clock: Millis
  /** When it is sent, as its envelope and so the archives will say; the clock's time unless given. */
  readonly sentAt?: Nanos
  /** The private key of the device's owner, for the transport signature; the author's unless given. */
  readonly sender?: Uint8Array
  readonly installationId?: string
  /** In an encrypted community: the place in its group key's chain. */
  readonly step?: RatchetStep | null
  readonly cluster?: number
  readonly random: Random
}

export interface ChatToSeal extends InChannel {
  readonly text: string
  /** The author's wall clock, ms. */
  readonly timestamp: Millis
  readonly responseTo?: MessageId | null
  /** Left out where other clients would refuse the message because of it. PROTOCOL.md §1.5. */
  readonly displayName?: string
}

export function sealChat(chat: ChatToSeal): Sealed {
  const { text, chatId, clock, timestamp, responseTo, displayName = '' } = chat
  const payload = encodeChat({
    clock,
    timestamp,
    text,
    chatId,
    responseTo: responseTo ?? '',
    messageType: MessageType.COMMUNITY_CHAT,
    contentType: ContentType.TEXT_PLAIN,
    displayName: isDisplayName(displayName) ? displayName : '',
  })
  return sealInChannel(chat, ApplicationType.CHAT_MESSAGE, payload)
}

export function sealEdit(edit: InChannel & { readonly target: MessageId; readonly text: string }): Sealed {
  const { clock, chatId, target: messageId, text } = edit
  const contentType = ContentType.TEXT_PLAIN
  const payload = encodeEdit({ clock, text, chatId, messageId, messageType: MessageType.COMMUNITY_CHAT, contentType })
  return sealInChannel(edit, ApplicationType.EDIT_MESSAGE, payload)
}

export function sealDelete(deletion: InChannel & { readonly target: MessageId }): Sealed {
  const { clock, chatId, target: messageId } = deletion
  const deletedBy = contactIdOf(publicKey(deletion.author))
  const payload = encodeDelete({ clock, chatId, messageId, messageType: MessageType.COMMUNITY_CHAT, deletedBy })
  return sealInChannel(deletion, ApplicationType.DELETE_MESSAGE, payload)
}

export function sealPin(pin: InChannel & { readonly target: MessageId; readonly pinned: boolean }): Sealed {
  const { clock, chatId, target: messageId, pinned } = pin
  const payload = encodePin({ clock, messageId, chatId, pinned, messageType: MessageType.COMMUNITY_CHAT })
  return sealInChannel(pin, ApplicationType.PIN_MESSAGE, payload)
}

/** Carries the number of one of the six classics beside its emoji, for older clients. PROTOCOL.md §15.3. */
export function sealReaction(
  reaction: InChannel & { readonly target: MessageId; readonly emoji: string; readonly retracted: boolean },
): Sealed {
  const { clock, chatId, target: messageId, emoji, retracted } = reaction
  const type = reactionTypeOf(emoji)
  const messageType = MessageType.COMMUNITY_CHAT
  const payload = encodeReaction({ clock, chatId, messageId, messageType, type, retracted, emoji })
  return sealInChannel(reaction, ApplicationType.EMOJI_REACTION, payload)
}

function sealInChannel(said: InChannel, type: number, payload: Uint8Array): Sealed {
  const { communityId, chatId, generation, key, author, clock, random } = said
  return seal({
    type,
    payload,
    author,
    sender: said.sender ?? author,
    to: {
      pubsubTopic: shardsOf(generation, said.cluster ?? CLUSTER).content,
      chatId: postChatId(communityId, chatId, generation),
      key,
    },
    envelope: said.step ? { step: said.step } : 'public',
    installationId: said.installationId ?? '',
    sentAt: said.sentAt ?? nanosOf(clock),
    random,
  })
}
