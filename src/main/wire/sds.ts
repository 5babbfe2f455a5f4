/**
 * Scalable data sync: the newest generation wraps community messages in it. PROTOCOL.md §3.9. We open it and do not
 * wait for dependencies; sending it is legal and off by default (§15.3).
 */
import { SdsHistoryEntry, SdsMessage } from './generated/schema.ts'
import { tryDecode } from './protobuf/decode.ts'
import { encode } from './protobuf/encode.ts'
import { Reader, Refusal, WIRE_VARINT } from './protobuf/reader.ts'
import type { Init } from './protobuf/schema.ts'

export type { SdsHistoryEntry, SdsMessage }

export function encodeSds(message: Init<SdsMessage>): Uint8Array {
  return encode(SdsMessage, message)
}

/** The wrapper and its content (an application message), or null if the bytes are not wrapped. */
export function openSds(bytes: Uint8Array): SdsMessage | null {
  if (!hasLamportTime(bytes)) return null
  const message = tryDecode(SdsMessage, bytes)
  return message && message.messageId !== '' && message.channelId !== '' && message.content.length > 0 ? message : null
}

/** For `causalHistory` and `repairRequest`. */
export function encodeSdsHistoryEntry(entry: Init<SdsHistoryEntry>): Uint8Array {
  return encode(SdsHistoryEntry, entry)
}

const LAMPORT_TIMESTAMP = 2

/**
 * Nearly everything that is tried is an application message, which has its payload where a wrapper has a number (§3.9).
 * Its tags say so at once; its signature, read as a text first, would cost more than all the rest.
 */
function hasLamportTime(bytes: Uint8Array): boolean {
  try {
    const reader = new Reader(bytes)
    while (!reader.done) {
      const { id, wire } = reader.tag()
      if (id === LAMPORT_TIMESTAMP) return wire === WIRE_VARINT
      reader.skip(wire)
    }
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}
