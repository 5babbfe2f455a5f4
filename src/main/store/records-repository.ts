/** Raw Waku records and the one way in for everything that was received or sent: `ingest`. */
import type { ChatId, CommunityId, MessageId, Millis, Seconds } from '../../shared/domain.ts'
import { crashPoint } from '../workers/crash-point.ts'
import type { Db } from './database.ts'
import { type Keys, packId, unpackId } from './keys.ts'
import type { MessageWriter } from './message-writer.ts'
import type { OutboxRepository, QueuedMessage } from './outbox-repository.ts'
import type { InboxItem, InboxResult, RawRecord } from './records.ts'
import { Repository } from './repository.ts'
import type { SyncRepository } from './sync-repository.ts'

/** What becomes durable together with a batch. */
export interface IngestExtras {
  readonly outbox?: readonly QueuedMessage[]
  /** Whether the batch can be found once it is in, unless told otherwise, or when its turn comes in the backlog. */
  readonly searchable?: 'now' | 'later'
  /** How far the network was asked for this community once this batch is in. */
  readonly fetchedUpTo?: { readonly communityId: CommunityId; readonly at: Millis }
}

/** A place in the order (timestamp, topic, hash). */
export interface RecordPosition {
  readonly timestamp: Seconds
  readonly topic: Uint8Array
  readonly hash: Uint8Array
}

export interface RecordScan {
  readonly communityId: CommunityId
  /** Inclusive. */
  readonly from: Seconds
  /** Exclusive. */
  readonly to: Seconds
  /** Records of this partition, or those that no archive has claimed. */
  readonly partition: number | null
  /** The last record of the page before. */
  readonly after?: RecordPosition
  readonly limit: number
}

interface Row {
  readonly message_id: Uint8Array | string | null
  readonly hash: Uint8Array
  readonly sig: Uint8Array
  readonly timestamp: Seconds
  readonly topic: Uint8Array
  readonly payload: Uint8Array
  readonly padding: Uint8Array
  readonly third_party_id: string
  readonly archivable: number
}

interface Peers {
  readonly keys: Keys
  readonly messages: MessageWriter
  readonly outbox: OutboxRepository
  readonly sync: SyncRepository
}

export class RecordsRepository extends Repository {
  static override readonly reads = ['earliestWaiting', 'latest', 'count', 'scan'] as const

  readonly #peers: Peers

  constructor(db: Db, peers: Peers) {
    super(db)
    this.#peers = peers
  }

  /**
   * Writes a batch in one transaction: raw records, the effects of their messages, and what else must not be lost
   * without them. The order of items, of batches and of repetitions makes no difference to what is stored.
   * Crash points: `store.ingest:before` (all written, not committed) and `store.ingest:after`.
   * @throws StoreError `refused` for numbers that are not safe integers; nothing of the batch is stored then
   */
  ingest(items: Iterable<InboxItem>, extras: IngestExtras = {}): InboxResult {
    const result = this.transact(() => {
      const fresh: MessageId[] = []
      const chatIds = new Set<ChatId>()
      let duplicates = 0
      this.#peers.messages.begin()
      for (const { record, effect, source } of items) {
        const recorded = record !== null && this.#record(record)
        if (effect === null) duplicates += record !== null && !recorded ? 1 : 0
        else if (this.#peers.messages.apply(effect, source)) {
          fresh.push(effect.id)
          chatIds.add(effect.chatId)
        } else duplicates += 1
      }
      this.#peers.messages.finish(extras.searchable ?? 'now')
      for (const entry of extras.outbox ?? []) this.#peers.outbox.add(entry)
      if (extras.fetchedUpTo !== undefined)
        this.#peers.sync.advance(extras.fetchedUpTo.communityId, extras.fetchedUpTo.at)
      crashPoint('store.ingest:before')
      return { fresh, chatIds: [...chatIds], duplicates }
    })
    crashPoint('store.ingest:after')
    return result
  }

