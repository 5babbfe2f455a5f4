/** What is done to messages: edited, deleted, pinned, reacted to, given a thread. PROTOCOL.md §1.6. */
import {
  DeleteMessage,
  EditMessage,
  EmojiReaction,
  EmojiReactionType,
  PinMessage,
  ThreadMetadata,
} from '../generated/schema.ts'
import { decode } from '../protobuf/decode.ts'
import { encode } from '../protobuf/encode.ts'
import type { Init } from '../protobuf/schema.ts'
import { checkChannelMessage, checkReference, invalid, MESSAGE_LIMITS } from './rules.ts'

export type { DeleteMessage, EditMessage, EmojiReaction, PinMessage, ThreadMetadata }
export { EmojiReactionType }

/** Longest emoji sequence, UTF-16 units. */
const MAX_EMOJI = 64

/** The six that generations M and N know, and how they are shown. */
const CLASSICS: ReadonlyMap<number, string> = new Map([
  [EmojiReactionType.LOVE, '❤️'],
  [EmojiReactionType.THUMBS_UP, '👍'],
  [EmojiReactionType.THUMBS_DOWN, '👎'],
  [EmojiReactionType.LAUGH, '😂'],
  [EmojiReactionType.SAD, '😢'],
  [EmojiReactionType.ANGRY, '😡'],
])

export function encodeEdit(message: Init<EditMessage>): Uint8Array {
  return encode(EditMessage, message)
}
/** @throws {WireError} PROTOBUF, VALIDATION, TOO_LARGE */
export function decodeEdit(bytes: Uint8Array): EditMessage {
  const message = decode(EditMessage, bytes, MESSAGE_LIMITS)
  checkChannelMessage(message)
  checkReference(message.messageId)
  return message
}

export function encodeDelete(message: Init<DeleteMessage>): Uint8Array {
  return encode(DeleteMessage, message)
}
/** @throws {WireError} PROTOBUF, VALIDATION, TOO_LARGE */
export function decodeDelete(bytes: Uint8Array): DeleteMessage {
  const message = decode(DeleteMessage, bytes, MESSAGE_LIMITS)
  checkChannelMessage(message)
  checkReference(message.messageId)
  return message
}

export function encodePin(message: Init<PinMessage>): Uint8Array {
  return encode(PinMessage, message)
}
/** @throws {WireError} PROTOBUF, VALIDATION, TOO_LARGE */
export function decodePin(bytes: Uint8Array): PinMessage {
  const message = decode(PinMessage, bytes, MESSAGE_LIMITS)
  checkChannelMessage(message)
  checkReference(message.messageId)
  return message
}

/** Give `emoji`, and `type: reactionTypeOf(emoji)` beside it: every generation can show that. PROTOCOL.md §15.3. */
export function encodeReaction(message: Init<EmojiReaction>): Uint8Array {
  return encode(EmojiReaction, message)
}
/** @throws {WireError} PROTOBUF, VALIDATION, TOO_LARGE */
export function decodeReaction(bytes: Uint8Array): EmojiReaction {
  const message = decode(EmojiReaction, bytes, MESSAGE_LIMITS)
  checkChannelMessage(message)
  checkReference(message.messageId)
  if (emojiOf(message) === '' || message.emoji.length > MAX_EMOJI) throw invalid('the reaction shows no emoji')
  return message
}

/** The emoji itself where it is given, else the one its number stands for; empty if neither says anything. */
export function emojiOf(reaction: { readonly emoji: string; readonly type: number }): string {
  return reaction.emoji || (CLASSICS.get(reaction.type) ?? '')
}

/** The number for `type` that older clients show this emoji by; 0 if they have none. */
export function reactionTypeOf(emoji: string): number {
  for (const [type, classic] of CLASSICS) if (classic === emoji) return type
  return EmojiReactionType.UNKNOWN_EMOJI_REACTION_TYPE
}

export function encodeThreadMetadata(message: Init<ThreadMetadata>): Uint8Array {
  return encode(ThreadMetadata, message)
}
/** @throws {WireError} PROTOBUF, VALIDATION, TOO_LARGE */
export function decodeThreadMetadata(bytes: Uint8Array): ThreadMetadata {
  const message = decode(ThreadMetadata, bytes, MESSAGE_LIMITS)
  checkChannelMessage(message)
  checkReference(message.threadId)
  return message
}
