/**
 * Group keys of encrypted communities, as sealed by the profile. A number is given out once, whatever crashes: it is
 * used up as soon as it leaves the database. PROTOCOL.md §3.8.
 */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import { Repository } from './repository.ts'

export interface StoredGroupKey {
  readonly communityId: CommunityId
  /** 32 bytes. */
  readonly keyId: Uint8Array
  readonly groupId: Uint8Array
  readonly timestamp: Millis
  readonly sealedKey: Uint8Array
}

/** `used`: numbers that were given out before it came here; 0 for a key that others made. */
export type NewGroupKey = StoredGroupKey & { readonly used: number }

/** Keys of one community that are kept: what makes more of them is no rekeying. */
const MOST = 10_000

export class GroupKeysRepository extends Repository {
  static override readonly reads = ['list'] as const

  /** Oldest first. */
  list(communityId: CommunityId): StoredGroupKey[] {
    return this.sql<StoredGroupKey>(
      `SELECT community_id AS communityId, key_id AS keyId, group_id AS groupId, timestamp, sealed_key AS sealedKey
       FROM group_keys WHERE community_id = ? ORDER BY timestamp, key_id`,
    )
      .all(communityId)
      .map(({ keyId, groupId, sealedKey, ...row }) => ({
        ...row,
        keyId: new Uint8Array(keyId),
        groupId: new Uint8Array(groupId),
        sealedKey: new Uint8Array(sealedKey),
      }))
  }

  /** Number of keys that were not known. */
  add(keys: readonly NewGroupKey[]): number {
    return this.transact(() => {
      const count = this.sql<{ n: number }>('SELECT count(*) AS n FROM group_keys WHERE community_id = ?')
      const insert = this.sql(
        `INSERT INTO group_keys (community_id, key_id, group_id, timestamp, sealed_key, next_seq)
         VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
      )
      let added = 0
      for (const { communityId, keyId, groupId, timestamp, sealedKey, used } of keys) {
        if ((count.get(communityId)?.n ?? 0) >= MOST) break
        added += insert.run(communityId, keyId, groupId, timestamp, sealedKey, used + 1).changes
      }
      return added
    })
  }

  /** The first of `count` numbers that nobody has used or will use. Null for a key that is not here. */
  reserve(communityId: CommunityId, keyId: Uint8Array, count: number): number | null {
    const row = this.sql<{ next: number }>(
      'UPDATE group_keys SET next_seq = next_seq + ? WHERE community_id = ? AND key_id = ? RETURNING next_seq AS next',
    ).get(count, communityId, keyId)
    return row === undefined ? null : row.next - count
  }
}
