/**
 * Encryption and transport signature of one Waku payload: 26/WAKU2-PAYLOAD, version 1. PROTOCOL.md §3.3.
 *
 * Frame: flags (1) ‖ size (0 to 3, little-endian) ‖ data ‖ padding ‖ [signature 65]. `flags & 3` = bytes of size,
 * `flags & 4` = signed. The signature covers keccak of everything before it.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { concatBytes, plain } from './bytes.ts'
import { eciesOpen, eciesSeal } from './ecies.ts'
import { WireError } from './errors.ts'
import { keccak256, recover, SIGNATURE_LENGTH, sign } from './keys.ts'

const SIZE_MASK = 3
const SIGNED = 4
const ALIGNMENT = 256
const MAX_DATA = 0xffffff
const KEY_LENGTH = 32
const NONCE_LENGTH = 12
const TAG_LENGTH = 16

export interface OpenedPayload {
  readonly data: Uint8Array
  readonly padding: Uint8Array
  /** 65 bytes: the transport signer's public key; empty if unsigned. Never an author (RULES.md R4.2). */
  readonly sig: Uint8Array
}

/** Decrypted, with nobody's signature looked at: recovering a key is most of the work of opening a payload. */
export interface UncheckedPayload extends Omit<OpenedPayload, 'sig'> {
  /** As `OpenedPayload.sig`. @throws {WireError} SIGNATURE_INVALID */
  signer(): Uint8Array
}

interface FrameInput {
  readonly data: Uint8Array
  /** The device owner's private key, 32 bytes; absent: unsigned. */
  readonly signer?: Uint8Array | undefined
  /** Random bytes; `length` fills the frame up to the next multiple of 256. What it returns is used as it is. */
  readonly padding: (length: number) => Uint8Array
}

/** AES-256-GCM(key, nonce, frame) ‖ tag 16 ‖ nonce 12. @throws {WireError} TOO_LARGE, BAD_KEY, BAD_VALUE */
export function sealSymmetric(
  input: FrameInput & { readonly key: Uint8Array; readonly nonce: Uint8Array },
): Uint8Array {
  return sealGcm(frame(input), input.key, input.nonce)
}

/**
 * @throws {WireError} DECRYPT if the key does not open it, FRAME if what it opens is cut off, SIGNATURE_INVALID
 */
export function openSymmetric(payload: Uint8Array, key: Uint8Array): OpenedPayload {
  return checked(decryptSymmetric(payload, key))
}

/** The same for whoever can tell without the signature that it does not matter. @throws {WireError} DECRYPT, FRAME */
export function decryptSymmetric(payload: Uint8Array, key: Uint8Array): UncheckedPayload {
  return openFrame(openGcm(payload, topicKey(key)))
}

/**
 * Made ready once: by itself that takes four times as long as decrypting a message. These keys follow from names that
 * everybody knows, so nothing is given away by a copy that cannot be zeroed.
 */
const topicKeys = new WeakMap<Uint8Array, KeyObject>()

function topicKey(key: Uint8Array): KeyObject {
  const known = topicKeys.get(key)
  if (known !== undefined) return known
  if (key.length !== KEY_LENGTH) throw badKey(key.length)
  const made = createSecretKey(key)
  topicKeys.set(key, made)
  return made
}

/** ECIES to a public key, geth's defaults. `ephemeral`: a fresh private key; `iv`: 16 random bytes. */
export function sealAsymmetric(
  input: FrameInput & { readonly recipient: Uint8Array; readonly ephemeral: Uint8Array; readonly iv: Uint8Array },
): Uint8Array {
  return eciesSeal(frame(input), input.recipient, input.ephemeral, input.iv)
}

/** @throws {WireError} DECRYPT, FRAME, SIGNATURE_INVALID */
export function openAsymmetric(payload: Uint8Array, privateKey: Uint8Array): OpenedPayload {
  return checked(decryptAsymmetric(payload, privateKey))
}

