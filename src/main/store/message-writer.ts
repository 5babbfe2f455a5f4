/** Writes the effects of application messages. Runs inside `RecordsRepository.ingest`'s transaction. */
import type { ContactId, MessageId, MessageSource, Millis, Origin } from '../../shared/domain.ts'
import type { Db } from './database.ts'
import { type Keys, packId, unpackId } from './keys.ts'
import type { MessageIds } from './message-ids.ts'
import { type Indexed, type MessageIndex, namedByMessage } from './message-index.ts'
import { heldBits, holdsOf } from './message-marks.ts'
import { effectKind, messageState, type StoredEffect, standingReactions } from './message-state.ts'
import { placeOf, placesFor } from './places.ts'
import type { ChatEffect, MessageEffect } from './records.ts'
import { Repository } from './repository.ts'
import type { UnreadRepository } from './unread-repository.ts'

/** Positions are what the tables hold: never reorder. */
export const standings = ['member', 'former', 'banned', 'unknown'] as const
export const sources = ['live', 'store', 'archive', 'own'] as const

type StoredId = Uint8Array | string
type EffectRow = Omit<StoredEffect, 'id'> & { readonly id: StoredId }

interface PostedRow {
  readonly key: number
  readonly chat: number
  readonly author: number
  readonly text: string
  readonly holds: number
  readonly editedElsewhere: Millis | null
}

interface Peers {
  readonly keys: Keys
  readonly ids: MessageIds
  readonly index: MessageIndex
  readonly unread: UnreadRepository
}

/** What an author was called last, of what this transaction has seen. */
interface Named {
  readonly community: number
  readonly author: number
  readonly clock: Millis
  readonly id: StoredId
  readonly name: string
}

