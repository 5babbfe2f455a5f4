/** Messages as they are read: pages of a channel, whole histories, search. Writing is `records.ingest`. */
import type { ChatId, CommunityId, ContactId, MessageId, Millis } from '../../shared/domain.ts'
import type { Db } from './database.ts'
import { type Keys, packId } from './keys.ts'
import type { MessageIds } from './message-ids.ts'
import {
  banned,
  type MessageCursor,
  type MessageRow,
  type MessageRows,
  type StoredMessage,
  selectInOrder,
  selectMessage,
} from './message-rows.ts'
import { MessageSearch, type SearchQuery, type SearchResult } from './message-search.ts'
import { editsOf, effectKind } from './message-state.ts'
import { Repository } from './repository.ts'
import type { UnreadRepository } from './unread-repository.ts'

/** A place in a community's order (channel, clock, id). */
export interface HistoryCursor extends MessageCursor {
  readonly chatId: ChatId
}

/** At most one of `before`, `after` and `around`; none of them for the newest messages. */
export interface MessageQuery {
  readonly chatId: ChatId
  /** Exclusive. */
  readonly before?: MessageCursor
  /** Exclusive. */
  readonly after?: MessageCursor
  /** Half of the page before this place, the rest from it on. */
  readonly around?: MessageCursor | MessageAim
  readonly limit: number
  /** R4.5: messages of banned people are hidden unless asked for. */
  readonly includeBanned?: boolean
}
/** A message, the first at or after a time, or the first unread one; the newest messages where there is no such. */
export type MessageAim = { readonly id: MessageId } | { readonly at: Millis } | 'unread'

export interface MessagePage {
  /** Oldest first. */
  readonly messages: readonly StoredMessage[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  /** What was aimed at, if it is here. */
  readonly target: MessageId | null
}

export interface ChannelSummary {
  readonly chatId: ChatId
  readonly messages: number
  /** The clock of the newest message. */
  readonly latest: Millis
}

interface Parts {
  readonly keys: Keys
  readonly ids: MessageIds
  readonly rows: MessageRows
  readonly unread: UnreadRepository
}
type Slice = { readonly messages: readonly StoredMessage[]; readonly more: boolean }

/** Before every id that a message can have. */
const LOWEST_ID = '' as MessageId

export class MessagesRepository extends Repository {
  static override readonly reads = [
    'page',
    'get',
    'body',
    'known',
    'count',
    'channels',
    'liveDays',
    'history',
    'pinned',
    'editHistory',
    'authorName',
    'authorNames',
    'search',
  ] as const

  readonly #parts: Parts
  readonly #search: MessageSearch

  constructor(db: Db, parts: Parts) {
    super(db)
    this.#parts = parts
    this.#search = new MessageSearch(db, parts)
  }