/** As `decryptSymmetric`. @throws {WireError} DECRYPT, FRAME */
export function decryptAsymmetric(payload: Uint8Array, privateKey: Uint8Array): UncheckedPayload {
  return openFrame(eciesOpen(payload, privateKey))
}

function checked({ data, padding, signer }: UncheckedPayload): OpenedPayload {
  return { data, padding, sig: signer() }
}

/** Ciphertext ‖ tag 16 ‖ nonce 12, no associated data: this layer's and the hash ratchet's form. */
export function sealGcm(plaintext: Uint8Array, key: Uint8Array, nonce: Uint8Array): Uint8Array {
  if (key.length !== KEY_LENGTH) throw badKey(key.length)
  if (nonce.length !== NONCE_LENGTH) throw new WireError('BAD_VALUE', `a nonce has 12 bytes, not ${nonce.length}`)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  return concatBytes(cipher.update(plaintext), cipher.final(), cipher.getAuthTag(), nonce)
}

/** @throws {WireError} DECRYPT */
export function openGcm(sealed: Uint8Array, key: Uint8Array | KeyObject): Uint8Array {
  const tagAt = sealed.length - NONCE_LENGTH - TAG_LENGTH
  if (key instanceof Uint8Array && key.length !== KEY_LENGTH) throw badKey(key.length)
  if (tagAt < 0) throw new WireError('DECRYPT', `${sealed.length} bytes are too few to be encrypted`)
  const nonceAt = tagAt + TAG_LENGTH
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(nonceAt), { authTagLength: TAG_LENGTH })
  decipher.setAuthTag(sealed.subarray(tagAt, nonceAt))
  try {
    return concatBytes(decipher.update(sealed.subarray(0, tagAt)), decipher.final())
  } catch (cause) {
    throw new WireError('DECRYPT', 'the key does not open this payload', { cause })
  }
}

function frame({ data, signer, padding }: FrameInput): Uint8Array {
  if (data.length > MAX_DATA) throw new WireError('TOO_LARGE', `${data.length} bytes do not fit into one payload`)
  const sizeBytes = data.length < 0x100 ? 1 : data.length < 0x10000 ? 2 : 3
  const head = new Uint8Array(1 + sizeBytes)
  head[0] = sizeBytes | (signer ? SIGNED : 0)
  for (let i = 0; i < sizeBytes; i++) head[1 + i] = (data.length >> (8 * i)) & 0xff
  const raw = head.length + data.length + (signer ? SIGNATURE_LENGTH : 0)
  const unsigned = concatBytes(head, data, padding(ALIGNMENT - (raw % ALIGNMENT)))
  return signer ? concatBytes(unsigned, sign(keccak256(unsigned), signer)) : unsigned
}

function badKey(length: number): WireError {
  return new WireError('BAD_KEY', `a symmetric key has ${KEY_LENGTH} bytes, not ${length}`)
}

function openFrame(bytes: Uint8Array): UncheckedPayload {
  const flags = bytes[0]
  if (flags === undefined) throw new WireError('FRAME', 'the payload is empty')
  const sizeBytes = flags & SIZE_MASK
  const end = bytes.length - (flags & SIGNED ? SIGNATURE_LENGTH : 0)
  const start = 1 + sizeBytes
  if (end < start) throw new WireError('FRAME', 'the payload is shorter than its own head and signature')
  let size = 0
  for (let i = 0; i < sizeBytes; i++) size |= (bytes[1 + i] ?? 0) << (8 * i)
  if (size > end - start) throw new WireError('FRAME', 'the payload is shorter than it says')
  return {
    data: plain(bytes.subarray(start, start + size)),
    padding: plain(bytes.subarray(start + size, end)),
    signer: () =>
      flags & SIGNED ? recover(keccak256(bytes.subarray(0, end)), bytes.subarray(end)) : new Uint8Array(0),
  }
}
