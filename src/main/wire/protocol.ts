/**
 * The encryption layer: a public message in the clear, or a group's message under its hash ratchet. PROTOCOL.md §1.7,
 * §3.8. One-to-one sessions (X3DH) are not opened here.
 */
import { joinBytes, utf8 } from './bytes.ts'
import { EncryptedMessageProtocol, type HRKey, ProtocolMessage, type RekeyGroup } from './generated/schema.ts'
import { tryDecode } from './protobuf/decode.ts'
import { encode } from './protobuf/encode.ts'
import { Reader, Refusal, WIRE_BYTES } from './protobuf/reader.ts'
import { Writer } from './protobuf/writer.ts'

export type { HRKey, RekeyGroup }

export interface RatchetMessage {
  /** 33-byte community id, or utf8(chat id) for a channel with its own permissions. */
  readonly groupId: Uint8Array
  /** 32 bytes; see `ratchetKeyId`. */
  readonly keyId: Uint8Array
  readonly deprecatedKeyId: number
  /** 0: the payload is not encrypted, only keys travel with it. */
  readonly seqNo: number
  readonly payload: Uint8Array
  /** Group keys given to one member; protected by the layer below. PROTOCOL.md §3.10. */
  readonly keys: readonly HRKey[]
  /** A new group key, sealed to each member. PROTOCOL.md §3.10. */
  readonly rekeyGroup: RekeyGroup | null
}

export type ProtocolLayer =
  | { readonly kind: 'public'; readonly message: Uint8Array }
  | ({ readonly kind: 'ratchet' } & RatchetMessage)
  /** Encrypted for one device in a way that this program does not speak. */
  | { readonly kind: 'private' }
  /** Not this layer: the bytes are whatever comes next. */
  | { readonly kind: 'none' }

/** bytes: the longest archive and what is around it. */
const LIMITS = { bytes: (256 * 1024 + 64) * 1024, items: 100_000, views: true }
/** Characters; those of others are UUIDs. */
const MAX_INSTALLATION = 64
const NONE = 'none'
const ENCRYPTED_FIELD = 101
const MAP_KEY_FIELD = 1
const MAP_VALUE_FIELD = 2
const PAYLOAD_FIELD = 3

export function encodePublic(input: { readonly installationId: string; readonly message: Uint8Array }): Uint8Array {
  return encode(ProtocolMessage, { installationId: input.installationId, publicMessage: input.message })
}

/** Group id, key id and sequence number in the clear, and what was sealed with them (or, with seqNo 0, was not). */
export function encodeRatchet(
  input: Pick<RatchetMessage, 'groupId' | 'keyId' | 'deprecatedKeyId' | 'seqNo' | 'payload'> &
    Partial<Pick<RatchetMessage, 'keys' | 'rekeyGroup'>> & { readonly installationId: string },
): Uint8Array {
  const { installationId, payload, keys, rekeyGroup, ...header } = input
  const carried = keys || rekeyGroup ? { keys: keys ?? [], rekeyGroup: rekeyGroup ?? undefined } : undefined
  const encrypted = { payload, hrHeader: { ...header, keys: carried } }
  return encode(ProtocolMessage, { installationId, encryptedMessage: new Map([[NONE, encrypted]]) })
}

/**
 * The same around a payload that is not in memory: the bytes before it and after it. PROTOCOL.md §4.4 encrypts archives,
 * which are written as a stream.
 */
export function ratchetFrame(
  { installationId, ...header }: Omit<Parameters<typeof encodeRatchet>[0], 'payload' | 'keys' | 'rekeyGroup'>,
  payloadLength: number,
): { readonly head: Uint8Array; readonly tail: Uint8Array } {
  const tail = encode(EncryptedMessageProtocol, { hrHeader: header })
  const payloadHead = delimiter(PAYLOAD_FIELD, payloadLength)
  const message = delimiter(MAP_VALUE_FIELD, payloadHead.length + payloadLength + tail.length)
  const name = joinBytes([delimiter(MAP_KEY_FIELD, NONE.length), utf8(NONE)])
  const entryLength = name.length + message.length + payloadHead.length + payloadLength + tail.length
  const start = encode(ProtocolMessage, { installationId })
  return { head: joinBytes([start, delimiter(ENCRYPTED_FIELD, entryLength), name, message, payloadHead]), tail }
}

function delimiter(field: number, length: number): Uint8Array {
  const writer = new Writer()
  writer.tag(field, WIRE_BYTES)
  writer.varint(length)
  return writer.finish()
}

/** Never throws for what a stranger sent: bytes that are not this layer are `none`. */
export function openProtocol(bytes: Uint8Array): ProtocolLayer {
  const message = tryDecode(ProtocolMessage, bytes, LIMITS)
  if (!message) return { kind: 'none' }
  if (message.publicMessage) return { kind: 'public', message: message.publicMessage }
  for (const { hrHeader, payload } of message.encryptedMessage.values()) {
    if (!hrHeader) continue
    const { keys, ...header } = hrHeader
    return { kind: 'ratchet', ...header, payload, keys: keys?.keys ?? [], rekeyGroup: keys?.rekeyGroup ?? null }
  }
  return { kind: message.encryptedMessage.size > 0 ? 'private' : 'none' }
}

/** The installation that a public message names as its sender: anybody's word. Null for anything else. */
export function installationOf(bytes: Uint8Array): string | null {
  const message = tryDecode(ProtocolMessage, bytes, LIMITS)
  if (!message?.publicMessage || message.installationId === '') return null
  return message.installationId.slice(0, MAX_INSTALLATION)
}

/** Whether a blob (an index, an archive) is encrypted: field 101 at its top level. PROTOCOL.md §4.9. Copies nothing. */
export function isEncryptedBlob(bytes: Uint8Array): boolean {
  const reader = new Reader(bytes)
  try {
    while (!reader.done) {
      const { id, wire } = reader.tag()
      if (id === ENCRYPTED_FIELD && wire === WIRE_BYTES) return true
      reader.skip(wire)
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
  return false
}
