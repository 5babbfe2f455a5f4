/** Made-up communities for the fake node: the same at every run, of any size, with archives in every state. */
import type {
  Archive,
  ArchiveId,
  ArchiveLink,
  ArchiveState,
  Channel,
  ChatId,
  Community,
  CommunityId,
  ContactId,
  Message,
  MessageId,
  Millis,
  Seconds,
} from '../../src/shared/domain.ts'

/** Tuesday 21 July 2026, 12:00 UTC: the fake node's now. */
export const fakeNow = Date.UTC(2026, 6, 21, 12) as Millis
export const week = 7 * 86_400

const hex = (seed: number, digits: number): string => {
  let state = (seed * 2_654_435_761 + 1) >>> 0
  let out = ''
  while (out.length < digits) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    out += state.toString(16).padStart(8, '0')
  }
  return out.slice(0, digits)
}

export const fakeCommunityId = (seed: number) => `0x02${hex(seed, 64)}` as CommunityId
export const fakeContact = (seed: number) => `0x04${hex(1_000 + seed, 128)}` as ContactId
const messageIdOf = (chat: number, index: number) => `0x${hex(chat * 7_919 + 31 * index, 64)}` as MessageId

const chatIdOf = (community: CommunityId, index: number): ChatId => {
  const digits = hex(50 + index, 32)
  const parts = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)]
  return `${community}${parts.join('-')}` as ChatId
}

export const fakePeople = [
  'Clear Heron',
  'Pine Finch',
  'Dusk Swift',
  'Golden Orca',
  'Sage Puffin',
  'Hazel Swift',
  'Steady Mole',
  'Ivory Shrew',
  'Ember Lynx',
  'Amber Marten',
] as const

const lines = [
  'The relay came back at six. Nothing was lost: the store still had everything from the night.',
  'I moved the index behind the data, so a reader never sees one without the other.',
  'Does anybody still have the notes from March? My machine only goes back to the summer.',
  'Yes, mine reach to 2019. Start your node and it will find me.',
  'fix: keep the earliest record of a message, not the last one that arrived',
  'Reviewed. Two small things:\n* the timeout is in seconds, the name says ms\n* the test sleeps; wait for the event instead',
  'Good morning from the harbour.',
  'The new build is out. Please try `npm start` on an old laptop and say how long it takes.',
  '38 s here, most of it unpacking. After that it starts in 2.',
  'We should write down why the clock of a link may run ahead of the wall clock.',
  'docs: say what happens to a late message',
  'That is the best explanation I have read of it. Pinned.',
  'Meeting on Thursday, same place. Bring questions about keys.',
  'I cannot make Thursday, but I left mine in the document.',
  'A torrent with five peers on three continents moved 41 MB in eleven seconds. I am still smiling.',
  'Careful with that: `rm -rf data` is what started this project.',
]

export const fakeLine = (index: number): string => lines[(index * 7) % lines.length] ?? ''

export interface FakeChannel {
  readonly name: string
  readonly messages: number
  /** The newest of them that were not read yet. */
  readonly unread?: number
  /** Some come with images, some from Discord. */
  readonly rich?: boolean
}

export interface FakeCommunity {
  readonly name: string
  readonly role: 'owner' | 'member'
  readonly channels: readonly FakeChannel[]
  /** How many weeks back its history goes. */
  readonly weeks: number
  readonly archives: 'none' | 'published' | 'imported' | 'restoring' | 'every-state'
  readonly state?: Community['state']
}

export interface World {
  readonly community: Community
  readonly messages: Map<ChatId, Message[]>
  readonly archives: readonly Archive[]
}

/** A channel in which everybody may write. */
export const openChannel = { posting: 'everyone', viewersMayReact: false, mayPost: true } as const

export function buildWorld(seed: number, plan: FakeCommunity): World {
  const id = fakeCommunityId(seed)
  const channels: Channel[] = plan.channels.map(({ name }, position) => ({
    chatId: chatIdOf(id, position),
    name,
    description: position === 0 ? 'What everybody should know' : '',
    emoji: '',
    color: '#0a6470',
    position,
    ...openChannel,
  }))
  const messages = new Map<ChatId, Message[]>()
  for (const [position, channel] of channels.entries())
    messages.set(channel.chatId, buildMessages(channel.chatId, position, plan.channels[position], plan.weeks))
  const community: Community = {
    id,
    role: plan.role,
    name: plan.name,
    description: 'A made-up community',
    color: ['#0a6470', '#7a4a2b', '#4d4b8f'][seed % 3] ?? '#0a6470',
    emoji: '',
    tags: [],
    introMessage: '',
    outroMessage: '',
    joining: 'open',
    membersMayPin: false,
    openToRead: true,
    members: 224,
    channels,
    generation: 'N2',
    historyArchives: plan.archives !== 'none',
    encrypted: false,
    state: plan.state ?? 'joined',
  }
  return { community, messages, archives: buildArchives(seed, plan) }
}

