/** Messages as they are read: pages of a channel, whole histories, search. Writing is `records.ingest`. */
import type { ChatId, CommunityId, ContactId, Message, MessageId, Millis, Origin } from '../../shared/domain.ts'
import type { Db } from './database.ts'
import { type Keys, packId, unpackId } from './keys.ts'
import { matchQuery } from './message-search.ts'
import { editsOf, effectKind, reactionsOf, type StoredReaction } from './message-state.ts'
import { sources, standings } from './message-writer.ts'
import type { AuthorStanding } from './records.ts'
import { Repository, type SqlValue } from './repository.ts'

/** A place in a channel's order. */
export interface MessageCursor {
  readonly clock: Millis
  readonly id: MessageId
}

/** A place in a community's order (channel, clock, id). */
export interface HistoryCursor extends MessageCursor {
  readonly chatId: ChatId
}

export interface StoredMessage extends Message {
  readonly communityId: CommunityId
  readonly standing: AuthorStanding
}

/** One of `before`, `after`, `around`; none of them for the newest messages. */
export interface MessageQuery {
  readonly chatId: ChatId
  /** Exclusive. */
  readonly before?: MessageCursor
  /** Exclusive. */
  readonly after?: MessageCursor
  /** Half of the page before this place, the rest from it on. */
  readonly around?: MessageCursor
  readonly limit: number
  /** R4.5: messages of banned people are hidden unless asked for. */
  readonly includeBanned?: boolean
}

export interface MessagePage {
  /** Oldest first. */
  readonly messages: readonly StoredMessage[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
}

export interface SearchQuery {
  readonly communityId: CommunityId
  readonly chatId?: ChatId
  readonly text: string
  readonly limit: number
  readonly offset?: number
}

export interface ChannelSummary {
  readonly chatId: ChatId
  readonly messages: number
  /** The clock of the newest message. */
  readonly latest: Millis
}

interface Row {
  readonly key: number
  readonly communityKey: number
  readonly communityId: CommunityId
  readonly id: Uint8Array | string
  readonly chatId: ChatId
  readonly chat: number
  readonly author: ContactId
  readonly authorName: string
  readonly clock: Millis
  readonly timestamp: Millis
  readonly text: string
  readonly contentType: number
  readonly responseTo: Uint8Array | string | null
  readonly editedAt: Millis | null
  readonly deleted: number
  readonly pinned: number
  readonly standing: number
  readonly source: number
  readonly originKind: Origin['kind'] | null
  readonly originAuthor: string | null
  readonly originAvatar: string | null
}
type EffectRow = Omit<StoredReaction, 'id'> & { readonly id: Uint8Array | string }

/** Imported and bridged messages are signed by one key for many people: their names are their own (PROTOCOL.md §1.5). */
const namedByMessage = '(12, 18)'
const banned = standings.indexOf('banned')

/** Ids and names are looked up one by one, so that no join can lead the planner away from the order of an index. */
const select = `
  SELECT m.key, m.community AS communityKey, m.id, m.chat, m.clock, m.timestamp, m.text, m.content_type AS contentType,
    m.response_to AS responseTo, m.edited_at AS editedAt, m.deleted, m.pinned, m.standing, m.source,
    (SELECT k.id FROM community_keys k WHERE k.key = m.community) AS communityId,
    (SELECT c.id FROM chat_keys c WHERE c.key = m.chat) AS chatId,
    (SELECT a.id FROM author_keys a WHERE a.key = m.author) AS author,
    CASE WHEN m.content_type IN ${namedByMessage} AND m.display_name <> '' THEN m.display_name
      ELSE coalesce((SELECT n.name FROM author_names n WHERE n.community = m.community AND n.author = m.author), '')
    END AS authorName,
    (SELECT f.kind FROM foreign_authors f WHERE f.key = m.foreign_author) AS originKind,
    (SELECT f.id FROM foreign_authors f WHERE f.key = m.foreign_author) AS originAuthor,
    (SELECT f.avatar_url FROM foreign_authors f WHERE f.key = m.foreign_author) AS originAvatar
  FROM messages m`
const inOrder = `${select} INDEXED BY messages_in_order`

export class MessagesRepository extends Repository {
  static override readonly reads = [
    'page',
    'get',
    'body',
    'known',
    'count',
    'channels',
    'history',
    'pinned',
    'editHistory',
    'authorName',
    'search',
  ] as const

  readonly #keys: Keys

  constructor(db: Db, keys: Keys) {
    super(db)
    this.#keys = keys
  }

