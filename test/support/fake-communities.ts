/** What the node that is not there answers about communities. */
import type { EventName, EventPayload, Handlers } from '../../src/shared/contract.ts'
import type { ChatId } from '../../src/shared/domain.ts'
import { buildWorld, type FakeCommunity, fakeContact, openChannel, type World } from './fake-world.ts'

export interface FakeCommunitiesParts {
  readonly worlds: World[]
  worldOf(id: string): World
  replace(id: string, change: Partial<World['community']>): World['community']
  emit<K extends EventName>(name: K, payload: EventPayload<K>): void
}

export function fakeCommunities({ worlds, worldOf, replace, emit }: FakeCommunitiesParts) {
  return {
    'communities.list': async () => worlds.map(({ community }) => community),
    'communities.create': async ({ name, description, color, channels, historyArchives, emoji, joining }) => {
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
      return replace(world.community.id, { ...chosen, description, color, historyArchives, members: 1 })
    },
    'communities.edit': async ({ id, ...edit }) => {
      const said = Object.entries(edit).filter(([, value]) => value !== undefined)
      return replace(id, Object.fromEntries(said))
    },
    'communities.join': async ({ id }) => {
      const plan: FakeCommunity = {
        name: '',
        role: 'member',
        channels: [],
        weeks: 0,
        archives: 'none',
        state: 'unknown',
      }
      const world = buildWorld(worlds.length + 1, plan)
      const community = { ...world.community, id, members: 0 }
      worlds.push({ ...world, community })
      emit('communities.changed', { id })
      return community
    },
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
    'communities.members': async ({ id }) => {
      const { members: total } = worldOf(id).community
      const contactId = fakeContact(1)
      return { members: [{ contactId, name: 'Bob', standing: 'member', role: 'member' }], total }
    },
    'communities.removeMember': async () => undefined,
    'communities.ban': async () => undefined,
    'communities.unban': async () => undefined,
    'communities.setAdmin': async () => undefined,
    'communities.requests': async () => ({ requests: [], pending: 0 }),
    'communities.accept': async () => undefined,
    'communities.refuse': async () => undefined,
    'communities.setHistoryArchives': async ({ id, on }) => {
      replace(id, { historyArchives: on })
      emit('history.changed', { communityId: id })
    },
  } satisfies Partial<Handlers>
}
