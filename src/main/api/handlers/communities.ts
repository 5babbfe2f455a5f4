/** Requests about communities. */
import type { Handlers } from '../../../shared/contract.ts'
import type { CommunityId } from '../../../shared/domain.ts'
import type { Host } from '../host.ts'

export const communityHandlers = (host: Host) => {
  const communities = () => host.node().communities
  const idIn = (invitation: { readonly id: CommunityId } | { readonly link: string }): CommunityId =>
    'id' in invitation ? invitation.id : communities().invitedTo(invitation.link)
  return {
    'communities.list': async () => communities().list(),
    'communities.create': async (input) => {
      const { setHistoryArchives } = host.node()
      const channels = input.channels.map((name) => ({ name }))
      const community = await communities().create({ ...input, channels })
      if (input.historyArchives) await setHistoryArchives(community.id, true)
      return community
    },
    'communities.edit': ({ id, ...edit }) => communities().edit(id, edit),
    'communities.join': async (invitation) => communities().join(idIn(invitation)),
    'communities.spectate': async (invitation) => communities().spectate(idIn(invitation)),
    'communities.link': async ({ id }) => ({ link: communities().link(id) }),
    'communities.leave': async ({ id }) => {
      await host.node().leave(id)
      return undefined
    },
    'communities.addChannel': ({ id, ...channel }) => communities().addChannel(id, channel),
    'communities.editChannel': ({ chatId, posting, ...edit }) => communities().editChannel(chatId, edit, posting),
    'communities.removeChannel': ({ chatId }) => communities().removeChannel(chatId),
    'communities.orderChannels': ({ id, chatIds }) => communities().orderChannels(id, chatIds),
    'communities.exportKey': async ({ id, password }) => {
      await host.checkPassword(password)
      return { key: host.node().communities.exportKey(id) }
    },
    'communities.adopt': (input) => host.node().adopt(input),
    'communities.setHistoryArchives': async ({ id, on }) => {
      await host.node().setHistoryArchives(id, on)
      return undefined
    },

    'communities.members': ({ id, ...query }) => communities().members(id, query),
    'communities.removeMember': ({ id, contactId }) => communities().removeMembers(id, [contactId]),
    'communities.ban': ({ id, contactId }) => communities().ban(id, [contactId]),
    'communities.unban': ({ id, contactId }) => communities().unban(id, [contactId]),
    'communities.setAdmin': ({ id, contactId, admin }) => communities().setAdmin(id, contactId, admin),
    'communities.requests': ({ id, ...query }) => communities().requests(id, query),
    'communities.accept': ({ id, contactIds }) => communities().accept(id, contactIds),
    'communities.refuse': ({ id, contactIds }) => communities().refuse(id, contactIds),
  } satisfies Partial<Handlers>
}