function buildMessages(chatId: ChatId, chat: number, plan: FakeChannel | undefined, weeks: number): Message[] {
  const { messages: count = 0, rich = false } = plan ?? {}
  const span = Math.max(1, weeks) * week * 1000
  return Array.from({ length: count }, (_, index) => {
    const at = Math.floor(fakeNow - span + ((index + 1) / (count + 1)) * span) as Millis
    const author = (index * index + (index >> 2)) % fakePeople.length
    const reply = index % 17 === 9 ? messageIdOf(chat, index - 4) : null
    return {
      id: messageIdOf(chat, index),
      chatId,
      author: fakeContact(author),
      authorName: fakePeople[author] ?? '',
      clock: at,
      timestamp: at,
      text: index % 41 === 20 ? '' : fakeLine(index),
      contentType: 1,
      responseTo: reply,
      editedAt: index % 23 === 11 ? ((at + 60_000) as Millis) : null,
      deleted: index % 41 === 20,
      pinned: index % 53 === 11,
      images: rich && index % 19 === 3 && index % 41 !== 20 ? 1 + (index % 3) : 0,
      thread: null,
      reactions:
        index % 13 === 5
          ? [
              { emoji: '👍', authors: [fakeContact(0), fakeContact(1), fakeContact(2)] },
              { emoji: '❤️', authors: [fakeContact(3)] },
            ]
          : [],
      source: 'archive',
      standing: 'member',
      origin:
        rich && index % 5 === 2
          ? { kind: 'discord', authorId: `${author}`, avatarUrl: 'https://elsewhere.example/a.png' }
          : null,
    }
  })
}

const everyState: readonly ArchiveState[] = [
  'imported',
  'importing',
  'downloaded',
  'downloading',
  'wanted',
  'quarantined',
  'waiting-for-key',
]

function buildArchives(seed: number, { archives, weeks }: FakeCommunity): Archive[] {
  if (archives === 'none') return []
  const end = Math.floor(fakeNow / 1000 / week) * week
  const list: Archive[] = []
  for (let back = 1; back <= weeks; back++) {
    // Some weeks nobody spoke.
    if (back % 19 === 7 || back % 31 === 12) continue
    const state = stateOf(archives, back, weeks)
    list.push({
      id: `0x${hex(seed * 1_000_003 + back, 64)}` as ArchiveId,
      engine: back % 9 === 4 ? 'codex' : 'torrent',
      from: (end - back * week) as Seconds,
      to: (end - (back - 1) * week) as Seconds,
      state,
      reason: state === 'quarantined' ? '3 of 41 messages were not signed by their authors' : '',
      bytes: 1_200 + ((back * 7_919) % 96_000),
      messages: 1 + ((back * 31) % 60),
    })
  }
  return list
}

function stateOf(archives: FakeCommunity['archives'], back: number, weeks: number): ArchiveState {
  if (archives === 'published') return 'published'
  if (archives === 'imported') return 'imported'
  if (archives === 'every-state') return everyState[back % everyState.length] ?? 'imported'
  const share = back / weeks
  if (back % 83 === 22) return 'quarantined'
  if (share < 0.55) return 'imported'
  if (share < 0.57) return 'importing'
  return share < 0.62 ? 'downloading' : 'wanted'
}

export const fakeLink = (seed: number) => `magnet:?xt=urn:btih:${hex(seed, 40)}` as ArchiveLink

/** What was there before anybody read it, of each channel. */
export const unreadOf = (worlds: readonly World[], plans: readonly FakeCommunity[]): Map<ChatId, number> =>
  new Map(
    worlds.flatMap(({ community }, at) =>
      community.channels.map(({ chatId }, place) => [chatId, plans[at]?.channels[place]?.unread ?? 0] as const),
    ),
  )
