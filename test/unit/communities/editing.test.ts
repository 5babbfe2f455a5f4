/** What an owner changes, and what an edit must leave alone: descriptions hold more than this program shows. */
import { describe, expect, it } from 'vitest'
import {
  channelsInOrder,
  withChannel,
  withChannelEdited,
  withChannelOrder,
  withoutChannel,
  withPosting,
} from '../../../src/main/communities/channels.ts'
import { edited, firstDescription } from '../../../src/main/communities/description.ts'
import { rightsIn } from '../../../src/main/communities/index.ts'
import { withAdmin, withBan, withMembers, withoutBan } from '../../../src/main/communities/members.ts'
import { acceptsEveryone, isOpenToRead, rulesOf } from '../../../src/main/communities/roles.ts'
import {
  type CommunityDescription,
  concatBytes,
  decodeCommunityDescription,
  encodeCommunityDescription,
  utf8,
} from '../../../src/main/wire/index.ts'
import type { Millis } from '../../../src/shared/domain.ts'
import { communityId, general, person, random } from '../../support/people.ts'

const NOW = 1_700_000_000_000 as Millis
const later = (ms: number) => (NOW + ms) as Millis
const [owner, ada, bob] = [person('owner'), person('ada'), person('bob')] as const
const [first, second] = [general.slice(68), random.slice(68)] as const
const text = { name: 'Lighthouse', description: 'Keepers', color: '#1f2c75' }
const base = (): CommunityDescription =>
  firstDescription({
    communityId,
    owner: owner.publicKey,
    text,
    channels: [
      { name: 'general', uuid: first },
      { name: 'log', uuid: second },
    ],
    clock: NOW,
  })
const refused = (code: string) => expect.objectContaining({ code })

/** A field that no shape names: number 900, text. */
const unknownField = (text: string) => concatBytes(Uint8Array.of(0xa2, 0x38, text.length), utf8(text))
const holds = (bytes: Uint8Array, text: string) => Buffer.from(bytes).includes(Buffer.from(text))

describe('a description full of what this program does not edit', () => {
  const permission = { id: 'p', type: 4, tokenCriteria: [Uint8Array.of(7)], chatIds: [random], isPrivate: true }
  const full: CommunityDescription = {
    ...withMembers(base(), [ada.id], later(1)),
    identity: { ...decoded().identity, displayName: 'Lighthouse', images: new Map([['thumbnail', image()]]) },
    categories: new Map([['c', { categoryId: 'c', name: 'Work', position: 0 }]]),
    tokenPermissions: new Map([['p', permission]]),
    communityTokensMetadata: [Uint8Array.of(1, 2, 3)],
    bannedMembers: new Map([[bob.id, { deleteAllMessages: true }]]),
    banList: [bob.id],
    resendAccountsClock: 77,
  }
  function decoded() {
    const { identity } = base()
    if (identity === undefined) throw new Error('no identity')
    return { identity }
  }
  function image() {
    return { payload: Uint8Array.of(9, 9), sourceType: 1, imageFormat: 1, encryptionKeys: [], encrypted: false }
  }

  it('keeps tokens, categories, images and bans through every edit', () => {
    let next = edited(full, { name: 'Tower', emoji: '🗼', joining: 'request', membersMayPin: true }, later(2))
    next = withChannel(next, { name: 'new', uuid: 'a3c0c1d2-9b8a-4c7d-8e6f-0123456789ac' }, later(3))
    next = withChannelEdited(next, first, { name: 'lobby' }, later(4))
    next = withChannelOrder(next, [second, first], later(5))
    next = withAdmin(next, ada.id, true, later(6))
    const back = decodeCommunityDescription(encodeCommunityDescription(next))
    for (const field of [
      'categories',
      'tokenPermissions',
      'communityTokensMetadata',
      'bannedMembers',
      'banList',
      'resendAccountsClock',
    ] as const)
      expect([field, back[field]]).toEqual([field, full[field]])
    expect(back.identity?.images).toEqual(full.identity?.images)
    expect(back.identity).toMatchObject({ displayName: 'Tower', emoji: '🗼' })
  })

  it('keeps fields of tomorrow, at every depth whose place is still there', () => {
    // By hand: the description, with an unknown field behind it and one inside its first channel.
    const channelOnly = encodeCommunityDescription({ chats: new Map([[first, full.chats.get(first) ?? {}]]) })
    const entry = withTail(channelOnly, unknownField('in a channel'))
    const rest = { ...full, chats: new Map([...full.chats].filter(([uuid]) => uuid !== first)) }
    const before = concatBytes(encodeCommunityDescription(rest), entry, unknownField('on top'))
    const read = decodeCommunityDescription(before)
    expect(read.chats.size).toBe(2)
    const after = encodeCommunityDescription(edited(read, { name: 'Tower' }, later(2)), before)
    expect(holds(after, 'on top') && holds(after, 'in a channel')).toBe(true)
    expect(decodeCommunityDescription(after).identity?.displayName).toBe('Tower')
    // Again, from what was published: nothing is doubled.
    const again = encodeCommunityDescription(
      edited(decodeCommunityDescription(after), { name: 'Fort' }, later(3)),
      after,
    )
    expect(again.length).toBe(after.length - 1)
    const gone = encodeCommunityDescription(withoutChannel(decodeCommunityDescription(again), first, later(4)), again)
    expect([holds(gone, 'on top'), holds(gone, 'in a channel')]).toEqual([true, false])
    expect(encodeCommunityDescription(full, encodeCommunityDescription(full))).toEqual(encodeCommunityDescription(full))
  })

  it('an edit that changes nothing is no edit', () => {
    expect(edited(full, { name: 'Lighthouse', openToRead: true }, later(2))).toBe(full)
    expect(withChannelEdited(full, first, { name: 'general' }, later(2))).toBe(full)
    expect(withChannelOrder(full, channelsInOrder(full), later(2))).toBe(full)
  })
})

