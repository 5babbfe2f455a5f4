import { describe, expect, it } from 'vitest'
import { channelsInOrder, channelUuid, MAX_CHANNELS, withChannel } from '../../../src/main/communities/channels.ts'
import { firstDescription, nextClock, withArchiveClock } from '../../../src/main/communities/description.ts'
import { CLOCK_TOLERANCE, communityContact, judgeDescription, rightsIn } from '../../../src/main/communities/index.ts'
import { withMembers, withoutMembers } from '../../../src/main/communities/members.ts'
import { archivedTopics, listenedChats } from '../../../src/main/communities/topics.ts'
import { announceChatId, postChatId, shardsOf } from '../../../src/main/messages/index.ts'
import {
  type CommunityDescription,
  decodeCommunityDescription,
  encodeApplicationMessage,
  encodeCommunityDescription,
  topic4Of,
} from '../../../src/main/wire/index.ts'
import type { Millis } from '../../../src/shared/domain.ts'
import { communityId, communityKey, general, person, random, seededRandom } from '../../support/people.ts'

const NOW = 1_700_000_000_000 as Millis
const later = (ms: number) => (NOW + ms) as Millis
const owner = person('owner')
const ada = person('ada')
const text = { name: 'Lighthouse', description: ' Keepers ', color: '#1F2C75' }
const uuids = [general.slice(68), random.slice(68)] as const

const first = (): CommunityDescription =>
  firstDescription({
    communityId,
    owner: owner.publicKey,
    text,
    channels: [
      { name: 'general', uuid: uuids[0] },
      { name: 'random', uuid: uuids[1] },
    ],
    clock: NOW,
  })
const signed = (description: CommunityDescription, key = communityKey, type = 25) =>
  encodeApplicationMessage({ type, payload: encodeCommunityDescription(description) }, key)
const unknown = { message: null, clock: 0 as Millis }

describe('the first description', () => {
  it('has its owner, its channels in their order, and lets everybody in', () => {
    const description = first()
    expect(description).toMatchObject({
      clock: NOW,
      id: communityId,
      permissions: { access: 1 },
      identity: { displayName: 'Lighthouse', description: 'Keepers', color: '#1f2c75' },
      activeMembersCount: 1,
    })
    expect([...description.members]).toEqual([[owner.id, { roles: [1], lastUpdateClock: NOW, channelRole: 0 }]])
    expect(channelsInOrder(description)).toEqual(uuids)
    expect(decodeCommunityDescription(encodeCommunityDescription(description))).toEqual(description)
  })

  it('refuses names that are empty or too long, counted in characters', () => {
    const named = (name: string) => () =>
      firstDescription({ communityId, owner: owner.publicKey, text: { ...text, name }, channels: [], clock: NOW })
    expect(named('')).toThrow(expect.objectContaining({ code: 'bad-name' }))
    expect(named('n'.repeat(101))).toThrow(expect.objectContaining({ code: 'bad-name' }))
    expect(named('🗼'.repeat(100))().identity?.displayName).toBe('🗼'.repeat(100))
    const long = { ...text, description: 'd'.repeat(501) }
    const described = () =>
      firstDescription({ communityId, owner: owner.publicKey, text: long, channels: [], clock: NOW })
    expect(described).toThrow(expect.objectContaining({ code: 'bad-text' }))
  })
})

