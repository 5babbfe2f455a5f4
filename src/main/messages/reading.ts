/** What was said, as it is read. The store does the work; this is the door the front ends come through. */
import type { ChatId, CommunityId, Message, MessageId, Millis } from '../../shared/domain.ts'
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

export function createReading(messages: Store['messages']): Reading {
  return {
    page: async ({ communityId, chatId, ...query }) => {
      const [page, total] = await Promise.all([
        messages.page({ chatId, ...query }),
        messages.count({ communityId, chatId }),
      ])
      return { ...page, total }
    },
    message: (communityId, id) => messages.get(communityId, id),
    search: (query) => messages.search(query),
  }
}
