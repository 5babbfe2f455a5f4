/**
 * Messages that an earlier version stored: they get their place in time, what they hold, and their part of the search
 * index. Some at a time, the newest of those that arrived last first; what is done stays done, so it can stop anywhere.
 */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import type { Db } from './database.ts'
import { packId, unpackId } from './keys.ts'
import type { Indexed, MessageIndex } from './message-index.ts'
import { heldBits, holdsOf } from './message-marks.ts'
import { type StoredEffect, standingReactions } from './message-state.ts'
import type { MessageWriter } from './message-writer.ts'
import { FIRST_PLACE } from './places.ts'
import type { MessageContents } from './records.ts'
import { Repository } from './repository.ts'

export interface UnconvertedMessage {
  readonly key: number
  readonly communityId: CommunityId
  readonly body: Uint8Array
}

interface Row {
  readonly community: number
  readonly id: Uint8Array | string
  readonly chat: number
  readonly clock: Millis
}
type EffectRow = Omit<StoredEffect, 'id'> & { readonly id: Uint8Array | string }

interface Peers {
  readonly index: MessageIndex
  readonly writer: MessageWriter
}

export class ConversionRepository extends Repository {
  static override readonly reads = ['next', 'left'] as const

  readonly #peers: Peers

  constructor(db: Db, peers: Peers) {
    super(db)
    this.#peers = peers
  }

  left(): number {
    return this.sql<{ n: number }>('SELECT unconverted AS n FROM message_conversion').get()?.n ?? 0
  }

  /** At most `limit` messages, and no more than it takes to have so many bytes of them. */
  next(limit: number, bytes: number): UnconvertedMessage[] {
    const found: UnconvertedMessage[] = []
    let size = 0
    const rows = this.sql<UnconvertedMessage>(
      `SELECT m.key, c.id AS communityId, m.body FROM messages m JOIN community_keys c ON c.key = m.community
       WHERE m.key < ? ORDER BY m.key DESC LIMIT ?`,
    )
    for (const row of rows.iterate(FIRST_PLACE, limit)) {
      found.push(row)
      size += row.body.length
      if (size >= bytes) break
    }
    return found
  }

  /** One transaction. What is no longer there, or was converted meanwhile, is passed over. */
  convert(messages: readonly { readonly key: number; readonly contents: MessageContents }[]): void {
    this.transact(() => {
      const places = new Map<number, Indexed>()
      for (const { key, contents } of messages) {
        const place = key < FIRST_PLACE ? this.#convert(key, contents) : null
        if (place !== null) places.set(place, 'new')
      }
      this.#peers.index.write(places)
      this.sql('UPDATE message_conversion SET unconverted = unconverted - ?').run(places.size)
    })
  }

  #convert(key: number, { images, held, thread }: MessageContents): number | null {
    const row = this.sql<Row>('SELECT community, id, chat, clock FROM messages WHERE key = ?').get(key)
    if (row === undefined) return null
    const effects = this.sql<EffectRow>(
      'SELECT id, kind, chat, author, clock, text, flag FROM message_effects WHERE community = ? AND target = ?',
    ).all(row.community, row.id)
    const reacted = standingReactions(
      row,
      effects.map((effect) => ({ ...effect, id: unpackId(effect.id) })),
    )
    const place = this.#peers.writer.freePlace(row.clock, unpackId(row.id))
    this.sql('UPDATE messages SET key = ?, images = ?, holds = ?, thread = ? WHERE key = ?').run(
      place,
      images,
      holdsOf(held) | (reacted.length > 0 ? heldBits.reaction : 0),
      thread === null ? null : packId(thread),
      key,
    )
    return place
  }
}
