/**
 * Archives and indexes as they are published: in the clear, or under a group key of their community, so that engines and
 * strangers carry what they cannot read. What a blob is, is read from its first layer and never guessed from a failure
 * to decode it. PROTOCOL.md §4.4, §4.9; RULES.md R6.1.
 */
import type { CommunityId } from '../../shared/domain.ts'
import { type GroupKey, messageKeys } from '../messages/index.ts'
import { isEncryptedBlob, openProtocol, openRatchet, type RatchetStep, sealStep, WireError } from '../wire/index.ts'

/** What this room asks of the holder of group keys. */
export interface KeysPort {
  /** Where the next blob is sealed; used up by being asked for. Null: the community is not encrypted. */
  nextStep(communityId: CommunityId): Promise<RatchetStep | null>
  /** Oldest first. */
  held(communityId: CommunityId): readonly GroupKey[]
  /** Something waits for a key that is not here. */
  missing(communityId: CommunityId): void
  /** Cryptographically random bytes. */
  random(length: number): Uint8Array
}

/** Of a node without encrypted communities. */
export const noKeys: KeysPort = {
  nextStep: async () => null,
  held: () => [],
  missing: () => {},
  random: () => new Uint8Array(0),
}

/** One blob of a community; the same bytes where the community is not encrypted. */
export async function sealBlob(plaintext: Uint8Array, communityId: CommunityId, keys: KeysPort): Promise<Uint8Array> {
  const step = await keys.nextStep(communityId)
  return step === null ? plaintext : sealStep(step, { plaintext, nonce: keys.random(12), installationId: '' })
}

/**
 * What is inside; the same bytes if it is not encrypted.
 * @throws {WireError} ENCRYPTED: it waits for a key; DECRYPT, TOO_LARGE, PROTOBUF: it is none that a key could open
 */
export function openBlob(bytes: Uint8Array, keys: readonly GroupKey[]): Uint8Array {
  if (!isEncryptedBlob(bytes)) return bytes
  const layer = openProtocol(bytes)
  if (layer.kind !== 'ratchet') throw new WireError('PROTOBUF', 'it is encrypted, but not for a group')
  try {
    return openRatchet(layer, messageKeys(keys))
  } catch (error) {
    if (!(error instanceof WireError) || error.code !== 'UNKNOWN_KEY') throw error
    throw new WireError('ENCRYPTED', 'its group key is not here yet', { cause: error })
  }
}
