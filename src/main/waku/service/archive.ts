/**
 * The service node's memory: stored messages in a SQLite file of their own, answered in the order of 13/WAKU2-STORE
 * (timestamp, then hash). What is kept is counted from receipt, never from a message's own timestamp: history that is
 * posted today with its original times stays as long as any other message.
 */
import Database from 'better-sqlite3'
import type { Millis } from '../../../shared/domain.ts'
import { DamagedDatabase, openOrSetAside } from '../../set-aside.ts'
import { asWakuError } from '../errors.ts'
import { bytesOf, type WireMessage } from '../message.ts'

export interface StoredMessage {
  readonly hash: Uint8Array
  readonly pubsubTopic: string
  readonly message: WireMessage
}

export interface ArchiveQuery {
  /** With `contentTopics`, or both empty for every topic. */
  readonly pubsubTopic: string
  readonly contentTopics: readonly string[]
  /** ns, inclusive; null for no bound. */
  readonly from: bigint | null
  readonly to: bigint | null
  /** Hash of the message after (forward) or before (backward) which the page begins. */
  readonly cursor: Uint8Array | null
  readonly forward: boolean
  readonly limit: number
  /** A page ends before the message that would make it larger than this; it always holds one. */
  readonly maxBytes: number
}

export interface ArchivePage {
  /** Ascending, also when paging backward. */
  readonly messages: readonly StoredMessage[]
  /** Null if there is nothing beyond this page. */
  readonly cursor: Uint8Array | null
}

export interface ForgetRequest {
  readonly receivedBefore: Millis
  /** Content topics whose messages stay. */
  readonly exceptTopics: readonly string[]
}

/** The cursor is not, or no longer, in the archive. */
export class UnknownCursorError extends Error {
  readonly code = 'unknown-cursor'
  constructor() {
    super('The cursor is not the hash of a stored message.')
    this.name = 'UnknownCursorError'
  }
}

const schema = `
  CREATE TABLE IF NOT EXISTS topic (
    id INTEGER PRIMARY KEY,
    pubsub TEXT NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (pubsub, content)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY,
    topic INTEGER NOT NULL REFERENCES topic (id),
    position INTEGER NOT NULL, -- ns: the message's own timestamp, or the time of receipt if it has none
    hash BLOB NOT NULL,
    received INTEGER NOT NULL, -- ms
    timestamp INTEGER NOT NULL, -- ns, as sent; part of the hash
    version INTEGER NOT NULL,
    meta BLOB,
    payload BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS message_hash ON message (hash);
  CREATE INDEX IF NOT EXISTS message_topic ON message (topic, position, hash);
  CREATE INDEX IF NOT EXISTS message_position ON message (position, hash);
  CREATE INDEX IF NOT EXISTS message_received ON message (received);
`

interface Place {
  readonly id: bigint
  readonly position: bigint
  readonly hash: Uint8Array
}

interface Row {
  readonly hash: Uint8Array
  readonly pubsub: string
  readonly content: string
  readonly timestamp: bigint
  readonly version: bigint
  readonly meta: Uint8Array | null
  readonly payload: Uint8Array
}

/** Bounds of a scan: strictly between two places in the order of the index. */
type Bounds = [afterPosition: bigint, afterHash: Uint8Array, beforePosition: bigint, beforeHash: Uint8Array]

const lowest = -(2n ** 63n)
const highest = 2n ** 63n - 1n
const noHash = new Uint8Array(0)
/** Above every hash of 32 bytes. */
const pastHash = new Uint8Array(33).fill(255)
const batch = 2000

