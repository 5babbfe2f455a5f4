/** Messages to be sent, kept until they are. Has the shape of waku/network.ts's `OutboxPort`. RULES.md R2.4. */
import type { ContentTopic, Millis, Nanos, PubsubTopic } from '../../shared/domain.ts'
import { Repository } from './repository.ts'

/** A sealed message to be sent; the `OutboxEntry` of waku/network.ts, which this room does not know. */
export interface QueuedMessage {
  /** Makes adding it twice harmless. */
  readonly id: string
  readonly sealed: {
    readonly pubsubTopic: PubsubTopic
    readonly contentTopic: ContentTopic
    readonly payload: Uint8Array
    readonly timestamp: Nanos
    readonly ephemeral: boolean
  }
  readonly createdAt: Millis
}

export interface DueMessage extends QueuedMessage {
  readonly attempts: number
  readonly nextAt: Millis
}

interface Row {
  readonly id: string
  readonly pubsub_topic: PubsubTopic
  readonly content_topic: ContentTopic
  readonly payload: Uint8Array
  readonly timestamp: Nanos
  readonly ephemeral: bigint
  readonly created_at: bigint
  readonly attempts: bigint
  readonly next_at: bigint
}

/** One row for the people who look at what is stuck. */
export interface OutboxState {
  readonly id: string
  readonly createdAt: Millis
  readonly attempts: number
  readonly nextAt: Millis
  readonly lastError: string
}

export class OutboxRepository extends Repository {
  static override readonly reads = ['pending', 'waiting'] as const

  /** Adding an id that is waiting, or that was sent, does nothing. */
  add(entry: QueuedMessage): void {
    const { id, sealed, createdAt } = entry
    this.sql(
      `INSERT INTO outbox (id, pubsub_topic, content_topic, payload, timestamp, ephemeral, created_at, next_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ).run(
      id,
      sealed.pubsubTopic,
      sealed.contentTopic,
      sealed.payload,
      sealed.timestamp,
      Number(sealed.ephemeral),
      createdAt,
      createdAt,
    )
  }

  /** Unsent entries whose time has come, longest due first. */
  due(now: Millis, limit: number): DueMessage[] {
    const rows = this.sql<Row>(
      `SELECT id, pubsub_topic, content_topic, payload, timestamp, ephemeral, created_at, attempts, next_at
       FROM outbox WHERE sent_at IS NULL AND next_at <= ? ORDER BY next_at, key LIMIT ?`,
    )
      .safeIntegers() // nanoseconds are beyond 2^53
      .all(now, limit)
    return rows.map((row) => ({
      id: row.id,
      sealed: {
        pubsubTopic: row.pubsub_topic,
        contentTopic: row.content_topic,
        payload: row.payload,
        timestamp: row.timestamp,
        ephemeral: row.ephemeral === 1n,
      },
      createdAt: Number(row.created_at) as Millis,
      attempts: Number(row.attempts),
      nextAt: Number(row.next_at) as Millis,
    }))
  }

  /** Notes a failed attempt; `renewed` replaces the envelope's timestamp, and nothing else may change (R2.4). */
  retry(id: string, nextAt: Millis, renewed: Nanos | null, error: string): void {
    this.sql(
      `UPDATE outbox SET attempts = attempts + 1, next_at = ?, timestamp = coalesce(?, timestamp), last_error = ?
       WHERE id = ? AND sent_at IS NULL`,
    ).run(nextAt, renewed, error, id)
  }

  /** The row stays as a memory of the id; its payload goes. */
  sent(id: string, at: Millis): void {
    this.sql("UPDATE outbox SET sent_at = ?, payload = x'' WHERE id = ? AND sent_at IS NULL").run(at, id)
  }

  /** How many wait to be sent. */
  pending(): number {
    return this.sql<{ n: number }>('SELECT count(*) AS n FROM outbox WHERE sent_at IS NULL').get()?.n ?? 0
  }

  /** What waits, oldest first, without the payloads. */
  waiting(limit: number): OutboxState[] {
    return this.sql<OutboxState>(
      `SELECT id, created_at AS createdAt, attempts, next_at AS nextAt, last_error AS lastError
       FROM outbox WHERE sent_at IS NULL ORDER BY key LIMIT ?`,
    ).all(limit)
  }
}
