/** What the node that is not there answers about communities. */
import type { EventName, EventPayload, Handlers } from '../../src/shared/contract.ts'
import type { ChatId, CommunityId, ContactId, JoinRequest, Member, Millis } from '../../src/shared/domain.ts'
import {
  buildWorld,
  type FakeCommunity,
  fakeCommunityId,
  fakeContact,
  fakeNow,
  openChannel,
  type World,
} from './fake-world.ts'

export interface FakeCommunitiesParts {
  readonly worlds: World[]
  worldOf(id: string): World
  replace(id: string, change: Partial<World['community']>): World['community']
  emit<K extends EventName>(name: K, payload: EventPayload<K>): void
}

interface People {
  readonly people: Member[]
  requests: JoinRequest[]
}

/** Two who ask and three who are in, the first of them the owner. */
const somebody = (): People => ({
  people: ['Ines Ferro', 'Bob', 'Cleo'].map((name, at) => {
    const role = at === 0 ? ('owner' as const) : ('member' as const)
    return { contactId: fakeContact(at + 1), name, standing: 'member' as const, role }
  }),
  requests: ['Dora', 'Emil'].map((name, at) => {
    const since = (fakeNow - (2 - at) * 3_600_000) as Millis
    return { contactId: fakeContact(at + 50), name, state: 'pending' as const, since }
  }),
})

export function fakeCommunities({ worlds, worldOf, replace, emit }: FakeCommunitiesParts) {
  const everybody = new Map<CommunityId, People>()
  const peopleOf = (id: CommunityId): People => {
    const known = everybody.get(id) ?? somebody()
    everybody.set(id, known)
    return known
  }
  const change = (id: CommunityId, contactId: ContactId, changed: Partial<Member>): void => {
    const { people } = peopleOf(id)
    const at = people.findIndex((one) => one.contactId === contactId)
    const person = people[at]
    if (person) people[at] = { ...person, ...changed }
    emit('communities.changed', { id })
  }
  const answer = (id: CommunityId, contactIds: readonly ContactId[]): JoinRequest[] => {
    const { requests } = peopleOf(id)
    const answered = requests.filter(({ contactId }) => contactIds.includes(contactId))
    peopleOf(id).requests = requests.filter((one) => !answered.includes(one))
    emit('communities.requested', { id })
    emit('communities.changed', { id })
    return answered
  }
  /** A community that nobody has told of yet. */
  const found = (invitation: { readonly id: CommunityId } | { readonly link: string }) => {
    const id = 'id' in invitation ? invitation.id : fakeCommunityId(900)
    const plan: FakeCommunity = { name: '', role: 'member', channels: [], weeks: 0, archives: 'none', state: 'unknown' }
    const world = buildWorld(worlds.length + 1, plan)
    const community = { ...world.community, id, members: 0 }
    worlds.push({ ...world, community })
    emit('communities.changed', { id })
    return community
  }
  return {
    'communities.list': async () => worlds.map(({ community }) => community),
    'communities.create': async ({
      name,
      description,
      color,
      channels,
      historyArchives,
      emoji,
      joining,
      encrypted,
    }) => {
      const plan: FakeCommunity = {
        name,
        role: 'owner',
        channels: channels.map((channel) => ({ name: channel, messages: 0 })),
        weeks: 0,
        archives: 'none',
      }
      const world = buildWorld(worlds.length + 1, plan)
      worlds.push(world)
      const chosen = { emoji: emoji ?? '', joining: joining ?? 'open' }
      return replace(world.community.id, {
        ...chosen,
        description,
        color,
        historyArchives,
        encrypted: encrypted ?? false,
        members: 1,
      })
    },
    'communities.edit': async ({ id, ...edit }) => {
      const said = Object.entries(edit).filter(([, value]) => value !== undefined)
      return replace(id, Object.fromEntries(said))
    },
    'communities.join': async (invitation) => found(invitation),
    'communities.spectate': async (invitation) => found(invitation),
    'communities.link': async ({ id }) => ({ link: `https://status.app/c#${id}` }),
    'communities.leave': async ({ id }) => {
      worlds.splice(worlds.indexOf(worldOf(id)), 1)
      emit('communities.changed', { id })
    },
    'communities.addChannel': async ({ id, name }) => {
      const { community, messages } = worldOf(id)
      const position = community.channels.length
      const chatId = `${id}00000000-0000-4000-8000-${String(position).padStart(12, '0')}` as ChatId
      messages.set(chatId, [])
      const channel = { chatId, name, description: '', emoji: '', color: '#0a6470', position, ...openChannel }
      return replace(id, { channels: [...community.channels, channel] })
    },
    'communities.editChannel': async ({ chatId, name }) => {
      const { community } = worldOf(chatId.slice(0, 68))
      const renamed = community.channels.map((one) =>
        one.chatId === chatId && name !== undefined ? { ...one, name } : one,
      )
      return replace(community.id, { channels: renamed })
    },
    'communities.removeChannel': async ({ chatId }) => {
      const { community } = worldOf(chatId.slice(0, 68))
      return replace(community.id, { channels: community.channels.filter((one) => one.chatId !== chatId) })
    },
    'communities.orderChannels': async ({ id, chatIds }) => {
      const channels = worldOf(id).community.channels.map((one) => ({ ...one, position: chatIds.indexOf(one.chatId) }))
      return replace(id, { channels })
    },
    'communities.members': async ({ id, standing }) => {
      const members = peopleOf(id).people.filter((one) => one.standing === standing)
      return { members, total: standing === 'member' ? worldOf(id).community.members : members.length }
    },
    'communities.removeMember': async ({ id, contactId }) => change(id, contactId, { standing: 'former' }),
    'communities.ban': async ({ id, contactId }) => change(id, contactId, { standing: 'banned' }),
    'communities.unban': async ({ id, contactId }) => change(id, contactId, { standing: 'former' }),
    'communities.setAdmin': async ({ id, contactId, admin }) =>
      change(id, contactId, { role: admin ? 'admin' : 'member' }),
    'communities.requests': async ({ id }) => {
      const { requests } = peopleOf(id)
      return { requests, pending: requests.length }
    },
    'communities.accept': async ({ id, contactIds }) => {
      for (const { contactId, name } of answer(id, contactIds))
        peopleOf(id).people.push({ contactId, name, standing: 'member', role: 'member' })
    },
    'communities.refuse': async ({ id, contactIds }) => {
      answer(id, contactIds)
    },
    'communities.setHistoryArchives': async ({ id, on }) => {
      replace(id, { historyArchives: on })
      emit('history.changed', { communityId: id })
    },
  } satisfies Partial<Handlers>
}
