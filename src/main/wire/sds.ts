/**
 * Scalable data sync: the newest generation wraps community messages in it. PROTOCOL.md §3.9. We open it and do not
 * wait for dependencies; sending it is legal and off by default (§15.3).
 */
import { SdsHistoryEntry, SdsMessage } from './generated/schema.ts'
import { tryDecode } from './protobuf/decode.ts'
import { encode } from './protobuf/encode.ts'
import type { Init } from './protobuf/schema.ts'

export type { SdsHistoryEntry, SdsMessage }

export function encodeSds(message: Init<SdsMessage>): Uint8Array {
  return encode(SdsMessage, message)
}

/** The wrapper and its content (an application message), or null if the bytes are not wrapped. */
export function openSds(bytes: Uint8Array): SdsMessage | null {
  const message = tryDecode(SdsMessage, bytes)
  return message && message.messageId !== '' && message.channelId !== '' && message.content.length > 0 ? message : null
}

/** For `causalHistory` and `repairRequest`. */
export function encodeSdsHistoryEntry(entry: Init<SdsHistoryEntry>): Uint8Array {
  return encode(SdsHistoryEntry, entry)
}
