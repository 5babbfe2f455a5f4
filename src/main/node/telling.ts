/** What front ends are told: where messages are different, how many are unread, how the network is. */
import type { ChatId, CommunityId, NetworkStatus } from '../../shared/domain.ts'
import type { Reading } from '../messages/index.ts'
import type { NodeEvents } from './events.ts'

export interface Telling {
  messages(communityId: CommunityId, chatIds: readonly ChatId[]): void
  unread(communityId: CommunityId, chatIds: readonly ChatId[]): void
  /** Asked for once at a time: a busy outbox changes the answer many times a second. */
  network(): void
}

export interface TellingParts {
  readonly events: NodeEvents
  readonly reading: () => Pick<Reading, 'unread'>
  readonly network: () => Promise<NetworkStatus>
  readonly report: (error: unknown) => void
}

export function createTelling({ events, reading, network, report }: TellingParts): Telling {
  let asking = false
  let again = false
  const ask = async (): Promise<void> => {
    asking = true
    do {
      again = false
      const whole = await network()
      events.gather('network.changed', '', () => whole)
    } while (again)
  }
  return {
    network: () => {
      again = true
      if (asking) return
      void ask()
        .catch(report)
        .finally(() => {
          asking = false
        })
    },
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
