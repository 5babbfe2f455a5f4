/**
 * Pieces of messages too large for one envelope, until there are enough to join them. Bounded and expiring: anyone can
 * send pieces of messages that never become whole. PROTOCOL.md §3.7.
 */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import { Repository } from './repository.ts'

export interface StoredSegment {
  readonly communityId: CommunityId
  /** The transport signer's key, empty if unsigned: pieces of different senders never meet. */
  readonly signer: Uint8Array
  /** 32 bytes: keccak of the whole message, as the segment says. */
  readonly whole: Uint8Array
  readonly parity: boolean
  /** Its place among the data segments, or among the parity segments. */
  readonly index: number
  /** Number of data segments; 0 in a parity segment, which does not say. */
  readonly dataCount: number
  readonly parityCount: number
  readonly payload: Uint8Array
}

/** Bytes of payload, and number of segments, that are kept at most; the oldest message's go first. */
export const segmentLimits = { bytes: 64 * 1024 * 1024, segments: 4096 } as const

type SetKey = Pick<StoredSegment, 'communityId' | 'signer' | 'whole'>
type Row = Omit<StoredSegment, 'communityId' | 'signer' | 'whole' | 'parity'> & { readonly parity: number }

export class SegmentsRepository extends Repository {
  /**
   * Adds a segment. Returns all of its message's as soon as there are as many as it has data segments, and nothing
   * before that, or once the message was joined.
   */
  add(segment: StoredSegment, receivedAt: Millis): StoredSegment[] {
    return this.transact(() => {
      if (this.#isJoined(segment)) return []
      this.sql(
        `INSERT INTO segments (community, signer, whole, parity, position, data_count, parity_count, payload, received_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      ).run(
        segment.communityId,
        segment.signer,
        segment.whole,
        Number(segment.parity),
        segment.index,
        segment.dataCount,
        segment.parityCount,
        segment.payload,
        receivedAt,
      )
      this.#evict()
      return this.#enough(segment) ? this.#all(segment) : []
    })
  }

  /** The message was joined: its segments go, and further ones of it are ignored until `expire`. */
  joined({ communityId, signer, whole }: SetKey, at: Millis): void {
    this.transact(() => {
      this.drop({ communityId, signer, whole })
      const text =
        'INSERT INTO joined_segments (community, signer, whole, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'
      this.sql(text).run(communityId, signer, whole, at)
    })
  }

  /** The segments do not make what they claim: forgets them. */
  drop({ communityId, signer, whole }: SetKey): void {
    const text = 'DELETE FROM segments WHERE community = ? AND signer = ? AND whole = ?'
    this.sql(text).run(communityId, signer, whole)
  }

  /** Forgets what was received or joined before `before`; returns the number of segments. */
  expire(before: Millis): number {
    return this.transact(() => {
      this.sql('DELETE FROM joined_segments WHERE at < ?').run(before)
      return this.sql('DELETE FROM segments WHERE received_at < ?').run(before).changes
    })
  }

  #isJoined({ communityId, signer, whole }: SetKey): boolean {
    const text = 'SELECT 1 FROM joined_segments WHERE community = ? AND signer = ? AND whole = ?'
    return this.sql(text).get(communityId, signer, whole) !== undefined
  }

  #enough({ communityId, signer, whole }: SetKey): boolean {
    const row = this.sql<{ held: number; needed: number }>(
      'SELECT count(*) AS held, max(data_count) AS needed FROM segments WHERE community = ? AND signer = ? AND whole = ?',
    ).get(communityId, signer, whole)
    return row !== undefined && row.needed > 0 && row.held >= row.needed
  }

  #all({ communityId, signer, whole }: SetKey): StoredSegment[] {
    const rows = this.sql<Row>(
      `SELECT parity, position AS "index", data_count AS dataCount, parity_count AS parityCount, payload
       FROM segments WHERE community = ? AND signer = ? AND whole = ? ORDER BY parity, position`,
    ).all(communityId, signer, whole)
    return rows.map((row) => ({ ...row, parity: row.parity === 1, communityId, signer, whole }))
  }

  #evict(): void {
    for (;;) {
      const row = this.sql<{ n: number; bytes: number | null }>(
        'SELECT count(*) AS n, sum(length(payload)) AS bytes FROM segments',
      ).get()
      if (row === undefined || (row.n <= segmentLimits.segments && (row.bytes ?? 0) <= segmentLimits.bytes)) return
      this.sql(
        `DELETE FROM segments WHERE (community, signer, whole) IN
           (SELECT community, signer, whole FROM segments ORDER BY received_at, key LIMIT 1)`,
      ).run()
    }
  }
}
