/** What front ends are told about messages: where something is different, and how much of it is unread. */
import type { ChatId, CommunityId } from '../../shared/domain.ts'
import type { Reading } from '../messages/index.ts'
import type { NodeEvents } from './events.ts'

export interface Telling {
  messages(communityId: CommunityId, chatIds: readonly ChatId[]): void
  unread(communityId: CommunityId, chatIds: readonly ChatId[]): void
}

export function createTelling(
  events: NodeEvents,
  reading: () => Pick<Reading, 'unread'>,
  report: (error: unknown) => void,
): Telling {
  return {
    messages: (communityId, chatIds) => {
      for (const chatId of chatIds)
        events.gather('messages.changed', chatId, () => ({ communityId, chatIds: [chatId] }))
    },
    unread: (communityId, chatIds) => {
      for (const chatId of chatIds)
        reading()
          .unread(communityId, chatId)
          .then(([channel]) => {
            const { unread, mentions } = channel ?? { unread: 0, mentions: 0 }
            events.gather('messages.unread', chatId, () => ({ communityId, chatId, unread, mentions }))
          }, report)
    },
  }
}