  /** The time of the earliest archivable record, at or after `from`, that no archive has claimed; null if none. */
  earliestWaiting(communityId: CommunityId, from: Seconds = 0 as Seconds): Seconds | null {
    const row = this.sql<{ timestamp: Seconds | null }>(
      `SELECT min(timestamp) AS timestamp FROM raw_records INDEXED BY raw_records_waiting
       WHERE community = ? AND timestamp >= ? AND partition_id IS NULL AND archivable = 1`,
    ).get(this.#community(communityId), from)
    return row?.timestamp ?? null
  }

  /** The time of the newest record; null if there is none. */
  latest(communityId: CommunityId): Seconds | null {
    const row = this.sql<{ timestamp: Seconds | null }>(
      'SELECT max(timestamp) AS timestamp FROM raw_records WHERE community = ?',
    ).get(this.#community(communityId))
    return row?.timestamp ?? null
  }

  count(communityId: CommunityId): { records: number; waiting: number } {
    const row = this.sql<{ records: number; waiting: number }>(
      `SELECT count(*) AS records, count(*) FILTER (WHERE partition_id IS NULL) AS waiting
       FROM raw_records WHERE community = ?`,
    ).get(this.#community(communityId))
    return row ?? { records: 0, waiting: 0 }
  }

  /** One page of records ordered by (timestamp, topic, hash). PROTOCOL.md §4.4. */
  scan({ communityId, from, to, partition, after, limit }: RecordScan): RawRecord[] {
    const start = after ?? { timestamp: from, topic: new Uint8Array(), hash: new Uint8Array() }
    const rows = this.sql<Row>(
      `SELECT message_id, hash, sig, timestamp, topic, payload, padding, third_party_id, archivable
       FROM raw_records INDEXED BY raw_records_in_order
       WHERE community = ? AND partition_id IS ? AND (timestamp, topic, hash) > (?, ?, ?) AND timestamp < ?
       ORDER BY timestamp, topic, hash LIMIT ?`,
    ).all(this.#community(communityId), partition, start.timestamp, start.topic, start.hash, to, limit)
    return rows.map((row) => ({
      communityId,
      hash: row.hash,
      sig: row.sig,
      timestamp: row.timestamp,
      topic: row.topic,
      payload: row.payload,
      padding: row.padding,
      thirdPartyId: row.third_party_id,
      messageId: row.message_id === null ? null : unpackId(row.message_id),
      archivable: row.archivable === 1,
    }))
  }

  /** True if the record was not known. R2.4: the earliest of a message's records stays; a claimed one is not touched. */
  #record(record: RawRecord): boolean {
    const community = this.#peers.keys.community(record.communityId)
    const id = record.messageId === null ? null : packId(record.messageId)
    if (id !== null) this.#adopt(community, id, record.hash)
    const added = this.sql(
      `INSERT INTO raw_records (community, message_id, hash, sig, timestamp, topic, payload, padding, third_party_id, archivable)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ).run(
      community,
      id,
      record.hash,
      record.sig,
      record.timestamp,
      record.topic,
      record.payload,
      record.padding,
      record.thirdPartyId,
      Number(record.archivable),
    )
    if (added.changes === 1) return true
    if (id === null) return false
    this.sql(
      `UPDATE raw_records SET hash = ?, sig = ?, timestamp = ?, topic = ?, payload = ?, padding = ?, third_party_id = ?
       WHERE community = ? AND message_id = ? AND partition_id IS NULL AND (timestamp, hash) > (?, ?)`,
    ).run(
      record.hash,
      record.sig,
      record.timestamp,
      record.topic,
      record.payload,
      record.padding,
      record.thirdPartyId,
      community,
      id,
      record.timestamp,
      record.hash,
    )
    return false
  }

  /** A record that could not be opened before, and now can (its key came): it gets its message id instead of a twin. */
  #adopt(community: number, id: Uint8Array | string, hash: Uint8Array): void {
    this.sql(
      `UPDATE raw_records SET message_id = ? WHERE community = ? AND hash = ? AND message_id IS NULL
         AND NOT EXISTS (SELECT 1 FROM raw_records WHERE community = ? AND message_id = ?)`,
    ).run(id, community, hash, community, id)
  }

  #community(id: CommunityId): number | null {
    return this.#peers.keys.find('community_keys', id)
  }
}