  /** A page of a channel, ordered by (clock, id). */
  page(query: MessageQuery): MessagePage {
    const { before, after, around, limit } = query
    if (around !== undefined) {
      const half = Math.floor(limit / 2)
      const older = this.#slice(query, around, 'older', half)
      const newer = this.#slice(query, around, 'from', limit - half)
      return { messages: [...older.messages, ...newer.messages], hasOlder: older.more, hasNewer: newer.more }
    }
    if (after !== undefined) {
      const { messages, more } = this.#slice(query, after, 'newer', limit)
      return { messages, hasOlder: this.#slice(query, after, 'upTo', 0).more, hasNewer: more }
    }
    const { messages, more } = this.#slice(query, before ?? null, 'older', limit)
    return {
      messages,
      hasOlder: more,
      hasNewer: before !== undefined && this.#slice(query, before, 'from', 0).more,
    }
  }

  /** One message; null if it is not known. */
  get(communityId: CommunityId, id: MessageId): StoredMessage | null {
    const row = this.#row(communityId, id)
    return row === undefined ? null : this.#message(row)
  }

  /** The encoded ChatMessage as it was posted: images, links and imported authors are read from it. */
  body(communityId: CommunityId, id: MessageId): Uint8Array | null {
    const row = this.sql<{ body: Uint8Array }>('SELECT body FROM messages WHERE community = ? AND id = ?')
    return row.get(this.#community(communityId), packId(id))?.body ?? null
  }

  /** Those of `ids` that were taken in before, messages and effects alike (R4.6). */
  known(communityId: CommunityId, ids: readonly MessageId[]): MessageId[] {
    const community = this.#community(communityId)
    const message = this.sql('SELECT 1 FROM messages WHERE community = ? AND id = ?')
    const effect = this.sql('SELECT 1 FROM message_effects WHERE community = ? AND id = ?')
    return ids.filter((id) => {
      const packed = packId(id)
      return message.get(community, packed) !== undefined || effect.get(community, packed) !== undefined
    })
  }

  /** Messages of a community, or of one of its channels; deleted ones and those of banned people included. */
  count(where: { readonly communityId: CommunityId; readonly chatId?: ChatId }): number {
    const community = this.#community(where.communityId)
    const row =
      where.chatId === undefined
        ? this.sql<{ n: number }>('SELECT count(*) AS n FROM messages WHERE community = ?').get(community)
        : this.sql<{ n: number }>('SELECT count(*) AS n FROM messages WHERE community = ? AND chat = ?').get(
            community,
            this.#chat(where.chatId),
          )
    return row?.n ?? 0
  }

  /** Every channel that has messages, named in the description or not. */
  channels(communityId: CommunityId): ChannelSummary[] {
    return this.sql<ChannelSummary>(
      `SELECT c.id AS chatId, count(*) AS messages, max(m.clock) AS latest
       FROM messages m JOIN chat_keys c ON c.key = m.chat WHERE m.community = ? GROUP BY m.chat ORDER BY c.id`,
    ).all(this.#community(communityId))
  }

  /**
   * A whole community, page by page, ordered by (channel, clock, id); channels in the order in which they were first
   * seen. The next page begins after the last message of this one; a page shorter than `limit` is the last.
   */
  history(query: {
    readonly communityId: CommunityId
    readonly after?: HistoryCursor
    readonly limit: number
  }): StoredMessage[] {
    const community = this.#community(query.communityId)
    const { after, limit } = query
    const rows =
      after === undefined
        ? this.sql<Row>(`${inOrder} WHERE m.community = ? ORDER BY m.chat, m.clock, m.id LIMIT ?`).all(community, limit)
        : this.sql<Row>(
            `${inOrder} WHERE m.community = ? AND (m.chat, m.clock, m.id) > (?, ?, ?) ORDER BY m.chat, m.clock, m.id LIMIT ?`,
          ).all(community, this.#chat(after.chatId), after.clock, packId(after.id), limit)
    return rows.map((row) => this.#message(row))
  }

  /** Pinned messages of a channel, newest first. */
  pinned(chatId: ChatId, limit: number): StoredMessage[] {
    const rows = this.sql<Row>(
      `${select} INDEXED BY messages_pinned
       WHERE m.community = (SELECT community FROM chat_keys WHERE key = ?) AND m.chat = ? AND m.pinned = 1
         AND m.deleted = 0 ORDER BY m.clock DESC, m.id DESC LIMIT ?`,
    ).all(this.#chat(chatId), this.#chat(chatId), limit)
    return rows.map((row) => this.#message(row))
  }

  /** Every text that a message had, oldest first; empty for a deleted or unknown one. */
  editHistory(communityId: CommunityId, id: MessageId): { text: string; at: Millis }[] {
    const posted = this.sql<{ chat: number; author: number; text: string; at: Millis }>(
      `SELECT chat, author, coalesce(first_text, text) AS text, timestamp AS at
       FROM messages WHERE community = ? AND id = ? AND deleted = 0`,
    ).get(this.#community(communityId), packId(id))
    if (posted === undefined) return []
    const edits = editsOf(posted, this.#effects(this.#community(communityId), packId(id), effectKind.edit))
    return [{ text: posted.text, at: posted.at }, ...edits.map((edit) => ({ text: edit.text, at: edit.clock }))]
  }

  /** What a person last called themselves in a community; empty if they never said. */
  authorName(communityId: CommunityId, author: ContactId): string {
    const row = this.sql<{ name: string }>('SELECT name FROM author_names WHERE community = ? AND author = ?')
    return row.get(this.#community(communityId), this.#keys.find('author_keys', author))?.name ?? ''
  }

  /** Messages that hold every word, best first, then newest first. Whatever is typed is safe. */
  search({ communityId, chatId, text, limit, offset = 0 }: SearchQuery): StoredMessage[] {
    const match = matchQuery(text)
    if (match === null) return []
    const values: SqlValue[] = [match, this.#community(communityId)]
    if (chatId !== undefined) values.push(this.#chat(chatId))
    const found = this.sql<{ key: number }>(
      `SELECT m.key FROM message_text f CROSS JOIN messages m ON m.key = f.rowid
       WHERE message_text MATCH ? AND m.community = ? ${chatId === undefined ? '' : 'AND m.chat = ?'}
         AND m.standing <> ${banned}
       ORDER BY f.rank, m.clock DESC, m.id LIMIT ? OFFSET ?`,
    ).all(...values, limit, offset)
    return found.flatMap(({ key }) => {
      const row = this.sql<Row>(`${select} WHERE m.key = ?`).get(key)
      return row === undefined ? [] : [this.#message(row)]
    })
  }

  #row(communityId: CommunityId, id: MessageId): Row | undefined {
    return this.sql<Row>(`${select} WHERE m.community = ? AND m.id = ?`).get(this.#community(communityId), packId(id))
  }

  /** Messages on one side of a place, oldest first, and whether there are more on that side. */
  #slice(
    { chatId, includeBanned = false }: MessageQuery,
    cursor: MessageCursor | null,
    side: 'older' | 'upTo' | 'newer' | 'from',
    limit: number,
  ): { messages: readonly StoredMessage[]; more: boolean } {
    const chat = this.#chat(chatId)
    const comparison = { older: '<', upTo: '<=', newer: '>', from: '>=' }[side]
    const backwards = side === 'older' || side === 'upTo'
    const way = backwards ? 'DESC' : 'ASC'
    const rows = this.sql<Row>(
      `${inOrder} WHERE m.community = (SELECT community FROM chat_keys WHERE key = ?) AND m.chat = ?
         ${cursor === null ? '' : `AND (m.clock, m.id) ${comparison} (?, ?)`}
         ${includeBanned ? '' : `AND m.standing <> ${banned}`}
       ORDER BY m.clock ${way}, m.id ${way} LIMIT ?`,
    ).all(chat, chat, ...(cursor === null ? [] : [cursor.clock, packId(cursor.id)]), limit + 1)
    const kept = rows.slice(0, limit).map((row) => this.#message(row))
    return { messages: backwards ? kept.reverse() : kept, more: rows.length > limit }
  }

  #message(row: Row): StoredMessage {
    return {
      id: unpackId(row.id),
      communityId: row.communityId,
      chatId: row.chatId,
      author: row.author,
      authorName: row.authorName,
      clock: row.clock,
      timestamp: row.timestamp,
      text: row.text,
      contentType: row.contentType,
      responseTo: row.responseTo === null ? null : unpackId(row.responseTo),
      editedAt: row.editedAt,
      deleted: row.deleted === 1,
      pinned: row.pinned === 1,
      reactions: row.deleted === 1 ? [] : this.#reactions(row),
      source: sources[row.source] ?? 'live',
      origin: originOf(row),
      standing: standings[row.standing] ?? 'unknown',
    }
  }

  #reactions(row: Row): Message['reactions'] {
    return reactionsOf(row, this.#effects(row.communityKey, row.id, effectKind.reaction))
  }

  #effects(community: number | null, target: Uint8Array | string, kind: number): readonly StoredReaction[] {
    const rows = this.sql<EffectRow>(
      `SELECT e.id, e.kind, e.chat, e.author, a.id AS contact, e.clock, e.text, e.flag
       FROM message_effects e JOIN author_keys a ON a.key = e.author
       WHERE e.community = ? AND e.target = ? AND e.kind = ?`,
    ).all(community, target, kind)
    return rows.map((row) => ({ ...row, id: unpackId(row.id) }))
  }

  #community(id: CommunityId): number | null {
    return this.#keys.find('community_keys', id)
  }

  #chat(id: ChatId): number | null {
    return this.#keys.find('chat_keys', id)
  }
}

function originOf({ originKind, originAuthor, originAvatar }: Row): Origin | null {
  return originKind === null ? null : { kind: originKind, authorId: originAuthor ?? '', avatarUrl: originAvatar ?? '' }
}