/** What stores keep can be had from other stores again, so a damaged archive makes way for an empty one. */
function openArchive(file: string): Database.Database {
  const db = new Database(file)
  try {
    db.pragma('auto_vacuum = INCREMENTAL')
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    db.exec(schema)
    const found = db.pragma('quick_check(1)', { simple: true })
    if (found !== 'ok') throw new DamagedDatabase(String(found))
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

export class MessageArchive {
  readonly #db: Database.Database
  readonly #topics = new Map<string, bigint>()
  readonly #insertTopic
  readonly #findTopic
  readonly #insert
  readonly #byId
  readonly #idByHash
  readonly #placeByHash
  readonly #scan

  /** @throws WakuError `storage` if the file cannot be opened. */
  constructor(file: string) {
    try {
      this.#db = file === ':memory:' ? openArchive(file) : openOrSetAside(file, () => openArchive(file))
    } catch (error) {
      throw asWakuError(error, 'storage', `The message store ${file} cannot be opened.`)
    }
    const db = this.#db
    this.#insertTopic = db.prepare<[string, string]>('INSERT OR IGNORE INTO topic (pubsub, content) VALUES (?, ?)')
    this.#findTopic = db
      .prepare<[string, string], bigint>('SELECT id FROM topic WHERE pubsub = ? AND content = ?')
      .pluck()
      .safeIntegers()
    this.#insert = db.prepare<[bigint, bigint, Uint8Array, number, bigint, number, Uint8Array | null, Uint8Array]>(
      `INSERT OR IGNORE INTO message (topic, position, hash, received, timestamp, version, meta, payload)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#byId = db
      .prepare<[bigint], Row>(
        `SELECT hash, pubsub, content, timestamp, version, meta, payload
         FROM message JOIN topic ON topic.id = message.topic WHERE message.id = ?`,
      )
      .safeIntegers()
    this.#idByHash = db.prepare<[Uint8Array], bigint>('SELECT id FROM message WHERE hash = ?').pluck().safeIntegers()
    this.#placeByHash = db
      .prepare<[Uint8Array], Place>('SELECT id, position, hash FROM message WHERE hash = ?')
      .safeIntegers()
    const within = '(position, hash) > (?, ?) AND (position, hash) < (?, ?)'
    const prepareScan = (order: 'ASC' | 'DESC') => ({
      ofTopic: db
        .prepare<[bigint, ...Bounds, number], Place>(
          `SELECT id, position, hash FROM message WHERE topic = ? AND ${within}
           ORDER BY position ${order}, hash ${order} LIMIT ?`,
        )
        .safeIntegers(),
      ofAll: db
        .prepare<[...Bounds, number], Place>(
          `SELECT id, position, hash FROM message WHERE ${within} ORDER BY position ${order}, hash ${order} LIMIT ?`,
        )
        .safeIntegers(),
    })
    this.#scan = { forward: prepareScan('ASC'), backward: prepareScan('DESC') }
  }

  /** False if the message is ephemeral or already here. `received` orders a message that has no timestamp. */
  put(pubsubTopic: string, message: WireMessage, hash: Uint8Array, received: Millis): boolean {
    if (message.ephemeral) return false
    const position = message.timestamp > 0n ? message.timestamp : BigInt(received) * 1_000_000n
    const { timestamp, version, meta, payload } = message
    const topic = this.#topicId(pubsubTopic, message.contentTopic)
    return this.#insert.run(topic, position, hash, received, timestamp, version, meta, payload).changes === 1
  }

  /** @throws UnknownCursorError */
  query(query: ArchiveQuery): ArchivePage {
    const bounds = this.#bounds(query)
    const { forward, limit } = query
    const scan = forward ? this.#scan.forward : this.#scan.backward
    const places =
      query.contentTopics.length === 0
        ? scan.ofAll.all(...bounds, limit + 1)
        : [...new Set(query.contentTopics)].flatMap((content) => {
            const topic = this.#findTopic.get(query.pubsubTopic, content)
            return topic === undefined ? [] : scan.ofTopic.all(topic, ...bounds, limit + 1)
          })
    if (query.contentTopics.length > 1) places.sort(forward ? byPlace : (a, b) => byPlace(b, a))

    const messages: StoredMessage[] = []
    let bytes = 0
    for (const place of places.slice(0, limit)) {
      const row = this.#byId.get(place.id)
      if (row === undefined) continue
      bytes += row.payload.length + row.content.length + 200
      if (messages.length > 0 && bytes > query.maxBytes) break
      messages.push(storedOf(row))
    }
    const more = places.length > messages.length
    const cursor = more ? (messages.at(-1)?.hash ?? null) : null
    return { messages: forward ? messages : messages.reverse(), cursor }
  }

  /** The stored ones of these, in the order asked. */
  byHashes(hashes: readonly Uint8Array[]): StoredMessage[] {
    return hashes.flatMap((hash) => {
      const id = this.#idByHash.get(hash)
      const row = id === undefined ? undefined : this.#byId.get(id)
      return row === undefined ? [] : [storedOf(row)]
    })
  }

  has(hash: Uint8Array): boolean {
    return this.#idByHash.get(hash) !== undefined
  }

  count(): number {
    const count: unknown = this.#db.prepare('SELECT count(*) FROM message').pluck().get()
    return typeof count === 'number' ? count : 0
  }

  /** Deletes what was received before a moment, except on some topics. Returns how many. */
  forget({ receivedBefore, exceptTopics }: ForgetRequest): number {
    const kept = exceptTopics.map(() => '?').join(', ')
    return this.#deleteWhere(
      `received < ? AND topic NOT IN (SELECT id FROM topic WHERE content IN (${kept}))`,
      receivedBefore,
      ...exceptTopics,
    )
  }

  /** Deletes what was received before `before`, then the oldest until the file is at most `maxBytes`. */
  prune(before: Millis, maxBytes: number): number {
    let deleted = this.#deleteWhere('received < ?', before)
    while (this.#bytes() > maxBytes) {
      const step = this.#db
        .prepare('DELETE FROM message WHERE id IN (SELECT id FROM message ORDER BY received, id LIMIT ?)')
        .run(batch).changes
      if (step === 0) break
      deleted += step
    }
    if (deleted > 0) {
      this.#db.exec('DELETE FROM topic WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.topic = topic.id)')
      this.#topics.clear()
      this.#db.pragma('incremental_vacuum')
    }
    return deleted
  }

  close(): void {
    this.#db.close()
  }

  #topicId(pubsub: string, content: string): bigint {
    const key = `${pubsub}\n${content}`
    let id = this.#topics.get(key)
    if (id === undefined) {
      this.#insertTopic.run(pubsub, content)
      id = this.#findTopic.get(pubsub, content) ?? 0n
      // A stranger may name any number of topics: the cache stays small, the table is swept when pruning.
      if (this.#topics.size >= batch) this.#topics.clear()
      this.#topics.set(key, id)
    }
    return id
  }

  #bounds({ from, to, cursor, forward }: ArchiveQuery): Bounds {
    let after: [bigint, Uint8Array] = [from ?? lowest, noHash]
    let before: [bigint, Uint8Array] = [to ?? highest, pastHash]
    if (cursor !== null) {
      const place = this.#placeByHash.get(cursor)
      if (place === undefined) throw new UnknownCursorError()
      if (forward && place.position >= after[0]) after = [place.position, place.hash]
      if (!forward && place.position <= before[0]) before = [place.position, place.hash]
    }
    return [...after, ...before]
  }

  #bytes(): number {
    const [pages, free, size] = ['page_count', 'freelist_count', 'page_size'].map((name) =>
      Number(this.#db.pragma(name, { simple: true })),
    )
    return ((pages ?? 0) - (free ?? 0)) * (size ?? 0)
  }

  /** In batches, so that no single statement holds the thread for long. */
  #deleteWhere(condition: string, ...values: (string | number)[]): number {
    const statement = this.#db.prepare<(string | number)[]>(
      `DELETE FROM message WHERE id IN (SELECT id FROM message WHERE ${condition} LIMIT ${batch})`,
    )
    let deleted = 0
    for (;;) {
      const { changes } = statement.run(...values)
      deleted += changes
      if (changes < batch) return deleted
    }
  }
}

function byPlace(a: Place, b: Place): number {
  if (a.position !== b.position) return a.position < b.position ? -1 : 1
  return Buffer.compare(a.hash, b.hash)
}

function storedOf(row: Row): StoredMessage {
  return {
    hash: bytesOf(row.hash),
    pubsubTopic: row.pubsub,
    message: {
      contentTopic: row.content,
      payload: bytesOf(row.payload),
      version: Number(row.version),
      timestamp: row.timestamp,
      meta: row.meta === null ? null : bytesOf(row.meta),
      ephemeral: false,
    },
  }
}