  /** A page of a channel, ordered by (clock, id). */
  page(query: MessageQuery): MessagePage {
    const { before, after, around, limit } = query
    const aim = around === undefined ? null : this.#aim(query.chatId, around)
    if (aim !== null) {
      const half = Math.floor(limit / 2)
      const older = this.#slice(query, aim, 'older', half)
      const newer = this.#slice(query, aim, 'from', limit - half)
      const target = newer.messages[0]?.id ?? null
      return { messages: [...older.messages, ...newer.messages], hasOlder: older.more, hasNewer: newer.more, target }
    }
    if (after !== undefined) {
      const { messages, more } = this.#slice(query, after, 'newer', limit)
      return { messages, hasOlder: this.#slice(query, after, 'upTo', 0).more, hasNewer: more, target: null }
    }
    const { messages, more } = this.#slice(query, before ?? null, 'older', limit)
    const hasNewer = before !== undefined && this.#slice(query, before, 'from', 0).more
    return { messages, hasOlder: more, hasNewer, target: null }
  }

  /** One message; null if it is not known. */
  get(communityId: CommunityId, id: MessageId): StoredMessage | null {
    const row = this.sql<MessageRow>(`${selectMessage} WHERE m.key = ?`)
    const found = row.get(this.#key(communityId, id))
    return found === undefined ? null : this.#parts.rows.message(found)
  }

  /** The encoded ChatMessage as it was posted: images and imported authors are read from it. */
  body(communityId: CommunityId, id: MessageId): Uint8Array | null {
    const row = this.sql<{ body: Uint8Array }>('SELECT body FROM messages WHERE key = ?')
    return row.get(this.#key(communityId, id))?.body ?? null
  }

  /** Those of `ids` that were taken in before, messages and effects alike (R4.6). */
  known(communityId: CommunityId, ids: readonly MessageId[]): MessageId[] {
    const community = this.#community(communityId)
    const effect = this.sql('SELECT 1 FROM message_effects WHERE community = ? AND id = ?')
    return ids.filter((id) => {
      const packed = packId(id)
      return this.#parts.ids.key(community, packed) !== null || effect.get(community, packed) !== undefined
    })
  }

  /** Messages of a community, or of one of its channels; deleted ones and those of banned people included. */
  count(where: { readonly communityId: CommunityId; readonly chatId?: ChatId }): number {
    const { communityId, chatId } = where
    const row = this.sql<{ n: number | null }>(
      `SELECT sum(n.messages) AS n FROM chat_keys c CROSS JOIN message_counts n ON n.chat = c.key
       WHERE c.community = ? ${chatId === undefined ? '' : 'AND c.id = ?'}`,
    ).get(this.#community(communityId), ...(chatId === undefined ? [] : [chatId]))
    return row?.n ?? 0
  }

  /**
   * How many messages were received, fetched from a store or said here, by days. Counted as they come, so that asking
   * costs as much as there are days.
   */
  liveDays(communityId: CommunityId): { day: number; messages: number }[] {
    const text = 'SELECT day, messages FROM message_days WHERE community = ? AND messages > 0 ORDER BY day'
    return this.sql<{ day: number; messages: number }>(text).all(this.#community(communityId))
  }

  /** Every channel that has messages, named in the description or not. */
  channels(communityId: CommunityId): ChannelSummary[] {
    return this.sql<ChannelSummary>(
      `SELECT c.id AS chatId, n.messages,
         (SELECT max(m.clock) FROM messages m WHERE m.community = c.community AND m.chat = c.key) AS latest
       FROM chat_keys c JOIN message_counts n ON n.chat = c.key
       WHERE c.community = ? AND n.messages > 0 ORDER BY c.id`,
    ).all(this.#community(communityId))
  }

  /**
   * A community, or one channel of it, page by page, ordered by (channel, clock, id); channels in the order in which
   * they were first seen. The next page begins after the last message of this one; a page shorter than `limit` is the
   * last.
   */
  history(query: {
    readonly communityId: CommunityId
    readonly chatId?: ChatId
    readonly after?: HistoryCursor
    readonly limit: number
  }): StoredMessage[] {
    const community = this.#community(query.communityId)
    const { after, limit } = query
    const chat = query.chatId === undefined ? null : (this.#chat(query.chatId) ?? -1)
    const rows = this.sql<MessageRow>(
      `${selectInOrder} WHERE m.community = ? ${chat === null ? '' : 'AND m.chat = ?'}
         ${after === undefined ? '' : 'AND (m.chat, m.clock, m.id) > (?, ?, ?)'}
       ORDER BY m.chat, m.clock, m.id LIMIT ?`,
    ).all(
      community,
      ...(chat === null ? [] : [chat]),
      ...(after === undefined ? [] : [this.#chat(after.chatId), after.clock, packId(after.id)]),
      limit,
    )
    return rows.map((row) => this.#parts.rows.message(row))
  }

  /** Pinned messages of a channel, newest first. */
  pinned(chatId: ChatId, limit: number, before?: MessageCursor): StoredMessage[] {
    const rows = this.sql<MessageRow>(
      `${selectMessage} INDEXED BY messages_pinned
       WHERE m.community = (SELECT community FROM chat_keys WHERE key = ?) AND m.chat = ? AND m.pinned = 1
         AND m.deleted = 0 ${before === undefined ? '' : 'AND (m.clock, m.id) < (?, ?)'}
       ORDER BY m.clock DESC, m.id DESC LIMIT ?`,
    ).all(
      this.#chat(chatId),
      this.#chat(chatId),
      ...(before === undefined ? [] : [before.clock, packId(before.id)]),
      limit,
    )
    return rows.map((row) => this.#parts.rows.message(row))
  }

  /** Every text that a message had, oldest first; empty for a deleted or unknown one. */
  editHistory(communityId: CommunityId, id: MessageId): { text: string; at: Millis }[] {
    const posted = this.sql<{ chat: number; author: number; text: string; at: Millis }>(
      `SELECT chat, author, coalesce(first_text, text) AS text, timestamp AS at
       FROM messages WHERE key = ? AND deleted = 0`,
    ).get(this.#key(communityId, id))
    if (posted === undefined) return []
    const effects = this.#parts.rows.effects(this.#community(communityId), packId(id), effectKind.edit)
    const edits = editsOf(posted, effects).map((edit) => ({ text: edit.text, at: edit.clock }))
    return [{ text: posted.text, at: posted.at }, ...edits]
  }

  /** What a person last called themselves in a community; empty if they never said. */
  authorName(communityId: CommunityId, author: ContactId): string {
    const row = this.sql<{ name: string }>('SELECT name FROM author_names WHERE community = ? AND author = ?')
    return row.get(this.#community(communityId), this.#parts.keys.find('author_keys', author))?.name ?? ''
  }

  /** The same for many; those without a name are left out. */
  authorNames(communityId: CommunityId, authors: readonly ContactId[]): Map<ContactId, string> {
    const named = authors.map((author) => [author, this.authorName(communityId, author)] as const)
    return new Map(named.filter(([, name]) => name !== ''))
  }

  search(query: SearchQuery): SearchResult {
    return this.#search.search(query)
  }

  #aim(chatId: ChatId, around: MessageCursor | MessageAim): MessageCursor | null {
    if (around === 'unread') return this.#parts.unread.first(chatId)
    if ('clock' in around) return around
    if ('at' in around) return { clock: around.at, id: LOWEST_ID }
    const chat = this.#chat(chatId)
    const row = this.sql<{ clock: Millis }>('SELECT clock FROM messages WHERE key = ? AND chat = ?').get(
      this.#parts.ids.key(this.#communityOf(chat), packId(around.id)),
      chat,
    )
    return row === undefined ? null : { clock: row.clock, id: around.id }
  }

  /** Messages on one side of a place, oldest first, and whether there are more on that side. */
  #slice(
    { chatId, includeBanned = false }: MessageQuery,
    cursor: MessageCursor | null,
    side: 'older' | 'upTo' | 'newer' | 'from',
    limit: number,
  ): Slice {
    const chat = this.#chat(chatId)
    const comparison = { older: '<', upTo: '<=', newer: '>', from: '>=' }[side]
    const backwards = side === 'older' || side === 'upTo'
    const way = backwards ? 'DESC' : 'ASC'
    const rows = this.sql<MessageRow>(
      `${selectInOrder} WHERE m.community = (SELECT community FROM chat_keys WHERE key = ?) AND m.chat = ?
         ${cursor === null ? '' : `AND (m.clock, m.id) ${comparison} (?, ?)`}
         ${includeBanned ? '' : `AND m.standing <> ${banned}`}
       ORDER BY m.clock ${way}, m.id ${way} LIMIT ?`,
    ).all(chat, chat, ...(cursor === null ? [] : [cursor.clock, packId(cursor.id)]), limit + 1)
    const kept = rows.slice(0, limit).map((row) => this.#parts.rows.message(row))
    return { messages: backwards ? kept.reverse() : kept, more: rows.length > limit }
  }

  #community(id: CommunityId): number | null {
    return this.#parts.keys.find('community_keys', id)
  }

  /** Of the message with this id. */
  #key(communityId: CommunityId, id: MessageId): number | null {
    return this.#parts.ids.key(this.#community(communityId), packId(id))
  }

  #communityOf(chat: number | null): number | null {
    const row = this.sql<{ community: number }>('SELECT community FROM chat_keys WHERE key = ?').get(chat)
    return row?.community ?? null
  }

  #chat(id: ChatId): number | null {
    return this.#parts.keys.find('chat_keys', id)
  }
}
