/** The short numbers that stand for long ids in the tables, and the short form of message ids. */
import type { ChatId, CommunityId, ContactId, MessageId } from '../../shared/domain.ts'
import type { Db } from './database.ts'
import { Repository } from './repository.ts'

type Table = 'community_keys' | 'chat_keys' | 'author_keys'

/** Not offered by the store; repositories hold one. Nothing is kept in memory: a rolled back key would outlive its row. */
export class Keys extends Repository {
  /** The key of a community, made if it is new. */
  community(id: CommunityId): number {
    return this.find('community_keys', id) ?? this.#add('INSERT INTO community_keys (id) VALUES (?)', id)
  }

  chat(id: ChatId, community: number): number {
    return this.find('chat_keys', id) ?? this.#add('INSERT INTO chat_keys (id, community) VALUES (?, ?)', id, community)
  }

  author(id: ContactId): number {
    return this.find('author_keys', id) ?? this.#add('INSERT INTO author_keys (id) VALUES (?)', id)
  }

  /** The key of something known; null if it is not. Safe in a read. */
  find(table: Table, id: string): number | null {
    return this.sql<{ key: number }>(`SELECT key FROM ${table} WHERE id = ?`).get(id)?.key ?? null
  }

  #add(text: string, ...values: (string | number)[]): number {
    return Number(this.sql(text).run(...values).lastInsertRowid)
  }
}

/** Creates the keys of a connection. */
export function openKeys(db: Db): Keys {
  return new Keys(db)
}

const native = /^0x[0-9a-f]{64}$/

/** A message id as it is stored: 32 bytes where it is a hash, else its text. */
export function packId(id: MessageId): Uint8Array | string {
  return native.test(id) ? Buffer.from(id.slice(2), 'hex') : id
}

/** The reverse of `packId`, for a column of a row. */
export function unpackId(stored: Uint8Array | string): MessageId {
  if (typeof stored === 'string') return stored as MessageId
  return `0x${Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString('hex')}` as MessageId
}
