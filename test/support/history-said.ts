/** A history for tests: chat messages of some people over some weeks, sealed as their devices would have sent them. */
import { sealChat, type TransportRecord } from '../../src/main/messages/index.ts'
import type { SealedMessage } from '../../src/main/waku/network.ts'
import { bytesToHex } from '../../src/main/wire/index.ts'
import type { ChatId, ContactId, MessageId, Millis } from '../../src/shared/domain.ts'
import { keyOf, universal } from './history-rooms.ts'
import { communityId, general, person, random, seededRandom } from './people.ts'

/** One message, as it was said and as it must be found again. */
export interface Said {
  readonly id: MessageId
  readonly chatId: ChatId
  readonly author: ContactId
  readonly timestamp: Millis
  readonly text: string
  readonly sealed: SealedMessage
  /** What an archive must hold of it. */
  readonly record: TransportRecord
}

/** `count` messages in week `week`, from `minute` of it on. */
export interface Stretch {
  readonly week: number
  readonly count: number
  readonly minute?: number
  /** Characters of each text. */
  readonly length?: number
}

export const WEEK_MS = 7 * 24 * 3600 * 1000
/** A Monday, long ago. */
export const FIRST_WEEK = Date.UTC(2023, 0, 2)
const names = ['Ada Allan', 'Berta Bell', 'Carl Clark', 'Dora Dunn']

/** The same for the same stretches, whenever and in whichever process it is asked for. */
export async function say(...stretches: readonly Stretch[]): Promise<Said[]> {
  const key = await keyOf(universal)
  const said: Said[] = []
  for (const { week, count, minute = 0, length = 60 } of stretches) {
    for (let n = 0; n < count; n += 1) {
      const timestamp = (FIRST_WEEK + week * WEEK_MS + (minute + n) * 60_000) as Millis
      const name = names[(week + n) % names.length] ?? ''
      const author = person(name)
      const chatId = n % 3 === 0 ? random : general
      const text = `Week ${week}, minute ${minute + n}. ${'All of it is kept. '.repeat(Math.ceil(length / 19))}`.slice(
        0,
        length,
      )
      const { id, parts } = sealChat({
        communityId,
        chatId,
        generation: 'N2',
        key,
        author: author.key,
        clock: timestamp,
        timestamp,
        text,
        displayName: name,
        random: seededRandom(`${week} ${minute + n}`),
      })
      for (const { sealed, record } of parts)
        said.push({ id, chatId, author: author.id, timestamp, text, sealed, record })
    }
  }
  return said
}

export const hashOf = ({ record }: Pick<Said, 'record'>): string => bytesToHex(record.hash)
