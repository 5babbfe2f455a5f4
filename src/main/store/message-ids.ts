/**
 * Which message has an id. Two tables: a small one that every new message is written to, and the large one, to which it
 * is emptied when it has grown. One in the order of random ids would have another page written for every message.
 */
import type { Db } from './database.ts'
import { Repository } from './repository.ts'

/** Ids collected before they are moved, at least; and as a part of all messages, so that moving does not cost more as they grow. */
const FEWEST = 32_768
const SHARE = 1 / 16

/** SQL for the keys of all messages whose ids end as the one in this expression, which stands in it twice. */
export const keysWithEndOf = (id: string): string => `SELECT key FROM message_ids_new WHERE tail = substr(${id}, -8)
  UNION ALL SELECT key FROM message_ids WHERE tail = substr(${id}, -8)`

/** Not offered by the store; repositories hold one. */
export class MessageIds extends Repository {
  /** Collected, as far as this thread knows: a rolled back transaction leaves it too high, which only moves them sooner. */
  #collected: number | null = null
  readonly #fewest: number

  constructor(db: Db, fewest = FEWEST) {
    super(db)
    this.#fewest = fewest
  }

  /** The key of the message with this id in a community; null if there is none. Safe in a read. */
  key(community: number | null, id: Uint8Array | string): number | null {
    const row = this.sql<{ key: number }>(
      `SELECT key FROM messages
       WHERE key IN (${keysWithEndOf('?')}) AND community = ? AND id = ?`,
    ).get(id, id, community, id)
    return row?.key ?? null
  }

  /** After new messages were written, in their transaction. */
  added(count: number): void {
    if (count === 0) return
    const collected = this.#collected ?? this.#count('SELECT count(*) AS n FROM message_ids_new')
    this.#collected = collected + count
    if (this.#collected < this.#fewest) return
    if (this.#collected < SHARE * this.#count('SELECT coalesce(sum(messages), 0) AS n FROM message_counts')) return
    this.sql('INSERT OR IGNORE INTO message_ids (tail, key) SELECT tail, key FROM message_ids_new ORDER BY 1, 2').run()
    this.sql('DELETE FROM message_ids_new').run()
    this.#collected = 0
  }

  #count(text: string): number {
    return this.sql<{ n: number }>(text).get()?.n ?? 0
  }
}
