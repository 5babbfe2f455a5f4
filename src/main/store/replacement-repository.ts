/**
 * Messages that a member's archives do not hold: which there may be, where they are put aside, and how they come back.
 * Putting aside and bringing back is done in slices, each a transaction, so either may end anywhere and be done again;
 * what happened to a message (edits, deletions, pins, reactions) stays where it is throughout.
 */
import type {
  ArchiveId,
  AuthorStanding,
  ChatId,
  CommunityId,
  ContactId,
  EngineKind,
  MessageId,
  MessageSource,
  Millis,
} from '../../shared/domain.ts'
import { crashPoint } from '../workers/crash-point.ts'
import type { Db } from './database.ts'
import { type Keys, packId, unpackId } from './keys.ts'
import { keysWithEndOf, type MessageIds } from './message-ids.ts'
import { type Held, heldBits } from './message-marks.ts'
import { type MessageWriter, sources, standings } from './message-writer.ts'
import { Repository } from './repository.ts'

/** A place in the order (channel, clock, id), channels in the order in which they became known. */
export interface ComparedPosition {
  readonly chat: number
  readonly clock: Millis
  readonly id: MessageId
}
export interface ComparedMessage {
  readonly id: MessageId
  readonly timestamp: Millis
}
export interface ComparedPage {
  /** First said on Status, and not waiting to be sent. */
  readonly messages: readonly ComparedMessage[]
  /** Where the next page begins; null if there is none. */
  readonly after: ComparedPosition | null
}

interface Row {
  readonly key: number
  readonly chatId: ChatId
  readonly author: ContactId
  readonly clock: Millis
  readonly timestamp: Millis
  readonly text: string
  readonly contentType: number
  readonly responseTo: Uint8Array | string | null
  readonly displayName: string
  readonly standing: number
  readonly source: number
  readonly images: number
  readonly holds: number
  readonly thread: Uint8Array | string | null
  readonly unread: number
  readonly body: Uint8Array
}
/** `replaced_messages.message`. */
interface Saved {
  readonly chatId: ChatId
  readonly author: ContactId
  readonly clock: Millis
  readonly timestamp: Millis
  readonly text: string
  readonly contentType: number
  readonly responseTo: MessageId | null
  readonly displayName: string
  readonly standing: AuthorStanding
  readonly images: number
  readonly held: readonly Exclude<Held, 'reaction'>[]
  readonly thread: MessageId | null
  readonly unread: number
}

const kept = ['link', 'file', 'audio', 'sticker'] as const

export class ReplacementRepository extends Repository {
  static override readonly reads = ['isOn', 'on', 'compared', 'page', 'younger', 'replaced'] as const

  readonly #keys: Keys
  readonly #ids: MessageIds
  readonly #writer: MessageWriter

  constructor(db: Db, peers: { readonly keys: Keys; readonly ids: MessageIds; readonly writer: MessageWriter }) {
    super(db)
    this.#keys = peers.keys
    this.#ids = peers.ids
    this.#writer = peers.writer
  }

  isOn(communityId: CommunityId): boolean {
    const text = 'SELECT replaces FROM download_communities WHERE community_id = ?'
    return this.sql<{ replaces: number }>(text).get(communityId)?.replaces === 1
  }

  /** Communities whose archives replace what is here. */
  on(): CommunityId[] {
    const text = 'SELECT community_id AS id FROM download_communities WHERE replaces = 1 ORDER BY 1'
    return this.sql<{ id: CommunityId }>(text)
      .all()
      .map(({ id }) => id)
  }

  /** Switched on, everything is compared anew; switched off, what was put aside stays so. */
  set(communityId: CommunityId, on: boolean): void {
    this.transact(() => {
      this.sql(
        `INSERT INTO download_communities (community_id, replaces) VALUES (?, ?)
         ON CONFLICT (community_id) DO UPDATE SET replaces = excluded.replaces`,
      ).run(communityId, Number(on))
      this.sql('UPDATE download_archives SET canonical = 0 WHERE community_id = ? AND canonical = 1').run(communityId)
    })
  }

