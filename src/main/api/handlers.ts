/** One function for each request; a missing one is a type error. */
import type { Handlers } from '../../shared/contract.ts'
import { communityOf } from '../../shared/ids.ts'
import { ApiError } from './failures.ts'
import type { Host } from './host.ts'

export function createHandlers(host: Host, info: { version: string; mode: 'desktop' | 'headless' }): Handlers {
  const communityOfChat = (chatId: Parameters<typeof communityOf>[0]) => {
    const communityId = communityOf(chatId)
    if (!host.node().communities.has(communityId))
      throw new ApiError('not-found', 'This channel is not in this profile.')
    return communityId
  }
  return {
    'app.info': async () => ({ ...info, profile: host.profile() }),
    'profiles.list': async () => (await host.profiles.list()).profiles,
    'profiles.create': async (input) => (await host.profiles.create(input)).profile,
    'profiles.login': ({ id, password }) => host.login(id, password),
    'profiles.logout': async () => {
      await host.logout()
      return undefined
    },

    'communities.list': async () => host.node().communities.list(),
    'communities.create': async (input) => {
      const { communities, setHistoryArchives } = host.node()
      const channels = input.channels.map((name) => ({ name }))
      const community = await communities.create({ ...input, channels })
      if (input.historyArchives) await setHistoryArchives(community.id, true)
      return community
    },
    'communities.join': ({ id }) => host.node().communities.join(id),
    'communities.leave': async ({ id }) => {
      await host.node().leave(id)
      return undefined
    },
    'communities.addChannel': ({ id, name }) => host.node().communities.addChannel(id, { name }),
    'communities.setHistoryArchives': async ({ id, on }) => {
      await host.node().setHistoryArchives(id, on)
      return undefined
    },

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

    'history.show': ({ communityId }) => host.node().archives.history(communityId),
    'history.archiveNow': async ({ communityId }) => ({ archives: await host.node().archives.archiveNow(communityId) }),
    'history.pause': async ({ communityId, on }) => {
      await host.node().archives.pause(communityId, on)
      return undefined
    },
    'history.retry': async ({ communityId, archiveId }) => {
      await host.node().archives.retry(communityId, archiveId)
      return undefined
    },
    'transfers.list': async () => host.node().engines.transfers(),
    'network.status': () => host.node().network(),
    'network.addresses': async () => [...((await host.node().waku.service?.addresses()) ?? [])],
    'settings.get': async () => host.node().settings(),
    'settings.set': (change) => host.configure(change),
  }
}
