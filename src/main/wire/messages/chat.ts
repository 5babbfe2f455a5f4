/** What a person writes in a channel. PROTOCOL.md §1.5. */
import type { Millis } from '../../../shared/domain.ts'
import { ChatMessage, ContentType } from '../generated/schema.ts'
import { decode } from '../protobuf/decode.ts'
import { encode } from '../protobuf/encode.ts'
import type { Init } from '../protobuf/schema.ts'
import { checkChannelMessage, invalid, MESSAGE_LIMITS } from './rules.ts'

export { ContentType, ImageFormat, MessageType } from '../generated/schema.ts'
export type { ChatMessage }

/** How far a chat clock may be ahead of the time its message was sent, ms. PROTOCOL.md §1.5. */
export const MAX_CLOCK_LEAD = 120_000
const DISPLAY_NAME = /^[\w\-\s]{5,24}$/

export function encodeChat(message: Init<ChatMessage>): Uint8Array {
  return encode(ChatMessage, message)
}

/**
 * Display names and texts are as their author wrote them: RULES.md R4.5 keeps what is signed.
 * @throws {WireError} PROTOBUF, VALIDATION, TOO_LARGE
 */
export function decodeChat(bytes: Uint8Array): ChatMessage {
  const message = decode(ChatMessage, bytes, MESSAGE_LIMITS)
  checkChannelMessage(message)
  if (message.timestamp === 0) throw invalid('the message has no time')
  if (message.contentType === ContentType.UNKNOWN_CONTENT_TYPE) throw invalid('the message has no content type')
  if (!hasItsContent(message)) throw invalid('the message lacks the content that its type promises')
  return message
}

/** @throws {WireError} VALIDATION if the clock runs ahead of the time the message was sent. */
export function checkChatClock(message: { readonly clock: number }, sentAt: Millis): void {
  if (message.clock - sentAt > MAX_CLOCK_LEAD)
    throw invalid('the clock of the message is ahead of the time it was sent')
}

/** What other clients show: 5 to 24 letters, digits, spaces, `_` and `-`. They refuse messages with another name. */
export function isDisplayName(name: string): boolean {
  return DISPLAY_NAME.test(name)
}

function hasItsContent(message: ChatMessage): boolean {
  switch (message.contentType) {
    case ContentType.STICKER:
      return message.sticker !== undefined
    case ContentType.IMAGE:
      return message.image !== undefined && message.image.payload.length > 0
    case ContentType.AUDIO:
      return message.audio !== undefined && message.audio.payload.length > 0
    case ContentType.DISCORD_MESSAGE:
      return message.discordMessage !== undefined
    case ContentType.BRIDGE_MESSAGE:
      return message.bridgeMessage !== undefined
    default:
      return true
  }
}
