/**
 * What a person has not read. A mark on each message rather than one line in the channel: what was said live and comes
 * late is unread wherever it falls, and imported history is read wherever it falls.
 */
import type { ChatId, CommunityId, ContactId, MessageId, Millis } from '../../shared/domain.ts'
import type { Db } from './database.ts'
import { type Keys, packId, unpackId } from './keys.ts'
import { Repository } from './repository.ts'

export interface UnreadChannel {
  readonly chatId: ChatId
  readonly unread: number
  /** Of these, how many name the reader. */
  readonly mentions: number
  /** The first of them. */
  readonly first: { readonly clock: Millis; readonly id: MessageId }
}

interface Row {
  readonly chatId: ChatId
  readonly chat: number
  readonly unread: number
  readonly mentions: number
}

const readerKey = 'reading.reader'

export class UnreadRepository extends Repository {
  static override readonly reads = ['list', 'first'] as const

  readonly #keys: Keys

  constructor(db: Db, keys: Keys) {
    super(db)
    this.#keys = keys
  }

  /** Whose database this is: one's own words are never unread, and one's own name is a mention. */
  readAs(reader: ContactId): void {
    this.sql(
      'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    ).run(readerKey, JSON.stringify(reader))
  }

  reader(): ContactId | null {
    const row = this.sql<{ value: string }>('SELECT value FROM settings WHERE key = ?').get(readerKey)
    return row === undefined ? null : JSON.parse(row.value)
  }

  /** Channels with something unread, of a community or one of them. */
  list(communityId: CommunityId, chatId?: ChatId): UnreadChannel[] {
    const inChannel = chatId === undefined ? [] : [this.#keys.find('chat_keys', chatId)]
    const rows = this.sql<Row>(
      `SELECT c.id AS chatId, m.chat, count(*) AS unread, count(*) FILTER (WHERE m.unread = 2) AS mentions
       FROM messages m INDEXED BY messages_unread JOIN chat_keys c ON c.key = m.chat
       WHERE m.community = ? AND m.unread > 0 ${chatId === undefined ? '' : 'AND m.chat = ?'} GROUP BY m.chat`,
    ).all(this.#keys.find('community_keys', communityId), ...inChannel)
    return rows.flatMap(({ chat, ...row }) => {
      const first = this.#first(chat)
      return first === null ? [] : [{ ...row, first }]
    })
  }

  /** The first unread message of a channel; null if there is none. */
  first(chatId: ChatId): UnreadChannel['first'] | null {
    const chat = this.#keys.find('chat_keys', chatId)
    return chat === null ? null : this.#first(chat)
  }

  /** Everything in the channel up to a place, inclusive, has been read. Returns how many messages that concerned. */
  mark(chatId: ChatId, upTo: UnreadChannel['first']): number {
    const chat = this.#keys.find('chat_keys', chatId)
    return this.sql(
      `UPDATE messages INDEXED BY messages_unread SET unread = 0
       WHERE community = (SELECT community FROM chat_keys WHERE key = ?) AND chat = ? AND unread > 0
         AND (clock, id) <= (?, ?)`,
    ).run(chat, chat, upTo.clock, packId(upTo.id)).changes
  }

  #first(chat: number): UnreadChannel['first'] | null {
    const row = this.sql<{ clock: Millis; id: Uint8Array | string }>(
      `SELECT clock, id FROM messages INDEXED BY messages_unread
       WHERE community = (SELECT community FROM chat_keys WHERE key = ?) AND chat = ? AND unread > 0
       ORDER BY clock, id LIMIT 1`,
    ).get(chat, chat)
    return row === undefined ? null : { clock: row.clock, id: unpackId(row.id) }
  }
}
