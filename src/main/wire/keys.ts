/**
 * secp256k1 keys and signatures with Ethereum's conventions. PROTOCOL.md §2. Private keys are 32 bytes, public keys 65
 * bytes (0x04, X, Y) unless a name says otherwise.
 */
import { createKeccak } from 'hash-wasm'
import secp256k1 from 'secp256k1'
import type { CommunityId, ContactId } from '../../shared/domain.ts'
import { base58Encode } from './base58.ts'
import { concatBytes, toHex0x } from './bytes.ts'
import { WireError } from './errors.ts'

export const SIGNATURE_LENGTH = 65

/** Half the order of the curve: above it, `s` has a smaller twin that signs the same. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

/** One for the thread, begun anew by each digest: WebAssembly, and many times as fast as the same in JavaScript. */
const keccak = await createKeccak(256)

/** Keccak-256, Ethereum's, which is not SHA3-256. 32 bytes. */
export function keccak256(...parts: readonly Uint8Array[]): Uint8Array {
  keccak.init()
  for (const part of parts) keccak.update(part)
  return keccak.digest('binary')
}

/** Whether 32 bytes are a private key: neither zero nor beyond the order of the curve. */
export function isPrivateKey(bytes: Uint8Array): boolean {
  return bytes.length === 32 && secp256k1.privateKeyVerify(bytes)
}

/** @throws {WireError} BAD_KEY */
export function publicKey(privateKey: Uint8Array): Uint8Array {
  if (!isPrivateKey(privateKey)) throw new WireError('BAD_KEY', 'these are not the bytes of a private key')
  return secp256k1.publicKeyCreate(privateKey, false, new Uint8Array(65))
}

/** 65 or 33 bytes to 33. @throws {WireError} BAD_KEY if they are no point of the curve. */
export function compress(key: Uint8Array): Uint8Array {
  return convert(key, true)
}

/** 33 or 65 bytes to 65. @throws {WireError} BAD_KEY if they are no point of the curve. */
export function decompress(key: Uint8Array): Uint8Array {
  return convert(key, false)
}

/** @returns 65 bytes: r, s (low), v (0 or 1); deterministic (RFC 6979). @throws {WireError} BAD_KEY, BAD_VALUE */
export function sign(digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
  if (!isPrivateKey(privateKey)) throw new WireError('BAD_KEY', 'these are not the bytes of a private key')
  if (digest.length !== 32) throw new WireError('BAD_VALUE', `a digest has 32 bytes, not ${digest.length}`)
  const { signature, recid } = secp256k1.ecdsaSign(digest, privateKey)
  return concatBytes(signature, Uint8Array.of(recid))
}

/**
 * The public key (65 bytes) that made a signature.
 * @throws {WireError} SIGNATURE_INVALID unless it is 65 bytes with a low s and a v of 0 or 1 that a key can be recovered
 * from. The high twin of s would give a second id to the same message.
 */
export function recover(digest: Uint8Array, signature: Uint8Array): Uint8Array {
  const v = signature[64]
  if (signature.length !== SIGNATURE_LENGTH || v === undefined || v > 1) {
    throw new WireError('SIGNATURE_INVALID', 'a signature has 65 bytes, the last of them 0 or 1')
  }
  if (isHigh(signature.subarray(32, 64))) throw new WireError('SIGNATURE_INVALID', 'the signature has a high s')
  try {
    return secp256k1.ecdsaRecover(signature.subarray(0, 64), v, digest, false, new Uint8Array(65))
  } catch (cause) {
    throw new WireError('SIGNATURE_INVALID', 'no key can have made this signature', { cause })
  }
}

/** The X coordinate of the shared point, 32 bytes, big-endian. @throws {WireError} BAD_KEY */
export function ecdhX(privateKey: Uint8Array, key: Uint8Array): Uint8Array {
  if (!isPrivateKey(privateKey)) throw new WireError('BAD_KEY', 'these are not the bytes of a private key')
  // Copied: the binding may reuse the coordinate's memory.
  const hashfn = (x: Uint8Array) => new Uint8Array(x)
  return secp256k1.ecdh(compress(key), privateKey, { hashfn }, new Uint8Array(32))
}

/** `0x` and the hex of the compressed key, 68 characters. */
export function communityIdOf(key: Uint8Array): CommunityId {
  return toHex0x(compress(key)) as CommunityId
}

/** `0x04` and 128 hex digits, 132 characters. */
export function contactIdOf(key: Uint8Array): ContactId {
  return toHex0x(decompress(key)) as ContactId
}

/** The short form people exchange: multibase z, multicodec secp256k1-pub, 33 bytes; `zQ3sh…`. */
export function compressedChatKey(key: Uint8Array): string {
  return `z${base58Encode(concatBytes(Uint8Array.of(0xe7, 0x01), compress(key)))}`
}

function convert(key: Uint8Array, compressed: boolean): Uint8Array {
  try {
    return secp256k1.publicKeyConvert(key, compressed, new Uint8Array(compressed ? 33 : 65))
  } catch (cause) {
    throw new WireError('BAD_KEY', 'these are not the bytes of a public key', { cause })
  }
}

function isHigh(s: Uint8Array): boolean {
  // Nearly every s is decided by its first bit.
  const first = s[0] ?? 0
  if (first !== 0x7f) return first > 0x7f
  return BigInt(toHex0x(s)) > HALF_ORDER
}
