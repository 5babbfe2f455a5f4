/** Index bytes and what they say, for the engines, which move them unread. PROTOCOL.md §4.5, RULES.md R2.3. */
import type { CommunityId, EngineKind, Millis } from '../../shared/domain.ts'
import type { ArchiveEntry, IndexCodec } from '../distribution/engine.ts'
import {
  decodeIndex,
  encodeIndex,
  expectHonestIndex,
  indexEntryId,
  MAX_BLOB_BYTES,
  verifyIndex,
} from '../wire/index.ts'
import { type KeysPort, openBlob, sealBlob } from './blobs.ts'
import { MAX_AHEAD } from './link-policy.ts'
import type { RefusedEntry } from './plan.ts'

/**
 * For our own publications: an index that lies anywhere is not continued. With the community and its keys, that of an
 * encrypted community, too.
 */
export function indexCodec(
  kind: EngineKind,
  community?: { readonly id: CommunityId; readonly keys: KeysPort },
): IndexCodec {
  return {
    identify: indexEntryId,
    encode: async (entries) => {
      const plain = encodeIndex(entries)
      return community === undefined ? plain : await sealBlob(plain, community.id, community.keys)
    },
    decode: async (bytes) => {
      const plain = community === undefined ? bytes : openBlob(bytes, community.keys.held(community.id))
      return expectHonestIndex(verifyIndex(decodeIndex(plain, kind)))
    },
  }
}

/** bytes; a codex entry does not say. */
const lengthOf = ({ locator }: ArchiveEntry): number =>
  locator.kind === 'torrent' ? locator.size - locator.padding : 0

export interface CheckedIndex {
  readonly entries: readonly ArchiveEntry[]
  readonly refused: readonly RefusedEntry[]
}

/** A checked index with its refusals counted: for each reason the first one, and how many there are. */
export interface TalliedIndex extends CheckedIndex {
  readonly counts: Readonly<Record<string, number>>
}

export function tally({ entries, refused }: CheckedIndex): TalliedIndex {
  const counts: Record<string, number> = {}
  const firsts: RefusedEntry[] = []
  for (const one of refused) {
    const count = counts[one.reason] ?? 0
    if (count === 0) firsts.push(one)
    counts[one.reason] = count + 1
  }
  return { entries, refused: firsts, counts }
}

/** A sentence for each reason: an index with ten thousand lies is no reason for ten thousand lines. */
export function refusalsOf({ refused, counts }: Pick<TalliedIndex, 'refused' | 'counts'>, what: string): string[] {
  return refused.map(({ reason, detail }) => {
    const count = counts[reason] ?? 1
    return `${reason}: ${count === 1 ? 'an entry' : `${count} entries`} of the index ${count === 1 ? 'is' : 'are'} ${what}: ${detail}`
  })
}

/**
 * For somebody else's index: entries that lie are named and left out, one by one. A range that ends more than a day
 * after `now` is a lie, too.
 * @throws {WireError} PROTOBUF, TOO_LARGE, ENCRYPTED: then nothing of it is to be taken
 */
export function checkIndex(bytes: Uint8Array, kind: EngineKind, now: Millis): CheckedIndex {
  const entries: ArchiveEntry[] = []
  const refused: RefusedEntry[] = []
  for (const { key, entry, reason, message } of verifyIndex(decodeIndex(bytes, kind))) {
    if (entry === null) refused.push({ key, reason: reason ?? 'UNDECODABLE', detail: message })
    else if (lengthOf(entry) > MAX_BLOB_BYTES) {
      refused.push({ key, reason: 'TOO_LARGE', detail: 'it is longer than any archive' })
    } else if (entry.to * 1000 > now + MAX_AHEAD) {
      refused.push({ key, reason: 'BAD_TIME_RANGE', detail: 'its time range ends in the future' })
    } else entries.push(entry)
  }
  return { entries, refused }
}