  /** Archives whose time was compared with them. */
  compared(communityId: CommunityId): ArchiveId[] {
    const text = 'SELECT id FROM download_archives WHERE community_id = ? AND canonical = 1'
    return this.sql<{ id: ArchiveId }>(text)
      .all(communityId)
      .map(({ id }) => id)
  }

  markCompared(
    communityId: CommunityId,
    archives: readonly { readonly engine: EngineKind; readonly id: ArchiveId }[],
  ): void {
    const text = 'UPDATE download_archives SET canonical = 1 WHERE community_id = ? AND engine = ? AND id = ?'
    this.transact(() => {
      for (const { engine, id } of archives) this.sql(text).run(communityId, engine, id)
    })
  }

  /** Messages whose clock lies in a range (ms, the end excluded). Reads at most `limit` of them, wanted or not. */
  page(
    communityId: CommunityId,
    range: { readonly from: Millis; readonly to: Millis; readonly after: ComparedPosition | null },
    limit: number,
  ): ComparedPage {
    const community = this.#keys.find('community_keys', communityId)
    const chats = this.sql<{ key: number }>(
      'SELECT key FROM chat_keys WHERE community = ? AND key >= ? ORDER BY key',
    ).all(community, range.after?.chat ?? 0)
    const messages: ComparedMessage[] = []
    let left = limit
    for (const { key: chat } of chats) {
      const after = range.after?.chat === chat ? range.after : null
      const rows = this.sql<{
        id: Uint8Array | string
        clock: Millis
        timestamp: Millis
        source: number
        native: number
      }>(
        `SELECT id, clock, timestamp, source, foreign_author IS NULL AND content_type NOT IN (12, 18) AS native
         FROM messages INDEXED BY messages_in_order
         WHERE community = ? AND chat = ? AND (clock, id) > (?, ?) AND clock < ? ORDER BY clock, id LIMIT ?`,
        // A number comes before every id.
      ).all(community, chat, after?.clock ?? range.from, after === null ? 0 : packId(after.id), range.to, left)
      for (const row of rows) {
        const id = unpackId(row.id)
        if (row.native === 1 && !(sources[row.source] === 'own' && this.#isUnsent(id)))
          messages.push({ id, timestamp: row.timestamp })
      }
      left -= rows.length
      const last = rows.at(-1)
      if (left === 0 && last !== undefined)
        return { messages, after: { chat, clock: last.clock, id: unpackId(last.id) } }
    }
    return { messages, after: null }
  }

  /** How many messages there are from a time on. */
  younger(communityId: CommunityId, from: Millis): number {
    const row = this.sql<{ n: number }>(
      `SELECT coalesce(sum((SELECT count(*) FROM messages m INDEXED BY messages_in_order
         WHERE m.community = c.community AND m.chat = c.key AND m.clock >= ?)), 0) AS n
       FROM chat_keys c WHERE c.community = ?`,
    ).get(from, this.#keys.find('community_keys', communityId))
    return row?.n ?? 0
  }

  /** How many messages were put aside and have not come back by themselves, in a later archive or from the network. */
  replaced(communityId: CommunityId): number {
    const row = this.sql<{ n: number }>(
      `SELECT count(*) AS n FROM replaced_messages r WHERE r.community = ?
         AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.key IN (${keysWithEndOf('r.id')})
           AND m.community = r.community AND m.id = r.id)`,
    ).get(this.#keys.find('community_keys', communityId))
    return row?.n ?? 0
  }

  /**
   * Puts messages aside. Null, and nothing is changed, where what they were compared with is no longer all there is: it
   * was switched off, or other archives than those `imported` are in the history by now, or on their way into it.
   * Crash points here and in `restore`: `:before` (all written, not committed) and `:after`.
   */
  putAside(communityId: CommunityId, ids: readonly MessageId[], imported: number, at: Millis): ChatId[] | null {
    const chats = this.transact(() => {
      if (!this.isOn(communityId) || !this.#isSettled(communityId, imported)) return null
      const community = this.#keys.find('community_keys', communityId)
      const found = new Set(ids.flatMap((id) => this.#putAside(community, id, at) ?? []))
      crashPoint('replacement.aside:before')
      return found
    })
    crashPoint('replacement.aside:after')
    return chats === null ? null : [...chats]
  }

  /** Brings some of them back, and switches replacement off. @returns the channels they are in, and how many are left */
  restore(communityId: CommunityId, limit: number): { readonly chatIds: readonly ChatId[]; readonly left: number } {
    const restored = this.transact(() => {
      if (this.isOn(communityId)) this.set(communityId, false)
      const community = this.#keys.find('community_keys', communityId)
      const rows = this.sql<{ id: Uint8Array | string; source: number; message: string; body: Uint8Array }>(
        'SELECT id, source, message, body FROM replaced_messages WHERE community = ? LIMIT ?',
      ).all(community, limit)
      this.#writer.begin()
      const chatIds = new Set<ChatId>()
      for (const row of rows) {
        const saved: Saved = JSON.parse(row.message)
        this.#restore(communityId, unpackId(row.id), sources[row.source] ?? 'live', saved, row.body)
        this.sql('DELETE FROM replaced_messages WHERE community = ? AND id = ?').run(community, row.id)
        chatIds.add(saved.chatId)
      }
      this.#writer.finish('now')
      crashPoint('replacement.restore:before')
      const text = 'SELECT count(*) AS n FROM replaced_messages WHERE community = ?'
      return { chatIds: [...chatIds], left: this.sql<{ n: number }>(text).get(community)?.n ?? 0 }
    })
    crashPoint('replacement.restore:after')
    return restored
  }

  #putAside(community: number | null, id: MessageId, at: Millis): ChatId | null {
    const row = this.sql<Row>(
      `SELECT m.key, c.id AS chatId, a.id AS author, m.clock, m.timestamp, coalesce(m.first_text, m.text) AS text,
         m.content_type AS contentType, m.response_to AS responseTo, m.display_name AS displayName, m.standing,
         m.source, m.images, m.holds, m.thread, m.unread, m.body
       FROM messages m JOIN chat_keys c ON c.key = m.chat JOIN author_keys a ON a.key = m.author
       WHERE m.key = ? AND m.foreign_author IS NULL`,
    ).get(this.#ids.key(community, packId(id)))
    if (row === undefined || (sources[row.source] === 'own' && this.#isUnsent(id))) return null
    const { key, source, holds, body, ...rest } = row
    const saved: Saved = {
      ...rest,
      standing: standings[row.standing] ?? 'unknown',
      responseTo: row.responseTo === null ? null : unpackId(row.responseTo),
      thread: row.thread === null ? null : unpackId(row.thread),
      held: kept.filter((mark) => (holds & heldBits[mark]) !== 0),
    }
    this.sql(
      `INSERT INTO replaced_messages (community, id, source, message, body, replaced_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (community, id) DO UPDATE SET replaced_at = excluded.replaced_at`,
    ).run(community, packId(id), source, JSON.stringify(saved), body, at)
    this.sql('DELETE FROM messages WHERE key = ?').run(key)
    return row.chatId
  }

  #restore(communityId: CommunityId, id: MessageId, source: MessageSource, saved: Saved, body: Uint8Array): void {
    const { images, held, thread, unread, ...posted } = saved
    const contents = { images, held, thread }
    const effect = { ...posted, kind: 'chat', id, communityId, origin: null, editedAt: null, body, contents } as const
    // What came back by itself stays as it came.
    if (!this.#writer.apply(effect, source)) return
    const key = this.#ids.key(this.#keys.find('community_keys', communityId), packId(id))
    this.sql('UPDATE messages SET unread = iif(deleted = 1, 0, ?) WHERE key = ?').run(unread, key)
  }

  #isSettled(communityId: CommunityId, imported: number): boolean {
    const row = this.sql<{ imported: number; importing: number }>(
      `SELECT count(*) FILTER (WHERE state = 'imported') AS imported,
         count(*) FILTER (WHERE state = 'importing') AS importing
       FROM download_archives WHERE community_id = ?`,
    ).get(communityId)
    return row?.imported === imported && row.importing === 0
  }

  /** Its entries bear its id, with a number behind it where it is sent in pieces. */
  #isUnsent(id: MessageId): boolean {
    const text = "SELECT 1 FROM outbox WHERE id >= ? AND id < ? || '~' AND sent_at IS NULL LIMIT 1"
    return this.sql(text).get(id, id) !== undefined
  }
}
