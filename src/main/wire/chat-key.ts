/**
 * A public key as people pass it on: multibase base58btc (`z`) of the multicodec for secp256k1 keys and the 33 compressed
 * bytes. Always `zQ3sh…`, 49 characters. Links to communities carry it behind their `#`.
 */
import type { CommunityId } from '../../shared/domain.ts'
import { isCommunityId } from '../../shared/ids.ts'
import { base58Decode, base58Encode } from './base58.ts'
import { concatBytes, hexToBytes, toHex0x } from './bytes.ts'
import { WireError } from './errors.ts'

/** Unsigned varint of 0xe7. */
const SECP256K1_PUB = Uint8Array.of(0xe7, 0x01)
const BASE58BTC = 'z'

export function encodeChatKey(communityId: CommunityId): string {
  return BASE58BTC + base58Encode(concatBytes(SECP256K1_PUB, hexToBytes(communityId)))
}

/** @throws {WireError} BAD_ID */
export function decodeChatKey(text: string): CommunityId {
  try {
    const bytes = text.startsWith(BASE58BTC) ? base58Decode(text.slice(1)) : new Uint8Array(0)
    const id = toHex0x(bytes.subarray(2))
    if (bytes[0] === SECP256K1_PUB[0] && bytes[1] === SECP256K1_PUB[1] && isCommunityId(id)) return id
  } catch (error) {
    if (!(error instanceof WireError)) throw error
  }
  throw new WireError('BAD_ID', 'this is no public key in the form zQ3sh…')
}