describe('changes of a description', () => {
  it('members are added once, banned people never, and nothing changes when nothing would', () => {
    const bob = person('bob')
    const description = { ...first(), bannedMembers: new Map([[bob.id, { deleteAllMessages: false }]]) }
    const next = withMembers(description, [ada.id, ada.id, bob.id, owner.id], later(1))
    expect([...next.members.keys()]).toEqual([owner.id, ada.id])
    expect(next).toMatchObject({ clock: later(1), activeMembersCount: 2 })
    expect(next.members.get(owner.id)?.roles).toEqual([1])
    expect(withMembers(next, [ada.id], later(2))).toBe(next)
  })

  it('the owner cannot be removed, anybody else can, also from channels with members of their own', () => {
    const members = new Map([[ada.id, { roles: [], lastUpdateClock: 0, channelRole: 0 }]])
    const description = withMembers(first(), [ada.id], later(1))
    const chats = new Map([...description.chats].map(([uuid, chat]) => [uuid, { ...chat, members }]))
    const next = withoutMembers({ ...description, chats }, [ada.id], later(2))
    expect(next.members.has(ada.id)).toBe(false)
    expect([...next.chats.values()].every((chat) => chat.members.size === 0)).toBe(true)
    expect(() => withoutMembers(next, [owner.id], later(3))).toThrow(expect.objectContaining({ code: 'owner-stays' }))
    expect(withoutMembers(next, [ada.id], later(3))).toBe(next)
  })

  it('a channel takes the next place, and has a name that no other has', () => {
    const next = withChannel(first(), { name: 'log', uuid: channelUuid(seededRandom('x')(16)) }, later(1))
    expect([...next.chats.values()].at(-1)).toMatchObject({ position: 2, identity: { displayName: 'log' } })
    const again = () => withChannel(next, { name: 'general', uuid: 'other' }, later(2))
    expect(again).toThrow(expect.objectContaining({ code: 'bad-channel' }))
  })

  it(`has at most ${MAX_CHANNELS} channels`, () => {
    const uuid = seededRandom('channels')
    let description = first()
    while (description.chats.size < MAX_CHANNELS) {
      const channel = { name: `${description.chats.size}`, uuid: channelUuid(uuid(16)) }
      description = withChannel(description, channel, later(1))
    }
    const oneMore = () => withChannel(description, { name: 'more', uuid: channelUuid(uuid(16)) }, later(1))
    expect(oneMore).toThrow(expect.objectContaining({ code: 'too-many-channels' }))
  })

  it('channel ids are version 4 uuids', () => {
    for (const byte of [0, 255]) {
      const uuid = channelUuid(new Uint8Array(16).fill(byte))
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    }
  })

  it('§10 every change has a newer clock, also when the wall clock went back', () => {
    expect(nextClock({ clock: NOW }, later(5))).toBe(later(5))
    expect(nextClock({ clock: later(5) }, NOW)).toBe(later(6))
  })

  it('an older archive clock changes nothing', () => {
    const description = withArchiveClock(first(), later(10), later(20))
    expect(description).toMatchObject({ archiveLinkClock: later(10), clock: later(20) })
    expect(withArchiveClock(description, later(10), later(30))).toBe(description)
  })
})

describe('what may be done in a channel', () => {
  const rights = (description: CommunityDescription, who: typeof ada.id, where = general) =>
    rightsIn(communityId, description, where, who)
  const member = withMembers(first(), [ada.id], later(1))

  it('the owner and the community may do everything, a member may post and react, a stranger nothing', () => {
    const everything = { post: true, react: true, pin: true, moderate: true }
    expect(rights(member, owner.id)).toEqual(everything)
    expect(rights(member, communityContact(communityId))).toEqual(everything)
    expect(rights(member, ada.id)).toEqual({ post: true, react: true, pin: false, moderate: false })
    expect(rights(member, person('stranger').id)).toEqual({ post: false, react: false, pin: false, moderate: false })
  })

  it('members pin where all may, admins moderate, viewers only react where they may', () => {
    const open = {
      ...member,
      adminSettings: { pinMessageAllMembersEnabled: true, createThreadAllMembersEnabled: true },
    }
    expect(rights(open, ada.id).pin).toBe(true)
    const as = (fields: { roles?: number[]; channelRole?: number }) => {
      const entry = { roles: [], lastUpdateClock: 0, channelRole: 0, ...fields }
      return { ...member, members: new Map([...member.members, [ada.id, entry]]) }
    }
    expect(rights(as({ roles: [4] }), ada.id).moderate).toBe(true)
    expect(rights(as({ channelRole: 1 }), ada.id)).toMatchObject({ post: false, react: false })
    const viewer = as({ channelRole: 1 })
    const chats = new Map([...viewer.chats].map(([uuid, chat]) => [uuid, { ...chat, viewersCanPostReactions: true }]))
    expect(rights({ ...viewer, chats }, ada.id)).toMatchObject({ post: false, react: true })
  })

  it('a banned member may nothing, and nobody may anything in a channel that is not there', () => {
    const banned = { ...member, bannedMembers: new Map([[ada.id, { deleteAllMessages: false }]]) }
    expect(rights(banned, ada.id).post).toBe(false)
    expect(rights(member, owner.id, `${general.slice(0, -1)}0` as typeof general).post).toBe(false)
  })
})

