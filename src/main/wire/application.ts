/**
 * The signed envelope around everything a person or a community says. PROTOCOL.md §1.4, §2.
 * The signature covers the payload alone: neither the type (RULES.md R4.3) nor anything around it.
 */
import type { CommunityId, ContactId, MessageId } from '../../shared/domain.ts'
import { bytesToHex, toHex0x } from './bytes.ts'
import { WireError } from './errors.ts'
import { ApplicationMetadataMessage, ApplicationType } from './generated/schema.ts'
import { keccak256, recover, sign } from './keys.ts'
import { decode } from './protobuf/decode.ts'
import { encode } from './protobuf/encode.ts'

export { ApplicationType }

export interface ApplicationMessage {
  /** One of `ApplicationType`, or a number this program does not know. */
  readonly type: number
  /** The encoded inner message. */
  readonly payload: Uint8Array
}

export interface OpenedApplicationMessage extends ApplicationMessage {
  readonly signature: Uint8Array
  /** 65 bytes: whoever made the signature. The only author there is. RULES.md R4.2. */
  readonly signer: Uint8Array
  /** The same as a text. */
  readonly author: ContactId
  /** keccak(signer, bytes as received). */
  readonly id: MessageId
}

/** Longest application message, bytes: an honest description of a large community, segmented, stays far below. */
export const MAX_APPLICATION_MESSAGE = 32 * 1024 * 1024
const LIMITS = { bytes: MAX_APPLICATION_MESSAGE, items: 16, views: true }

/** Signs with the author's (or the community's) private key. @throws {WireError} BAD_KEY */
export function encodeApplicationMessage(message: ApplicationMessage, privateKey: Uint8Array): Uint8Array {
  const signature = sign(keccak256(message.payload), privateKey)
  return encode(ApplicationMetadataMessage, { signature, payload: message.payload, type: message.type })
}

/**
 * Recovers who signed and computes the id; ~60 µs, nearly all of it the signature. Payload and signature are views.
 * @throws {WireError} PROTOBUF if it is no such message, UNSIGNED, SIGNATURE_INVALID, TOO_LARGE
 */
export function openApplicationMessage(bytes: Uint8Array): OpenedApplicationMessage {
  const { signature, payload, type } = decode(ApplicationMetadataMessage, bytes, LIMITS)
  if (signature.length === 0 && payload.length === 0) {
    throw new WireError('PROTOBUF', 'this is no application message: it has neither signature nor payload')
  }
  if (signature.length === 0) throw new WireError('UNSIGNED', 'the message is not signed')
  const signer = recover(keccak256(payload), signature)
  return { type, payload, signature, signer, author: toHex0x(signer) as ContactId, id: messageIdOf(signer, bytes) }
}

/** keccak(65-byte key, application message as received), `0x` and 64 hex digits. PROTOCOL.md §2. */
export function messageIdOf(signer: Uint8Array, bytes: Uint8Array): MessageId {
  return toHex0x(keccak256(signer, bytes)) as MessageId
}

/**
 * The same, for a message that is said to be somebody's. @throws {WireError} SIGNATURE_MISMATCH if its signature is
 * anything else than this author's, and as `openApplicationMessage` for the rest
 */
export function openMessageOf(bytes: Uint8Array, author: ContactId): OpenedApplicationMessage {
  const message = openSigned(bytes, author)
  if (message.author !== author) {
    throw new WireError('SIGNATURE_MISMATCH', `the message is signed by ${message.author}, not by ${author}`)
  }
  return message
}

function openSigned(bytes: Uint8Array, author: ContactId): OpenedApplicationMessage {
  try {
    return openApplicationMessage(bytes)
  } catch (error) {
    if (!(error instanceof WireError) || error.code !== 'SIGNATURE_INVALID') throw error
    throw new WireError('SIGNATURE_MISMATCH', `the message is not signed by ${author}`, { cause: error })
  }
}

/** Whether a community's own key signed. */
export function isSignedByCommunity(message: { readonly signer: Uint8Array }, communityId: CommunityId): boolean {
  const { signer } = message
  // The compressed form is X and whether Y is odd; the signer was recovered, so it is a point of the curve.
  const parity = (signer[64] ?? 0) % 2 === 0 ? '02' : '03'
  // Nearly everybody is somebody else, and their last byte says so.
  if (signer[32] !== Number.parseInt(communityId.slice(-2), 16)) return false
  return `0x${parity}${bytesToHex(signer.subarray(1, 33))}` === communityId
}