export class MessageWriter extends Repository {
  readonly #peers: Peers
  /** Places that the index has to hear of. */
  readonly #touched = new Map<number, Indexed>()
  /** Of this transaction only: what it has made is gone when it fails. */
  readonly #known = {
    community: new Map<string, number>(),
    chat: new Map<string, number>(),
    author: new Map<string, number>(),
  }
  readonly #named = new Map<string, Named>()
  #reader: ContactId | null = null
  #posted = 0

  constructor(db: Db, peers: Peers) {
    super(db)
    this.#peers = peers
  }

  /** Before the first effect of a transaction: forgets what one that failed has left. */
  begin(): void {
    this.#forget()
    this.#reader = this.#peers.unread.reader()
  }

  /** After the last one. */
  finish(searchable: 'now' | 'later'): void {
    for (const named of this.#named.values()) this.#name(named)
    this.#peers.ids.added(this.#posted)
    if (searchable === 'now') this.#peers.index.write(this.#touched)
    else this.#peers.index.defer(this.#touched)
    this.#forget()
  }

  #forget(): void {
    this.#touched.clear()
    for (const known of Object.values(this.#known)) known.clear()
    this.#named.clear()
    this.#posted = 0
  }

  #key(kind: 'community' | 'chat' | 'author', id: string, look: () => number): number {
    const known = this.#known[kind].get(id)
    if (known !== undefined) return known
    const found = look()
    this.#known[kind].set(id, found)
    return found
  }

  /** Adds one effect; false if its id was known, and then nothing is changed. */
  apply(effect: MessageEffect, source: MessageSource): boolean {
    const { keys } = this.#peers
    const { communityId, chatId } = effect
    const community = this.#key('community', communityId, () => keys.community(communityId))
    const chat = this.#key('chat', chatId, () => keys.chat(chatId, community))
    const author = this.#key('author', effect.author, () => keys.author(effect.author))
    if (effect.kind === 'chat') return this.#post(effect, community, chat, author, source)
    const target = packId(effect.target)
    const [text, flag] = textAndFlag(effect)
    const added = this.sql(
      `INSERT INTO message_effects (community, id, kind, target, chat, author, clock, text, flag)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (community, id) DO NOTHING`,
    ).run(community, packId(effect.id), effectKind[effect.kind], target, chat, author, effect.clock, text, flag)
    if (added.changes === 0) return false
    this.#refresh(community, target)
    return true
  }

  #post(effect: ChatEffect, community: number, chat: number, author: number, source: MessageSource): boolean {
    const id = packId(effect.id)
    // The clock is part of what a hash is of; an id from elsewhere may come with another one.
    if ((effect.origin !== null || typeof id === 'string') && this.#peers.ids.key(community, id) !== null) return false
    const effects = this.#effects(community, id)
    const state = messageState({ chat, author, text: effect.text }, effects)
    const { images = 0, held = [], thread = null } = effect.contents ?? {}
    const reacted = standingReactions({ chat }, effects).length > 0 ? heldBits.reaction : 0
    const foreign = effect.origin === null ? null : this.#foreignAuthor(effect.origin, community, effect.clock)
    const insert = this.sql(
      `INSERT INTO messages (key, community, id, chat, author, clock, timestamp, text, first_text, content_type,
         response_to, display_name, standing, source, edited_at, deleted, pinned, body, images, holds, thread, unread,
         foreign_author, edited_elsewhere)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    const values = [
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
      images,
      holdsOf(held) | reacted,
      thread === null ? null : packId(thread),
      state.deleted ? 0 : this.#unread(effect, source),
      foreign,
      effect.editedAt,
    ]
    // Nearly always new, and its own place free: asking first would cost more than trying.
    let place = placeOf(effect.clock)
    if (insert.run(place, ...values).changes === 0) {
      const same = 'SELECT 1 FROM messages WHERE community = ? AND chat = ? AND clock = ? AND id = ?'
      if (this.sql(same).get(community, chat, effect.clock, id) !== undefined) return false
      place = this.freePlace(effect.clock, effect.id)
      insert.run(place, ...values)
    }
    this.#posted += 1
    this.#touched.set(place, 'new')
    if (effect.displayName !== '' && !namedByMessage.has(effect.contentType)) {
      this.#nameLater({ community, author, clock: effect.clock, id, name: effect.displayName })
    }
    return true
  }

  /** A key for a new message: its place in time, or the nearest free one tried. */
  freePlace(clock: Millis, id: MessageId): number {
    const taken = this.sql('SELECT 1 FROM messages WHERE key = ?')
    for (const place of placesFor(clock, id)) if (taken.get(place) === undefined) return place
    throw new Error('there is always another place')
  }

  /** What was said while one could have heard it is unread; history, one's own words and those of the banned are not. */
  #unread({ author, standing, text }: ChatEffect, source: MessageSource): 0 | 1 | 2 {
    if ((source !== 'live' && source !== 'store') || author === this.#reader || standing === 'banned') return 0
    return names(text, this.#reader) ? 2 : 1
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

  /** Only the last of a transaction counts; ids decide in the database where the clocks are the same. */
  #nameLater(named: Named): void {
    const key = `${named.community} ${named.author}`
    const before = this.#named.get(key)
    if (before !== undefined && before.clock > named.clock) return
    if (before?.clock === named.clock) this.#name(before)
    this.#named.set(key, named)
  }

  #name({ community, author, clock, id, name }: Named): void {
    this.sql(
      `INSERT INTO author_names (community, author, clock, id, name) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (community, author) DO UPDATE SET clock = excluded.clock, id = excluded.id, name = excluded.name
       WHERE (excluded.clock, excluded.id) > (author_names.clock, author_names.id)`,
    ).run(community, author, clock, id, name)
  }

  /** Brings a message's row up to date with its effects; nothing to do while the message is unknown. */
  #refresh(community: number, id: StoredId): void {
    const row = this.sql<PostedRow>(
      `SELECT key, chat, author, coalesce(first_text, text) AS text, holds, edited_elsewhere AS editedElsewhere
       FROM messages WHERE key = ?`,
    ).get(this.#peers.ids.key(community, id))
    if (row === undefined) return
    const effects = this.#effects(community, id)
    const state = messageState(row, effects)
    const reacted = standingReactions(row, effects).length > 0
    const holds = reacted ? row.holds | heldBits.reaction : row.holds & ~heldBits.reaction
    const deleted = Number(state.deleted)
    const now = [state.text, state.editedAt ?? row.editedElsewhere, deleted, Number(state.pinned), holds]
    const changed = this.sql(
      `UPDATE messages SET text = ?, edited_at = ?, deleted = ?, pinned = ?, holds = ?, first_text = ?,
         unread = iif(?, 0, unread)
       WHERE key = ? AND (text, edited_at, deleted, pinned, holds) IS NOT (?, ?, ?, ?, ?)`,
    ).run(...now, state.text === row.text ? null : row.text, deleted, row.key, ...now).changes
    if (changed > 0 && !this.#touched.has(row.key)) this.#touched.set(row.key, 'again')
  }

  #effects(community: number, target: StoredId): readonly StoredEffect[] {
    const rows = this.sql<EffectRow>(
      'SELECT id, kind, chat, author, clock, text, flag FROM message_effects WHERE community = ? AND target = ?',
    ).all(community, target)
    return rows.map((row) => ({ ...row, id: unpackId(row.id) }))
  }
}

/** The name by which other clients call everybody at once. */
const EVERYBODY = '@0x00001'

function names(text: string, reader: ContactId | null): boolean {
  if (!text.includes('@0x')) return false
  return (reader !== null && text.includes(`@${reader}`)) || text.includes(EVERYBODY)
}

function textAndFlag(effect: Exclude<MessageEffect, ChatEffect>): readonly [text: string, flag: number] {
  if (effect.kind === 'edit') return [effect.text, 0]
  if (effect.kind === 'delete') return ['', Number(effect.privileged)]
  if (effect.kind === 'pin') return ['', Number(effect.pinned)]
  return [effect.emoji, Number(effect.retracted)]
}
