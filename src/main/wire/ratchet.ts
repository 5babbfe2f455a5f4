/** Group encryption: the hash ratchet and the ways its keys travel. PROTOCOL.md §3.8, §3.10. */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { bytesToHex, concatBytes, hexToBytes } from './bytes.ts'
import { WireError } from './errors.ts'
import { decompress, ecdhX, keccak256 } from './keys.ts'
import { encodeRatchet, type RatchetMessage, type RekeyGroup } from './protocol.ts'
import { chainKey } from './ratchet-chain.ts'
import { openGcm, sealGcm } from './rfc26.ts'

const NONCE_LENGTH = 12
const TAG_LENGTH = 16
const GROUP_KEY_LENGTH = 32
const PRIVATE_DATA_NAME = /^([0-9a-f]{64})([0-9]{1,6})$/
/** nonce ‖ ciphertext ‖ tag: the nonce first, here alone. */
const SEALED_KEY_LENGTH = NONCE_LENGTH + GROUP_KEY_LENGTH + TAG_LENGTH

export interface GroupKey {
  /** 32 random bytes. */
  readonly key: Uint8Array
  /** ms. */
  readonly timestamp: number
}

/** keccak(group id ‖ timestamp as uint64 little-endian ‖ key), 32 bytes. */
export function ratchetKeyId(groupId: Uint8Array, { key, timestamp }: GroupKey): Uint8Array {
  const time = new Uint8Array(8)
  new DataView(time.buffer).setBigUint64(0, BigInt(timestamp), true)
  return keccak256(groupId, time, key)
}

/** The low 32 bits of the timestamp. */
export function deprecatedKeyId(timestamp: number): number {
  return timestamp % 0x100000000
}

/** One place in a group key's chain, for one thing to be sealed: no two have the same key and number. */
export interface RatchetStep {
  readonly groupId: Uint8Array
  readonly keyId: Uint8Array
  readonly deprecatedKeyId: number
  /** From 1. */
  readonly seqNo: number
  /** 32 bytes: h of this number. */
  readonly messageKey: Uint8Array
}

/** A ProtocolMessage of a group. `nonce`: 12 random bytes. */
export function sealStep(
  { messageKey, ...header }: RatchetStep,
  input: { readonly plaintext: Uint8Array; readonly nonce: Uint8Array; readonly installationId: string },
): Uint8Array {
  const { installationId, plaintext, nonce } = input
  return encodeRatchet({ ...header, installationId, payload: sealGcm(plaintext, messageKey, nonce) })
}

/** The same from a group key. `seqNo` from 1, never twice with one key. */
export function sealRatchet(input: {
  readonly groupId: Uint8Array
  readonly groupKey: GroupKey
  readonly seqNo: number
  readonly nonce: Uint8Array
  readonly plaintext: Uint8Array
  readonly installationId: string
}): Uint8Array {
  const { groupId, groupKey, seqNo } = input
  const messageKey = chainKey(groupKey.key, seqNo)
  const keyId = ratchetKeyId(groupId, groupKey)
  const step = { groupId, keyId, deprecatedKeyId: deprecatedKeyId(groupKey.timestamp), seqNo, messageKey }
  return sealStep(step, input)
}

/** The key of a message, by its group key's id and its number: h of that number; null where the group key is unknown. */
export type FindMessageKey = (keyId: Uint8Array, seqNo: number, groupId: Uint8Array) => Uint8Array | null

/** @throws {WireError} UNKNOWN_KEY (park the message until the key comes), DECRYPT, TOO_LARGE */
export function openRatchet(message: RatchetMessage, findKey: FindMessageKey): Uint8Array {
  if (message.seqNo === 0) return message.payload
  const key = findKey(message.keyId, message.seqNo, message.groupId)
  if (!key) throw new WireError('UNKNOWN_KEY', 'the group key of this message is not known here')
  return openGcm(message.payload, key)
}

