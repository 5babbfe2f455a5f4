/** Group encryption: the hash ratchet and the ways its keys travel. PROTOCOL.md §3.8, §3.10. */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { bytesToHex, concatBytes, hexToBytes } from './bytes.ts'
import { WireError } from './errors.ts'
import { decompress, ecdhX, keccak256 } from './keys.ts'
import { encodeRatchet, type RatchetMessage, type RekeyGroup } from './protocol.ts'
import { openGcm, sealGcm } from './rfc26.ts'

const MAX_SEQ_NO = 100_000
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

/** The key of message `seqNo`: keccak applied that many times to the group key. @throws {WireError} TOO_LARGE */
export function chainKey(key: Uint8Array, seqNo: number): Uint8Array {
  if (seqNo > MAX_SEQ_NO) throw new WireError('TOO_LARGE', `message ${seqNo} of a group key is beyond ${MAX_SEQ_NO}`)
  let chain = key
  for (let step = 0; step < seqNo; step++) chain = keccak256(chain)
  return chain
}

/** A ProtocolMessage of a group. `seqNo` from 1, never twice with one key; `nonce`: 12 random bytes. */
export function sealRatchet(input: {
  readonly groupId: Uint8Array
  readonly groupKey: GroupKey
  readonly seqNo: number
  readonly nonce: Uint8Array
  readonly plaintext: Uint8Array
  readonly installationId: string
}): Uint8Array {
  const { groupId, groupKey, seqNo, installationId } = input
  return encodeRatchet({
    installationId,
    groupId,
    keyId: ratchetKeyId(groupId, groupKey),
    deprecatedKeyId: deprecatedKeyId(groupKey.timestamp),
    seqNo,
    payload: sealGcm(input.plaintext, chainKey(groupKey.key, seqNo), input.nonce),
  })
}

/**
 * @param findKey the group key (32 bytes) with this id, or null.
 * @throws {WireError} UNKNOWN_KEY (park the message until the key comes), DECRYPT, TOO_LARGE
 */
export function openRatchet(
  message: RatchetMessage,
  findKey: (keyId: Uint8Array, groupId: Uint8Array) => Uint8Array | null,
): Uint8Array {
  if (message.seqNo === 0) return message.payload
  const key = findKey(message.keyId, message.groupId)
  if (!key) throw new WireError('UNKNOWN_KEY', 'the group key of this message is not known here')
  return openGcm(message.payload, chainKey(key, message.seqNo))
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
export function sealPrivateData(input: {
  readonly groupId: Uint8Array
  readonly groupKey: GroupKey
  readonly seqNo: number
  readonly nonce: Uint8Array
  /** An encoded CommunityDescription. */
  readonly description: Uint8Array
}): readonly [string, Uint8Array] {
  const { groupId, groupKey, seqNo } = input
  const name = `${bytesToHex(ratchetKeyId(groupId, groupKey))}${seqNo}`
  return [name, sealGcm(input.description, chainKey(groupKey.key, seqNo), input.nonce)]
}

/** @throws {WireError} BAD_ID, UNKNOWN_KEY (keep the description and try again when the key comes), DECRYPT, TOO_LARGE */
export function openPrivateData(
  name: string,
  value: Uint8Array,
  findKey: (keyId: Uint8Array) => Uint8Array | null,
): Uint8Array {
  const match = PRIVATE_DATA_NAME.exec(name)
  if (!match?.[1]) throw new WireError('BAD_ID', 'the private part of the description names no key')
  const key = findKey(hexToBytes(match[1]))
  if (!key) throw new WireError('UNKNOWN_KEY', 'the group key of this part of the description is not known here')
  return openGcm(value, chainKey(key, Number(match[2])))
}
