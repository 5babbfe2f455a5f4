/** What was said, as it is read. The store does the work; this is the door the front ends come through. */
import type { ChatId, CommunityId, ContactId, Message, MessageId, Millis } from '../../shared/domain.ts'
import type { MessageAim, Store, UnreadChannel } from '../store/index.ts'
import { type Image, imageIn } from './contents.ts'
import { type Found, type NamedChannel, type Search, search } from './search.ts'

export interface Cursor {
  readonly clock: Millis
  readonly id: MessageId
}

export interface PageQuery {
  readonly communityId: CommunityId
  readonly chatId: ChatId
  /** At most one of these: a place (exclusive), or what the page is to be around. None for the newest messages. */
  readonly before?: Cursor
  readonly after?: Cursor
  readonly around?: MessageAim
  readonly limit: number
  readonly includeBanned?: boolean
}

export interface Page {
  /** Oldest first. */
  readonly messages: readonly Message[]
  /** Of the whole channel. */
  readonly total: number
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  /** The message that was aimed at, if it is here. */
  readonly target: MessageId | null
}

export interface Version {
  readonly text: string
  readonly at: Millis
}

export interface Reading {
  page(query: PageQuery): Promise<Page>
  message(communityId: CommunityId, id: MessageId): Promise<Message | null>
  /** The newest `limit` texts that a message had, oldest first. */
  edits(communityId: CommunityId, id: MessageId, limit: number): Promise<readonly Version[]>
  /** Newest first. */
  pinned(chatId: ChatId, limit: number, before?: Cursor): Promise<readonly Message[]>
  image(communityId: CommunityId, id: MessageId, index: number): Promise<Image | null>
  search(query: Search): Promise<Found>
  unread(communityId: CommunityId, chatId?: ChatId): Promise<readonly UnreadChannel[]>
  markRead(communityId: CommunityId, chatId: ChatId, upTo: Cursor): Promise<void>
}

/** Names that other clients refuse are not sent (PROTOCOL.md §1.5), but a person reads their own beside what they said. */
export interface Reader {
  readonly contactId: ContactId
  readonly name: string
}

export interface ReadingParts {
  readonly store: Pick<Store, 'messages' | 'unread'>
  readonly reader: Reader
  readonly channels: (communityId: CommunityId) => readonly NamedChannel[]
  /** There is less to read than before. */
  readonly read?: (communityId: CommunityId, chatId: ChatId) => void
}

export function createReading({ store, reader, channels, read }: ReadingParts): Reading {
  const { messages, unread } = store
  const named = <M extends Message>(message: M): M =>
    message.authorName === '' && message.author === reader.contactId ? { ...message, authorName: reader.name } : message
  return {
    page: async ({ communityId, chatId, ...query }) => {
      const [page, total] = await Promise.all([
        messages.page({ chatId, ...query }),
        messages.count({ communityId, chatId }),
      ])
      return { ...page, messages: page.messages.map(named), total }
    },
    message: async (communityId, id) => {
      const message = await messages.get(communityId, id)
      return message === null ? null : named(message)
    },
    edits: async (communityId, id, limit) => (await messages.editHistory(communityId, id)).slice(-limit),
    pinned: async (chatId, limit, before) => (await messages.pinned(chatId, limit, before)).map(named),
    image: async (communityId, id, index) => {
      const message = await messages.get(communityId, id)
      if (message === null || index >= message.images) return null
      const body = await messages.body(communityId, id)
      return body === null ? null : imageIn(body, index)
    },
    search: async (query) => {
      const found = await search(messages, query, channels(query.communityId))
      return { ...found, hits: found.hits.map(({ message, marks }) => ({ message: named(message), marks })) }
    },
    unread: (communityId, chatId) => unread.list(communityId, chatId),
    markRead: async (communityId, chatId, upTo) => {
      if ((await unread.mark(chatId, upTo)) > 0) read?.(communityId, chatId)
    },
  }
}