/** A map with one entry (tag, length, key, value), its value lengthened by `tail`. Lengths below 2^14. */
function withTail(map: Uint8Array, tail: Uint8Array): Uint8Array {
  const varint = (n: number) => (n < 128 ? Uint8Array.of(n) : Uint8Array.of((n & 0x7f) | 0x80, n >> 7))
  const read = (at: number) => {
    const low = map[at] ?? 0
    return low < 128 ? { value: low, size: 1 } : { value: (low & 0x7f) | ((map[at + 1] ?? 0) << 7), size: 2 }
  }
  const keyAt = 1 + read(1).size
  const keyEnd = keyAt + 2 + (map[keyAt + 1] ?? 0)
  const value = map.subarray(keyEnd + 1 + read(keyEnd + 1).size)
  const message = concatBytes(value, tail)
  const inner = concatBytes(map.subarray(keyAt, keyEnd), Uint8Array.of(0x12), varint(message.length), message)
  return concatBytes(map.subarray(0, 1), varint(inner.length), inner)
}

describe('names', () => {
  const bad: readonly (readonly [string, string])[] = [
    ['empty', ''],
    ['white', ' \t '],
    ['invisible', '\u200b\u2060'],
    ['a megabyte', 'x'.repeat(1_000_000)],
    ['with a control character', 'a\u0007b'],
    ['with a line break', 'a\nb'],
    ['read backwards', 'abc\u202exe.'],
    ['half a character', 'a\ud800'],
  ]
  it.each(bad)('%s is refused for a community and a channel, and nothing changes', (_, name) => {
    const description = base()
    expect(() => edited(description, { name }, later(1))).toThrow(refused('bad-name'))
    expect(() => withChannel(description, { name, uuid: 'x' }, later(1))).toThrow(refused('bad-channel'))
    expect(() => withChannelEdited(description, first, { name }, later(1))).toThrow(refused('bad-channel'))
    expect(description).toEqual(base())
  })

  it('a channel has no name that another has, however it is composed', () => {
    const description = withChannelEdited(base(), first, { name: 'caf\u00e9' }, later(1))
    expect(() => withChannelEdited(description, second, { name: 'cafe\u0301' }, later(2))).toThrow(
      refused('bad-channel'),
    )
  })

  it('an emoji is one emoji', () => {
    for (const emoji of ['🗼', '👨‍👩‍👧‍👦', '🇬🇷', '1️⃣', ''])
      expect(edited(base(), { emoji }, later(1)).identity?.emoji).toBe(emoji)
    for (const emoji of ['x', '🗼🗼', '🗼'.repeat(300_000), '\u202e🗼', '<b>']) {
      expect(() => edited(base(), { emoji }, later(1))).toThrow(refused('bad-text'))
      expect(() => withChannel(base(), { name: 'n', uuid: 'x', emoji }, later(1))).toThrow(refused('bad-channel'))
    }
  })

  it('texts keep their lines and lose nothing else; tags and messages are bounded', () => {
    const introMessage = 'Welcome.\n\tBe kind.'
    expect(edited(base(), { introMessage, tags: ['sea'] }, later(1))).toMatchObject({ introMessage, tags: ['sea'] })
    for (const edit of [{ introMessage: 'x'.repeat(1401) }, { outroMessage: 'a\u0000' }, { tags: Array(21).fill('t') }])
      expect(() => edited(base(), edit, later(1))).toThrow(refused('bad-text'))
  })
})