describe('a description that comes in', () => {
  const judge = (message: Uint8Array, known = unknown as Parameters<typeof judgeDescription>[2], now = NOW) =>
    judgeDescription(communityId, message, known, now)
  const message = signed(first())

  it('is accepted when it is signed by the community and not older than what is known', () => {
    expect(judge(message)).toMatchObject({ verdict: 'accepted', archiveClock: 0 })
    expect(judge(message, { message, clock: NOW })).toEqual({ verdict: 'known' })
    expect(judge(message, { message: new Uint8Array(), clock: NOW }).verdict).toBe('accepted')
    expect(judge(message, { message: new Uint8Array(), clock: later(1) })).toEqual({
      verdict: 'refused',
      reason: 'older',
    })
  })

  it('is refused when somebody else signed it, or it is about another community, or is nothing of the kind', () => {
    expect(judge(signed(first(), owner.key))).toEqual({ verdict: 'refused', reason: 'wrong-signer' })
    expect(judge(signed(first(), communityKey, 43))).toEqual({ verdict: 'refused', reason: 'wrong-type' })
    const other = `0x02${communityId.slice(4)}`
    expect(judge(signed({ ...first(), id: other }))).toEqual({ verdict: 'refused', reason: 'wrong-community' })
    expect(judge(new Uint8Array(20))).toEqual({ verdict: 'refused', reason: 'undecodable' })
    expect(judge(signed({ ...first(), clock: 0 }))).toEqual({ verdict: 'refused', reason: 'undecodable' })
  })

  it('R3.5 from more than 24 h ahead is held, and an archive clock from there is not believed', () => {
    const future = later(CLOCK_TOLERANCE + 1)
    expect(judge(signed({ ...first(), clock: future }))).toEqual({ verdict: 'held', clock: future })
    expect(judge(signed({ ...first(), clock: future }), unknown, later(1)).verdict).toBe('accepted')
    expect(judge(signed({ ...first(), archiveLinkClock: future }))).toMatchObject({
      verdict: 'accepted',
      archiveClock: 0,
    })
  })
})

describe('topics and shards', () => {
  it('R3.3 each generation sends where its owners listen', () => {
    expect(postChatId(communityId, general, 'M')).toBe(general)
    expect(announceChatId(communityId, 'M')).toBe(`${communityId}-magnetlinks`)
    for (const generation of ['N', 'N2'] as const) {
      expect(postChatId(communityId, general, generation)).toBe(`${communityId}-memberUpdate`)
      expect(announceChatId(communityId, generation)).toBe(`${communityId}-memberUpdate`)
    }
    const shards = (['M', 'N', 'N2'] as const).map((generation) => shardsOf(generation))
    expect(shards.map(({ content }) => content)).toEqual(Array(3).fill('/waku/2/rs/16/32'))
    expect(shards.map(({ control }) => control.split('/').at(-1))).toEqual(['64', '64', '32'])
  })

  it('§15.3 everything that any generation sends is listened to, and opened with the right key', () => {
    const own = { publicKey: ada.publicKey, privateKey: ada.key }
    const member = listenedChats(communityId, uuids, { ...own, communityKey: null })
    expect(member.map(({ chatId }) => chatId.replace(communityId, ''))).toEqual([
      '',
      ...uuids,
      '-memberUpdate',
      '-magnetlinks',
      expect.stringMatching(/^contact-discovery-\d+$/),
    ])
    expect(member.filter(({ privateKey }) => privateKey === ada.key)).toHaveLength(1)
    const keeper = listenedChats(communityId, uuids, { ...own, communityKey })
    expect(keeper.at(-1)).toMatchObject({
      chatId: expect.stringMatching(/^04[0-9a-f]{128}$/),
      privateKey: communityKey,
    })
  })

  it('§4.2 archives cover the channels in their order, then the universal topic', () => {
    const expected = [general, random, `${communityId}-memberUpdate`].map(topic4Of)
    expect(archivedTopics(communityId, uuids)).toEqual(expected)
  })
})
