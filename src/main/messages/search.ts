/** Searching, as a front end asks for it: text as it was typed, and hits with what to mark in them. */
import type { ChatId, CommunityId, Message } from '../../shared/domain.ts'
import { folded, type MarkedRange, marksIn } from '../../shared/search-marks.ts'
import { parseSearch, type SearchOptions } from '../../shared/search-query.ts'
import type { SearchPlace, Store } from '../store/index.ts'

export interface Search extends SearchOptions {
  readonly communityId: CommunityId
  /** As it was typed. */
  readonly text: string
  readonly order?: 'newest' | 'ranked'
  readonly limit: number
  readonly after?: SearchPlace
  readonly includeBanned?: boolean
}

export interface Found {
  readonly hits: readonly { readonly message: Message; readonly marks: readonly MarkedRange[] }[]
  readonly next: SearchPlace | null
  readonly rankedAmong: number | null
  /** Messages that cannot be found yet: of an earlier version's database, or imported a moment ago. */
  readonly unsearched: number
  /** Filters that said nothing, as they were typed. */
  readonly ignored: readonly string[]
}

export interface NamedChannel {
  readonly chatId: ChatId
  readonly name: string
}

export async function search(
  messages: Pick<Store['messages'], 'search'>,
  { text, utcOffset, ...query }: Search,
  channels: readonly NamedChannel[],
): Promise<Found> {
  const terms = parseSearch(text, utcOffset === undefined ? {} : { utcOffset })
  const only = chatsNamed(terms.channels.only, channels)
  const not = chatsNamed(terms.channels.not, channels)
  const result = await messages.search({ ...query, terms, chats: { only: only.chats, not: not.chats } })
  const marked = { ...terms, mayGoOn: result.wentOn }
  return {
    hits: result.messages.map((message) => ({ message, marks: marksIn(message.text, marked) })),
    next: result.next,
    rankedAmong: result.rankedAmong,
    unsearched: result.unsearched,
    ignored: [...terms.ignored, ...[...only.unknown, ...not.unknown].map((name) => `channel:${name}`)],
  }
}

/** A channel of exactly this name, else all whose names begin so. */
function chatsNamed(names: readonly string[], channels: readonly NamedChannel[]) {
  const chats: ChatId[] = []
  const unknown: string[] = []
  for (const name of names) {
    const exact = channels.filter((channel) => folded(channel.name) === folded(name) || channel.chatId === name)
    const found = exact.length > 0 ? exact : channels.filter((channel) => folded(channel.name).startsWith(folded(name)))
    if (found.length === 0) unknown.push(name)
    chats.push(...found.map(({ chatId }) => chatId))
  }
  return { chats, unknown }
}
