/**
 * Group keys at work: how far each one's chain was walked, for as long as the key is held. Keys are compared by their
 * object, so a key that is wiped takes its chain with it. PROTOCOL.md §3.8.
 */
import { equalBytes, type FindMessageKey, RatchetChain } from '../wire/index.ts'

/** A group key of an encrypted community. PROTOCOL.md §3.8. */
export interface GroupKey {
  /** 32 bytes. */
  readonly keyId: Uint8Array
  /** 32 bytes: h₀ of the ratchet; the live buffer, zeroed by `wipeGroupKey`. */
  readonly key: Uint8Array
}

/** Hashes in a row that this thread can afford between two other things: some 6 ms. */
export const WALK = 2000

const chains = new WeakMap<GroupKey, RatchetChain>()

export function chainOf(groupKey: GroupKey): RatchetChain {
  const known = chains.get(groupKey)
  if (known !== undefined) return known
  const chain = new RatchetChain(groupKey.key)
  chains.set(groupKey, chain)
  return chain
}

/** The key itself and everything that was computed from it. */
export function wipeGroupKey(groupKey: GroupKey): void {
  groupKey.key.fill(0)
  chains.get(groupKey)?.wipe()
  chains.delete(groupKey)
}

/** The newest first: it is the one in use. */
export const findGroupKey = (keys: readonly GroupKey[], keyId: Uint8Array): GroupKey | null =>
  keys.findLast((known) => equalBytes(known.keyId, keyId)) ?? null

export function messageKeys(keys: readonly GroupKey[]): FindMessageKey {
  return (keyId, seqNo) => {
    const groupKey = findGroupKey(keys, keyId)
    return groupKey === null ? null : chainOf(groupKey).keyOf(seqNo)
  }
}

/** Walks to a message's key in steps that let other work have its turn. */
export async function walkTo(chain: RatchetChain, seqNo: number): Promise<void> {
  while (!chain.walk(seqNo, WALK)) await new Promise((resolve) => setImmediate(resolve))
}
