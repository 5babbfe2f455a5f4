/** What was said, as it is read. The store does the work; this is the door the front ends come through. */
import type { ChatId, CommunityId, ContactId, Message, MessageId, Millis } from '../../shared/domain.ts'
import type { Store } from '../store/index.ts'

export interface Cursor {
  readonly clock: Millis
  readonly id: MessageId
}

export interface Page {
  /** Oldest first. */
  readonly messages: readonly Message[]
  /** Of the whole channel. */
  readonly total: number
  readonly hasOlder: boolean
  readonly hasNewer: boolean
}

export interface Reading {
  /** The newest page, or the one on one side of a place (exclusive). */
  page(query: {
    communityId: CommunityId
    chatId: ChatId
    before?: Cursor
    after?: Cursor
    limit: number
  }): Promise<Page>
  message(communityId: CommunityId, id: MessageId): Promise<Message | null>
  search(query: { communityId: CommunityId; chatId?: ChatId; text: string; limit: number }): Promise<readonly Message[]>
}

/** Names that other clients refuse are not sent (PROTOCOL.md §1.5), but a person reads their own beside what they said. */
export interface Reader {
  readonly contactId: ContactId
  readonly name: string
}

export function createReading(messages: Store['messages'], reader: Reader): Reading {
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
    search: async (query) => (await messages.search(query)).map(named),
  }
}
