/**
 * The search index: what the messages at some places say and are. Written once for each batch and in the order of
 * places: one that goes back and forth costs the index a piece of its own each time it goes back.
 */
import { marksOf } from './message-marks.ts'
import { FIRST_PLACE } from './places.ts'
import { Repository } from './repository.ts'

/** Whether the index may know a place already. */
export type Indexed = 'new' | 'again'

interface Row {
  readonly community: number
  readonly chat: number
  readonly author: number
  readonly text: string
  readonly contentType: number
  readonly name: string
  readonly images: number
  readonly holds: number
  readonly isReply: number
  readonly isInThread: number
  readonly isEdited: number
  readonly deleted: number
  readonly pinned: number
}

const ROW = `m.community, m.chat, m.author, m.text, m.content_type AS contentType, m.display_name AS name, m.images,
  m.holds, m.response_to IS NOT NULL AS isReply, m.thread IS NOT NULL AS isInThread,
  m.edited_at IS NOT NULL AS isEdited, m.deleted, m.pinned`

/** Signed by one key for many people, so that their names are their own (PROTOCOL.md §1.5): Discord and bridges. */
export const namedByMessage: ReadonlySet<number> = new Set([12, 18])

export class MessageIndex extends Repository {
  /** What waited to be written waits no longer. */
  write(places: ReadonlyMap<number, Indexed>): void {
    if (this.left() > 0) this.#settle(places)
    const row = this.sql<Row>(`SELECT ${ROW} FROM messages m WHERE m.key = ?`)
    for (const place of [...places.keys()].sort((a, b) => a - b))
      this.#write(place, places.get(place) ?? 'new', row.get(place))
  }

  /** At most `limit` of those that wait, the newest first. */
  take(limit: number): void {
    const due = this.sql<Row & { place: number; again: number }>(
      `SELECT d.place, d.again, ${ROW} FROM message_words_due d LEFT JOIN messages m ON m.key = d.place
       ORDER BY d.place DESC LIMIT ?`,
    ).all(limit)
    const oldest = due.at(-1)
    if (oldest === undefined) return
    for (const row of due.reverse()) this.#write(row.place, row.again === 1 ? 'again' : 'new', row)
    this.#count(-this.sql('DELETE FROM message_words_due WHERE place >= ?').run(oldest.place).changes)
  }

  /** In rising order of places. */
  #write(place: number, indexed: Indexed, row: Row | undefined): void {
    // Not converted yet: it comes with its new place.
    if (place < FIRST_PLACE) return
    if (indexed === 'again') this.sql('DELETE FROM message_words WHERE rowid = ?').run(place)
    // A deleted message is not found, and one that is gone says nothing.
    if (row === undefined || row.deleted !== 0) return
    this.sql('INSERT INTO message_words (rowid, text, marks, name) VALUES (?, ?, ?, ?)').run(
      place,
      row.text,
      marksOf({
        ...row,
        isReply: row.isReply === 1,
        isInThread: row.isInThread === 1,
        isEdited: row.isEdited === 1,
        isPinned: row.pinned === 1,
      }),
      namedByMessage.has(row.contentType) ? row.name : '',
    )
  }

  /** Leaves them to `SearchBacklogRepository.take`. */
  defer(places: ReadonlyMap<number, Indexed>): void {
    const add = this.sql('INSERT INTO message_words_due (place, again) VALUES (?, ?) ON CONFLICT (place) DO NOTHING')
    let added = 0
    for (const [place, indexed] of places) {
      if (place >= FIRST_PLACE) added += add.run(place, indexed === 'again' ? 1 : 0).changes
    }
    this.#count(added)
  }

  /** Messages that wait. */
  left(): number {
    return this.sql<{ n: number }>('SELECT n FROM message_words_left').get()?.n ?? 0
  }

  #settle(places: ReadonlyMap<number, Indexed>): void {
    const remove = this.sql('DELETE FROM message_words_due WHERE place = ?')
    let removed = 0
    for (const place of places.keys()) removed += remove.run(place).changes
    this.#count(-removed)
  }

  #count(change: number): void {
    if (change !== 0) this.sql('UPDATE message_words_left SET n = n + ?').run(change)
  }
}
