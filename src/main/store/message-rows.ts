/** A message as it is read from its row and from what happened to it. */
import type { ChatId, CommunityId, ContactId, Message, MessageId, Millis, Origin } from '../../shared/domain.ts'
import { unpackId } from './keys.ts'
import { namedByMessage } from './message-index.ts'
import { heldBits } from './message-marks.ts'
import { effectKind, reactionsOf, type StoredReaction } from './message-state.ts'
import { sources, standings } from './message-writer.ts'
import { FIRST_PLACE } from './places.ts'
import { Repository } from './repository.ts'

export interface StoredMessage extends Message {
  readonly communityId: CommunityId
}

/** A place in a channel's order. */
export interface MessageCursor {
  readonly clock: Millis
  readonly id: MessageId
}

export interface MessageRow {
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
  /** Not so where there are none, so that nothing is looked up; a message not converted yet cannot say. */
  readonly mayHaveReactions: number
  readonly pinned: number
  readonly images: number
  readonly thread: Uint8Array | string | null
  readonly standing: number
  readonly source: number
  readonly originKind: Origin['kind'] | null
  readonly originAuthor: string | null
  readonly originAvatar: string | null
}
type EffectRow = Omit<StoredReaction, 'id'> & { readonly id: Uint8Array | string }

export const banned = standings.indexOf('banned')

/** Ids and names are looked up one by one, so that no join can lead the planner away from the order of an index. */
export const selectMessage = `
  SELECT m.key, m.community AS communityKey, m.id, m.chat, m.clock, m.timestamp, m.text, m.content_type AS contentType,
    m.key < ${FIRST_PLACE} OR m.holds & ${heldBits.reaction} AS mayHaveReactions,
    m.response_to AS responseTo, m.edited_at AS editedAt, m.deleted, m.pinned, m.standing, m.source,
    CASE m.deleted WHEN 0 THEN m.images ELSE 0 END AS images, m.thread,
    (SELECT k.id FROM community_keys k WHERE k.key = m.community) AS communityId,
    (SELECT c.id FROM chat_keys c WHERE c.key = m.chat) AS chatId,
    (SELECT a.id FROM author_keys a WHERE a.key = m.author) AS author,
    CASE WHEN m.content_type IN (${[...namedByMessage].join()}) AND m.display_name <> '' THEN m.display_name
      ELSE coalesce((SELECT n.name FROM author_names n WHERE n.community = m.community AND n.author = m.author), '')
    END AS authorName,
    (SELECT f.kind FROM foreign_authors f WHERE f.key = m.foreign_author) AS originKind,
    (SELECT f.id FROM foreign_authors f WHERE f.key = m.foreign_author) AS originAuthor,
    (SELECT f.avatar_url FROM foreign_authors f WHERE f.key = m.foreign_author) AS originAvatar
  FROM messages m`
export const selectInOrder = `${selectMessage} INDEXED BY messages_in_order`

/** Not offered by the store: the repositories that read messages hold one. */
export class MessageRows extends Repository {
  message(row: MessageRow): StoredMessage {
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
      images: row.images,
      thread: row.thread === null ? null : unpackId(row.thread),
      reactions: row.deleted === 1 || row.mayHaveReactions === 0 ? [] : this.#reactions(row),
      source: sources[row.source] ?? 'live',
      origin: originOf(row),
      standing: standings[row.standing] ?? 'unknown',
    }
  }

  effects(community: number | null, target: Uint8Array | string, kind: number): readonly StoredReaction[] {
    const rows = this.sql<EffectRow>(
      `SELECT e.id, e.kind, e.chat, e.author, a.id AS contact, e.clock, e.text, e.flag
       FROM message_effects e JOIN author_keys a ON a.key = e.author
       WHERE e.community = ? AND e.target = ? AND e.kind = ?`,
    ).all(community, target, kind)
    return rows.map((row) => ({ ...row, id: unpackId(row.id) }))
  }

  #reactions(row: MessageRow): Message['reactions'] {
    return reactionsOf(row, this.effects(row.communityKey, row.id, effectKind.reaction))
  }
}

function originOf({ originKind, originAuthor, originAvatar }: MessageRow): Origin | null {
  return originKind === null ? null : { kind: originKind, authorId: originAuthor ?? '', avatarUrl: originAvatar ?? '' }
}
