/** Requests about communities. */
import type { Handlers } from '../../../shared/contract.ts'
import type { Host } from '../host.ts'

export const communityHandlers = (host: Host) =>
  ({
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
  }) satisfies Partial<Handlers>
