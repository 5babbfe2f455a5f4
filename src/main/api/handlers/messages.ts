/** Requests about what is said. */
import type { Handlers } from '../../../shared/contract.ts'
import type { ChatId } from '../../../shared/domain.ts'
import { communityOf } from '../../../shared/ids.ts'
import { ApiError } from '../failures.ts'
import type { Host } from '../host.ts'

export function messageHandlers(host: Host) {
  const communityOfChat = (chatId: ChatId) => {
    const communityId = communityOf(chatId)
    if (!host.node().communities.has(communityId))
      throw new ApiError('not-found', 'This channel is not in this profile.')
    return communityId
  }
  return {
    'messages.page': async ({ chatId, before, after, limit }) => {
      const { messages, total } = await host.node().reading.page({
        communityId: communityOfChat(chatId),
        chatId,
        limit,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      })
      return { messages: [...messages], total }
    },
    'messages.get': ({ chatId, id }) => host.node().reading.message(communityOfChat(chatId), id),
    'messages.post': ({ chatId, text, responseTo }) =>
      host.node().posting.post({ chatId, text, responseTo: responseTo ?? null }),
    'messages.search': async (query) => [...(await host.node().reading.search(query))],
  } satisfies Partial<Handlers>
}
