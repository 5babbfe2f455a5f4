/** What a made-up node answers about what was said. */
import type { Cursor, Handlers } from '../../src/shared/contract.ts'
import type { ChatId, CommunityId, Message, MessageId, Millis } from '../../src/shared/domain.ts'
import { marksIn } from '../../src/shared/search-marks.ts'
import { parseSearch } from '../../src/shared/search-query.ts'

type Reading =
  | 'messages.page'
  | 'messages.get'
  | 'messages.edits'
  | 'messages.pinned'
  | 'messages.image'
  | 'messages.unread'
  | 'messages.markRead'
  | 'messages.search'

interface Place {
  readonly before?: Cursor | undefined
  readonly after?: Cursor | undefined
  readonly around?: MessageId | undefined
  readonly at?: Millis | undefined
}

/** Lists are oldest first. */
export function readingAnswers(
  channelOf: (chatId: ChatId) => readonly Message[],
  listsOf: (communityId: CommunityId) => ReadonlyMap<ChatId, readonly Message[]>,
  unread: Map<ChatId, number>,
  changed: (chatId: ChatId) => void,
): Pick<Handlers, Reading> {
  return {
    'messages.page': async ({ chatId, limit, unread: first, ...asked }) => {
      const list = channelOf(chatId)
      const place = first ? { around: list.at(-(unread.get(chatId) ?? 0))?.id } : asked
      const { start, end, target } = stretchOf(list, place, limit)
      const messages = list.slice(start, end)
      return { messages, total: list.length, hasOlder: start > 0, hasNewer: end < list.length, target }
    },
    'messages.get': async ({ chatId, id }) => channelOf(chatId).find((message) => message.id === id) ?? null,
    'messages.edits': async ({ chatId, id }) => {
      const message = channelOf(chatId).find((one) => one.id === id)
      if (!message || message.deleted) return []
      const { text, timestamp, editedAt } = message
      return editedAt === null
        ? [{ text, at: timestamp }]
        : [
            { text: 'What it was before', at: timestamp },
            { text, at: editedAt },
          ]
    },
    'messages.pinned': async ({ chatId, limit }) =>
      channelOf(chatId)
        .filter(({ pinned, deleted }) => pinned && !deleted)
        .slice(-limit)
        .reverse(),
    'messages.image': async ({ chatId, id, index }) => {
      const message = channelOf(chatId).find((one) => one.id === id)
      return message && index < message.images ? { mime: 'image/png', bytes: onePixel } : null
    },
    'messages.unread': async ({ communityId }) =>
      [...listsOf(communityId)].flatMap(([chatId, list]) => {
        const left = unread.get(chatId) ?? 0
        const first = left === 0 ? undefined : list.at(-left)
        return first ? [{ chatId, unread: left, mentions: 0, first: { clock: first.clock, id: first.id } }] : []
      }),
    'messages.markRead': async ({ chatId, upTo }) => {
      const left = channelOf(chatId).filter((message) => compare(message, upTo) > 0).length
      unread.set(chatId, Math.min(unread.get(chatId) ?? 0, left))
      changed(chatId)
    },
    'messages.search': async ({ communityId, text, limit }) => {
      const terms = parseSearch(text)
      const found: Message[] = []
      for (const list of listsOf(communityId).values())
        for (let index = list.length - 1; index >= 0 && found.length < limit; index--) {
          const message = list[index]
          if (message && marksIn(message.text, terms).length > 0) found.push(message)
        }
      const hits = found.map((message) => ({ message, marks: marksIn(message.text, terms) }))
      return { hits, next: null, rankedAmong: null, unsearched: 0, ignored: terms.ignored }
    },
  }
}

/** A green point. */
const onePixel = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='),
  (character) => character.charCodeAt(0),
)

/** The first message of a page, the one after its last, and what was aimed at. */
function stretchOf(list: readonly Message[], place: Place, limit: number) {
  const first = (is: (message: Message) => boolean) => {
    const found = list.findIndex(is)
    return found < 0 ? list.length : found
  }
  const { before, after, around, at } = place
  if (after) {
    const start = first((message) => compare(message, after) > 0)
    return { start, end: Math.min(list.length, start + limit), target: null }
  }
  if (around !== undefined || at !== undefined) {
    const aim = first((message) => (around === undefined ? message.clock >= (at ?? 0) : message.id === around))
    const start = Math.max(0, aim - Math.floor(limit / 2))
    return { start, end: Math.min(list.length, aim + Math.ceil(limit / 2)), target: list[aim]?.id ?? null }
  }
  const end = before ? first((message) => compare(message, before) >= 0) : list.length
  return { start: Math.max(0, end - limit), end, target: null }
}

const compare = (message: Message, cursor: Cursor): number =>
  message.clock - cursor.clock || (message.id < cursor.id ? -1 : message.id > cursor.id ? 1 : 0)
