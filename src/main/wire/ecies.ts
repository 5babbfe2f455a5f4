/**
 * Ethereum's ECIES with geth's defaults. Layout: ephemeral public key 65 ‖ iv 16 ‖ AES-128-CTR ciphertext ‖ HMAC 32.
 * Keys: NIST concatenation KDF with SHA-256 over the shared X; the MAC key is hashed once more. PROTOCOL.md §3.3.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { concatBytes } from './bytes.ts'
import { WireError } from './errors.ts'
import { ecdhX, publicKey } from './keys.ts'

const KEY_LENGTH = 65
const IV_LENGTH = 16
const TAG_LENGTH = 32
const OVERHEAD = KEY_LENGTH + IV_LENGTH + TAG_LENGTH

/** @throws {WireError} BAD_KEY, BAD_VALUE */
export function eciesSeal(
  plaintext: Uint8Array,
  recipient: Uint8Array,
  ephemeral: Uint8Array,
  iv: Uint8Array,
): Uint8Array {
  if (iv.length !== IV_LENGTH) throw new WireError('BAD_VALUE', `an iv has 16 bytes, not ${iv.length}`)
  const keys = deriveKeys(ecdhX(ephemeral, recipient))
  const cipher = createCipheriv('aes-128-ctr', keys.encryption, iv)
  const body = concatBytes(iv, cipher.update(plaintext), cipher.final())
  return concatBytes(publicKey(ephemeral), body, authenticate(keys.mac, body))
}

/** @throws {WireError} DECRYPT */
export function eciesOpen(sealed: Uint8Array, privateKey: Uint8Array): Uint8Array {
  if (sealed.length < OVERHEAD || sealed[0] !== 4) throw new WireError('DECRYPT', 'this is not sealed to a public key')
  const body = sealed.subarray(KEY_LENGTH, sealed.length - TAG_LENGTH)
  const tag = sealed.subarray(sealed.length - TAG_LENGTH)
  const keys = deriveKeys(sharedSecret(sealed.subarray(0, KEY_LENGTH), privateKey))
  if (!timingSafeEqual(tag, authenticate(keys.mac, body)))
    throw new WireError('DECRYPT', 'this is sealed to another key')
  const decipher = createDecipheriv('aes-128-ctr', keys.encryption, body.subarray(0, IV_LENGTH))
  return concatBytes(decipher.update(body.subarray(IV_LENGTH)), decipher.final())
}

function sharedSecret(ephemeral: Uint8Array, privateKey: Uint8Array): Uint8Array {
  try {
    return ecdhX(privateKey, ephemeral)
  } catch (cause) {
    throw new WireError('DECRYPT', 'the sender gave no public key', { cause })
  }
}

function deriveKeys(shared: Uint8Array): { readonly encryption: Uint8Array; readonly mac: Uint8Array } {
  const derived = createHash('sha256')
    .update(Uint8Array.of(0, 0, 0, 1))
    .update(shared)
    .digest()
  return { encryption: derived.subarray(0, 16), mac: createHash('sha256').update(derived.subarray(16)).digest() }
}

function authenticate(key: Uint8Array, body: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(body).digest()
}
