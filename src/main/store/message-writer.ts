/** Writes the effects of application messages. Runs inside `RecordsRepository.ingest`'s transaction. */
import type { MessageSource, Millis, Origin } from '../../shared/domain.ts'
import type { Db } from './database.ts'
import { type Keys, packId, unpackId } from './keys.ts'
import { effectKind, messageState, type StoredEffect } from './message-state.ts'
import type { ChatEffect, MessageEffect } from './records.ts'
import { Repository } from './repository.ts'

/** Positions are what the tables hold: never reorder. */
export const standings = ['member', 'former', 'banned', 'unknown'] as const
export const sources = ['live', 'store', 'archive', 'own'] as const

type StoredId = Uint8Array | string
type EffectRow = Omit<StoredEffect, 'id'> & { readonly id: StoredId }

export class MessageWriter extends Repository {
  readonly #keys: Keys

  constructor(db: Db, keys: Keys) {
    super(db)
    this.#keys = keys
  }

  /** Adds one effect; false if its id was known, and then nothing is changed. */
  apply(effect: MessageEffect, source: MessageSource): boolean {
    const community = this.#keys.community(effect.communityId)
    const chat = this.#keys.chat(effect.chatId, community)
    const author = this.#keys.author(effect.author)
    if (effect.kind === 'chat') return this.#post(effect, community, chat, author, source)
    const target = packId(effect.target)
    const [text, flag] = textAndFlag(effect)
    const added = this.sql(
      `INSERT INTO message_effects (community, id, kind, target, chat, author, clock, text, flag)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (community, id) DO NOTHING`,
    ).run(community, packId(effect.id), effectKind[effect.kind], target, chat, author, effect.clock, text, flag)
    if (added.changes === 0) return false
    if (effect.kind !== 'reaction') this.#refresh(community, target)
    return true
  }

  #post(effect: ChatEffect, community: number, chat: number, author: number, source: MessageSource): boolean {
    const id = packId(effect.id)
    if (this.sql('SELECT 1 FROM messages WHERE community = ? AND id = ?').get(community, id) !== undefined) return false
    const state = messageState({ chat, author, text: effect.text }, this.#effects(community, id))
    const foreign = effect.origin === null ? null : this.#foreignAuthor(effect.origin, community, effect.clock)
    this.sql(
      `INSERT INTO messages (community, id, chat, author, clock, timestamp, text, first_text, content_type, response_to,
         display_name, standing, source, edited_at, deleted, pinned, body, foreign_author, edited_elsewhere)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      community,
      id,
      chat,
      author,
      effect.clock,
      effect.timestamp,
      state.text,
      state.text === effect.text ? null : effect.text,
      effect.contentType,
      effect.responseTo === null ? null : packId(effect.responseTo),
      effect.displayName,
      standings.indexOf(effect.standing),
      sources.indexOf(source),
      state.editedAt ?? effect.editedAt,
      Number(state.deleted),
      Number(state.pinned),
      effect.body,
      foreign,
      effect.editedAt,
    )
    if (effect.displayName !== '') this.#name(effect, community, author)
    return true
  }

  /** One row for each person elsewhere, with their newest picture; whatever comes first, the same is kept. */
  #foreignAuthor({ kind, authorId, avatarUrl }: Origin, community: number, clock: Millis): number {
    this.sql(
      `INSERT INTO foreign_authors (community, kind, id, avatar_url, clock) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (community, kind, id) DO UPDATE SET avatar_url = excluded.avatar_url, clock = excluded.clock
       WHERE (excluded.clock, excluded.avatar_url) > (foreign_authors.clock, foreign_authors.avatar_url)`,
    ).run(community, kind, authorId, avatarUrl, clock)
    const text = 'SELECT key FROM foreign_authors WHERE community = ? AND kind = ? AND id = ?'
    return this.sql<{ key: number }>(text).get(community, kind, authorId)?.key ?? 0
  }

  #name(effect: ChatEffect, community: number, author: number): void {
    this.sql(
      `INSERT INTO author_names (community, author, clock, id, name) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (community, author) DO UPDATE SET clock = excluded.clock, id = excluded.id, name = excluded.name
       WHERE (excluded.clock, excluded.id) > (author_names.clock, author_names.id)`,
    ).run(community, author, effect.clock, packId(effect.id), effect.displayName)
  }

  /** Brings a message's row up to date with its effects; nothing to do while the message is unknown. */
  #refresh(community: number, id: StoredId): void {
    const row = this.sql<{ key: number; chat: number; author: number; text: string; editedElsewhere: Millis | null }>(
      `SELECT key, chat, author, coalesce(first_text, text) AS text, edited_elsewhere AS editedElsewhere
       FROM messages WHERE community = ? AND id = ?`,
    ).get(community, id)
    if (row === undefined) return
    const state = messageState(row, this.#effects(community, id))
    this.sql('UPDATE messages SET text = ?, first_text = ?, edited_at = ?, deleted = ?, pinned = ? WHERE key = ?').run(
      state.text,
      state.text === row.text ? null : row.text,
      state.editedAt ?? row.editedElsewhere,
      Number(state.deleted),
      Number(state.pinned),
      row.key,
    )
  }

  #effects(community: number, target: StoredId): readonly StoredEffect[] {
    const rows = this.sql<EffectRow>(
      `SELECT id, kind, chat, author, clock, text, flag FROM message_effects
       WHERE community = ? AND target = ? AND kind < ${effectKind.reaction}`,
    ).all(community, target)
    return rows.map((row) => ({ ...row, id: unpackId(row.id) }))
  }
}

function textAndFlag(effect: Exclude<MessageEffect, ChatEffect>): readonly [text: string, flag: number] {
  if (effect.kind === 'edit') return [effect.text, 0]
  if (effect.kind === 'delete') return ['', Number(effect.privileged)]
  if (effect.kind === 'pin') return ['', Number(effect.pinned)]
  return [effect.emoji, Number(effect.retracted)]
}