describe('who may join, read and write', () => {
  it('§1.6 asking is MANUAL_ACCEPT, and tokens that cannot be counted here let nobody in by themselves', () => {
    expect(acceptsEveryone(base())).toBe(true)
    const byRequest = edited(base(), { joining: 'request' }, later(1))
    expect([byRequest.permissions?.access, acceptsEveryone(byRequest)]).toEqual([3, false])
    const token = { id: 'p', type: 2, tokenCriteria: [Uint8Array.of(1)], chatIds: [], isPrivate: false }
    const gated = { ...base(), tokenPermissions: new Map([['p', token]]) }
    expect([acceptsEveryone(gated), isOpenToRead(gated)]).toEqual([false, false])
    expect(isOpenToRead(edited(base(), { openToRead: false }, later(1)))).toBe(false)
  })

  it('a channel where only some write names every member; who comes later reads, and admins write', () => {
    const two = withMembers(base(), [ada.id], later(1))
    const posting = { posters: [ada.id], viewersMayReact: true }
    const chosen = withMembers(withPosting(two, second, posting, later(2)), [bob.id], later(3))
    const rights = (description: CommunityDescription, who: typeof ada.id) =>
      rightsIn(communityId, description, random, who)
    expect([owner, ada, bob].map(({ id }) => rights(chosen, id).post)).toEqual([true, true, false])
    expect(rights(chosen, bob.id).react).toBe(true)
    expect(rightsIn(communityId, chosen, general, bob.id).post).toBe(true)
    expect([...rulesOf(communityId, chosen).keys()]).toEqual([random])
    expect(rights(withAdmin(chosen, bob.id, true, later(4)), bob.id).post).toBe(true)
    const open = withPosting(chosen, second, { posters: 'everyone', viewersMayReact: true }, later(5))
    expect([rights(open, bob.id).post, open.chats.get(second)?.members.size]).toEqual([true, 0])
  })

  it('a channel whose people tokens choose is left to them', () => {
    const permission = { id: 'p', type: 4, tokenCriteria: [Uint8Array.of(1)], chatIds: [random], isPrivate: false }
    const inside = new Map([[owner.id, { roles: [1], lastUpdateClock: 1, channelRole: 0 }]])
    const chats = new Map(base().chats)
    const chat = chats.get(second)
    if (chat !== undefined) chats.set(second, { ...chat, members: inside })
    const gated = { ...base(), chats, tokenPermissions: new Map([['p', permission]]) }
    expect(withMembers(gated, [ada.id], later(1)).chats.get(second)?.members).toEqual(inside)
    expect(() => withPosting(gated, second, { posters: 'everyone', viewersMayReact: false }, later(1))).toThrow(
      refused('bad-channel'),
    )
  })

  it('a ban puts out and keeps out until it is lifted; the last channel stays', () => {
    const banned = withBan(withMembers(base(), [ada.id], later(1)), [ada.id], later(2))
    expect(banned.members.has(ada.id)).toBe(false)
    expect(withMembers(banned, [ada.id], later(3))).toBe(banned)
    const free = withoutBan({ ...banned, banList: [ada.id] }, [ada.id], later(4))
    expect(withMembers(free, [ada.id], later(5)).members.has(ada.id)).toBe(true)
    const one = withoutChannel(base(), second, later(1))
    expect(() => withoutChannel(one, first, later(2))).toThrow(refused('last-channel'))
    expect(() => withoutChannel(one, second, later(2))).toThrow(refused('unknown-channel'))
  })
})