/**
 * A group key sealed to one member, for `RekeyGroup.keys`: under the shared secret of sender and member, 60 bytes.
 * @returns the map's key (the first four bytes of the member's X, little-endian) and the blob.
 */
export function sealGroupKey(input: {
  readonly groupKey: Uint8Array
  readonly sender: Uint8Array
  readonly member: Uint8Array
  readonly nonce: Uint8Array
}): { readonly mapKey: number; readonly blob: Uint8Array } {
  const cipher = createCipheriv('aes-256-gcm', ecdhX(input.sender, input.member), input.nonce)
  const ciphertext = concatBytes(cipher.update(input.groupKey), cipher.final())
  return { mapKey: rekeyMapKey(input.member), blob: concatBytes(input.nonce, ciphertext, cipher.getAuthTag()) }
}

/** The new key that a rekeying gives to this member, or null. `sender`: the transport signer's public key. */
export function openGroupKey(
  rekey: RekeyGroup,
  member: { private: Uint8Array; public: Uint8Array },
  sender: Uint8Array,
) {
  const blobs = rekey.keys.get(rekeyMapKey(member.public))
  if (!blobs || rekey.timestamp === 0) return null
  const shared = ecdhX(member.private, sender)
  // Members whose X begins alike share an entry.
  for (let at = 0; at + SEALED_KEY_LENGTH <= blobs.length; at += SEALED_KEY_LENGTH) {
    const key = tryBlob(blobs.subarray(at, at + SEALED_KEY_LENGTH), shared)
    if (key) return { key, timestamp: rekey.timestamp } satisfies GroupKey
  }
  return null
}

function tryBlob(blob: Uint8Array, shared: Uint8Array): Uint8Array | null {
  const tagAt = blob.length - TAG_LENGTH
  const decipher = createDecipheriv('aes-256-gcm', shared, blob.subarray(0, NONCE_LENGTH), {
    authTagLength: TAG_LENGTH,
  })
  decipher.setAuthTag(blob.subarray(tagAt))
  try {
    return concatBytes(decipher.update(blob.subarray(NONCE_LENGTH, tagAt)), decipher.final())
  } catch {
    return null
  }
}

function rekeyMapKey(member: Uint8Array): number {
  const key = decompress(member)
  return new DataView(key.buffer, key.byteOffset).getUint32(1, true)
}

/**
 * One entry of a description's `privateData`: a description of what only members may see, under a group key.
 * @returns the map's key (hex of the key id, then the sequence number) and its value. PROTOCOL.md §3.10.
 */
export function sealPrivateData(
  { keyId, seqNo, messageKey }: RatchetStep,
  /** An encoded CommunityDescription. */
  description: Uint8Array,
  nonce: Uint8Array,
): readonly [string, Uint8Array] {
  return [`${bytesToHex(keyId)}${seqNo}`, sealGcm(description, messageKey, nonce)]
}

/** Which group key an entry of `privateData` is under, and its number; null for what is no name of one. */
export function readPrivateDataName(name: string): { readonly keyId: Uint8Array; readonly seqNo: number } | null {
  const match = PRIVATE_DATA_NAME.exec(name)
  return match?.[1] ? { keyId: hexToBytes(match[1]), seqNo: Number(match[2]) } : null
}

/** @throws {WireError} BAD_ID, UNKNOWN_KEY (keep the description and try again when the key comes), DECRYPT, TOO_LARGE */
export function openPrivateData(name: string, value: Uint8Array, findKey: FindMessageKey): Uint8Array {
  const at = readPrivateDataName(name)
  if (at === null) throw new WireError('BAD_ID', 'the private part of the description names no key')
  const key = findKey(at.keyId, at.seqNo, new Uint8Array(0))
  if (!key) throw new WireError('UNKNOWN_KEY', 'the group key of this part of the description is not known here')
  return openGcm(value, key)
}
