/**
 * Checks that all inner messages share. Types share layouts and the signature does not cover the type, so that every
 * rule here is also a fence between types (RULES.md R4.3): a message id where a chat id belongs refuses the message.
 */
import { isChatId, isMessageId } from '../../../shared/ids.ts'
import { WireError } from '../errors.ts'
import { MessageType } from '../generated/schema.ts'
import type { DecodeLimits } from '../protobuf/decode.ts'

export const MESSAGE_LIMITS: DecodeLimits = { bytes: 32 * 1024 * 1024, items: 10_000 }

export function invalid(message: string): WireError {
  return new WireError('VALIDATION', message)
}

/** What all messages in a channel have. */
export function checkChannelMessage(message: { clock: number; chatId: string; messageType: number }): void {
  checkClock(message.clock)
  if (!isChatId(message.chatId)) throw invalid('the message names no channel of a community')
  if (message.messageType !== MessageType.COMMUNITY_CHAT) {
    throw invalid(`the message is of kind ${message.messageType}, not one for a community`)
  }
}

export function checkClock(clock: number): void {
  if (clock === 0) throw invalid('the message has no clock')
}

/** The id of another message, native or imported, and never a channel's. */
export function checkReference(id: string): void {
  if (!isMessageId(id)) throw invalid('the message names no other message')
  if (isChatId(id)) throw invalid('the message names a channel where a message belongs')
}

/** A compressed public key: 33 bytes, the first of them 2 or 3. */
export function checkCommunityKey(bytes: Uint8Array): void {
  if (bytes.length !== 33 || (bytes[0] !== 2 && bytes[0] !== 3)) throw invalid('the message names no community')
}
