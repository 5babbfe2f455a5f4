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

/** Signed by one key for many people, so that their names are their own (PROTOCOL.md §1.5): Discord and bridges. */
export const namedByMessage: ReadonlySet<number> = new Set([12, 18])

export class MessageIndex extends Repository {
  /** What waited to be written waits no longer. */
  write(places: ReadonlyMap<number, Indexed>): void {
    if (this.left() > 0) this.#settle(places)
    for (const place of [...places.keys()].sort((a, b) => a - b)) {
      // Not converted yet: it comes with its new place.
      if (place < FIRST_PLACE) continue
      if (places.get(place) === 'again') this.sql('DELETE FROM message_words WHERE rowid = ?').run(place)
      const row = this.#row(place)
      // A deleted message is not found.
      if (row === undefined || row.deleted === 1) continue
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

  #row(place: number): Row | undefined {
    return this.sql<Row>(
      `SELECT community, chat, author, text, content_type AS contentType, display_name AS name, images, holds,
         response_to IS NOT NULL AS isReply, thread IS NOT NULL AS isInThread, edited_at IS NOT NULL AS isEdited,
         deleted, pinned
       FROM messages WHERE key = ?`,
    ).get(place)
  }
}
