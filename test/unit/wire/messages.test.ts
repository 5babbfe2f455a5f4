/** The rules that inner messages are received by. PROTOCOL.md §1.5, §1.6; RULES.md R4. */
import { describe, expect, it } from 'vitest'
import {
  ApplicationType,
  ContentType,
  chatId,
  checkChatClock,
  communityIdOf,
  compress,
  contactIdOf,
  decodeChat,
  decodeCommunityDescription,
  decodeDelete,
  decodeEdit,
  decodeMessage,
  decodePin,
  decodeReaction,
  decodeRequestToJoin,
  decodeRequestToJoinResponse,
  decodeThreadMetadata,
  emojiOf,
  encodeChat,
  encodeCommunityDescription,
  encodeDelete,
  encodeEdit,
  encodePin,
  encodeReaction,
  encodeRequestToJoin,
  encodeRequestToJoinResponse,
  encodeRequestToLeave,
  encodeThreadMetadata,
  encodeUserKicked,
  isDisplayName,
  parseChatId,
  reactionTypeOf,
} from '../../../src/main/wire/index.ts'
import type { Millis } from '../../../src/shared/domain.ts'
import { MEMBER_PUBLIC, OWNER_PUBLIC, reasonOf } from './support.ts'

const communityId = communityIdOf(OWNER_PUBLIC)
const channel = chatId(communityId, '6f1f5a1e-3d6b-4f0e-9d0a-2b7c8d9e0f11')
const messageId = `0x${'ab'.repeat(32)}`
const common = { clock: 5, chatId: channel, messageType: 5 }
const chat = { ...common, timestamp: 6, text: 'x', contentType: ContentType.TEXT_PLAIN }

describe('a chat message', () => {
  it.each([
    ['as it should be', {}],
    ['with no text', { text: '' }],
    ['with a name that others would refuse', { displayName: 'ab' }],
    ['with a content type of the future', { contentType: 99 }],
    ['with a sticker', { contentType: ContentType.STICKER, sticker: { hash: 'a' } }],
    ['with an image', { contentType: ContentType.IMAGE, image: { payload: Uint8Array.of(1) } }],
    ['of a bridge', { contentType: ContentType.BRIDGE_MESSAGE, bridgeMessage: { content: 'x' } }],
    ['of Discord', { contentType: ContentType.DISCORD_MESSAGE, discordMessage: { content: 'x' } }],
  ])('%s is taken', (_name, changes) => {
    expect(decodeChat(encodeChat({ ...chat, ...changes }))).toMatchObject(changes)
  })

  it.each([
    ['a clock', { clock: 0 }],
    ['a time', { timestamp: 0 }],
    ['a channel', { chatId: '' }],
    ['a content type', { contentType: 0 }],
    ['its image', { contentType: ContentType.IMAGE }],
    ['bytes in its image', { contentType: ContentType.IMAGE, image: { width: 5 } }],
    ['its sticker', { contentType: ContentType.STICKER }],
    ['its audio', { contentType: ContentType.AUDIO, image: { payload: Uint8Array.of(1) } }],
    ['its bridged message', { contentType: ContentType.BRIDGE_MESSAGE }],
  ])('without %s is refused', (_name, changes) => {
    expect(reasonOf(() => decodeChat(encodeChat({ ...chat, ...changes })))).toBe('VALIDATION')
  })

  it.each([0, 1, 2, 3, 4, 6, -5])('of message type %i is none of a community', (messageType) => {
    expect(reasonOf(() => decodeChat(encodeChat({ ...chat, messageType })))).toBe('VALIDATION')
  })

  it.each([
    communityId,
    `${communityId}-memberUpdate`,
    channel.toUpperCase(),
    channel.slice(0, -1),
    `${channel} `,
    `0x04${channel.slice(4)}`,
    messageId,
  ])('in the channel %s is refused', (id) => {
    expect(reasonOf(() => decodeChat(encodeChat({ ...chat, chatId: id })))).toBe('VALIDATION')
    expect(reasonOf(() => parseChatId(id))).toBe('BAD_ID')
  })

  it('may not run more than two minutes ahead of its sending', () => {
    const sent = 1_000_000 as Millis
    expect(() => checkChatClock({ clock: sent + 120_000 }, sent)).not.toThrow()
    expect(reasonOf(() => checkChatClock({ clock: sent + 120_001 }, sent))).toBe('VALIDATION')
  })

  it('display names that every client shows', () => {
    expect(['alice', 'a_b-c d', '12345', 'x'.repeat(24)].map(isDisplayName)).toEqual([true, true, true, true])
    expect(['', 'abcd', 'x'.repeat(25), 'näive', '<script>'].map(isDisplayName)).toEqual(new Array(5).fill(false))
  })
})

describe('a change to a message', () => {
  const changes = [
    ['edit', (fields: object) => decodeEdit(encodeEdit({ ...common, messageId, ...fields }))],
    ['delete', (fields: object) => decodeDelete(encodeDelete({ ...common, messageId, ...fields }))],
    ['pin', (fields: object) => decodePin(encodePin({ ...common, messageId, ...fields }))],
    ['reaction', (fields: object) => decodeReaction(encodeReaction({ ...common, messageId, type: 1, ...fields }))],
  ] as const

  it.each(changes)('%s: needs a clock, a channel of a community and a message', (_name, roundTrip) => {
    expect(roundTrip({})).toMatchObject({ messageId, chatId: channel })
    expect(roundTrip({ messageId: `${communityId}9001` })).toMatchObject({ messageId: `${communityId}9001` })
    const bad = [{ clock: 0 }, { chatId: '' }, { chatId: messageId }, { messageType: 1 }, { messageId: '' }]
    const worse = [{ messageId: channel }, { messageId: 'two words' }, { messageId: 'x'.repeat(257) }]
    for (const fields of [...bad, ...worse]) expect(reasonOf(() => roundTrip(fields))).toBe('VALIDATION')
  })

  it('a thread needs the same of the message it hangs on', () => {
    const thread = { ...common, threadId: messageId, name: 'x' }
    expect(decodeThreadMetadata(encodeThreadMetadata(thread))).toMatchObject(thread)
    expect(reasonOf(() => decodeThreadMetadata(encodeThreadMetadata({ ...thread, threadId: '' })))).toBe('VALIDATION')
  })

  it('a reaction shows its emoji, or that of its number', () => {
    const shown = (fields: object) => emojiOf(decodeReaction(encodeReaction({ ...common, messageId, ...fields })))
    expect([shown({ type: 2 }), shown({ type: 2, emoji: '🦄' }), shown({ emoji: '🦄' })]).toEqual(['👍', '🦄', '🦄'])
    for (const fields of [{}, { type: 7 }, { emoji: 'x'.repeat(65) }])
      expect(reasonOf(() => shown(fields))).toBe('VALIDATION')
    expect([1, 2, 3, 4, 5, 6].map((type) => reactionTypeOf(emojiOf({ type, emoji: '' })))).toEqual([1, 2, 3, 4, 5, 6])
    expect(reactionTypeOf('🦄')).toBe(0)
  })
})

describe('a message of a community', () => {
  const key = compress(OWNER_PUBLIC)
  const description = { clock: 1, id: communityId, permissions: {}, identity: {} }

  it('a description needs a clock, a community, permissions and an identity', () => {
    expect(decodeCommunityDescription(encodeCommunityDescription(description)).id).toBe(communityId)
    const bad = [{ clock: 0 }, { id: '' }, { id: channel }, { permissions: undefined }, { identity: undefined }]
    for (const fields of bad) {
      const bytes = encodeCommunityDescription({ ...description, ...fields })
      expect(reasonOf(() => decodeCommunityDescription(bytes))).toBe('VALIDATION')
    }
  })

  it('requests and responses name a community by its key', () => {
    expect(decodeRequestToJoin(encodeRequestToJoin({ clock: 1, communityId: key })).communityId).toEqual(key)
    for (const communityKey of [new Uint8Array(0), OWNER_PUBLIC, key.slice(1), new Uint8Array(33).fill(4)]) {
      const fields = { clock: 1, communityId: communityKey }
      expect(reasonOf(() => decodeRequestToJoin(encodeRequestToJoin(fields)))).toBe('VALIDATION')
      expect(reasonOf(() => decodeRequestToJoinResponse(encodeRequestToJoinResponse(fields)))).toBe('VALIDATION')
    }
  })

  it('only the community kicks, and it never asks to join or leave itself', () => {
    const fields = { clock: 1, communityId: key }
    const judged = (type: number, payload: Uint8Array) =>
      [OWNER_PUBLIC, MEMBER_PUBLIC].map((signer) => reasonOf(() => decodeMessage({ type, payload, signer })))
    const no = 'VALIDATION'
    const yes = 'nothing was refused'
    expect(judged(ApplicationType.COMMUNITY_USER_KICKED, encodeUserKicked(fields))).toEqual([yes, no])
    expect(judged(ApplicationType.COMMUNITY_REQUEST_TO_LEAVE, encodeRequestToLeave(fields))).toEqual([no, yes])
    expect(judged(ApplicationType.COMMUNITY_REQUEST_TO_JOIN, encodeRequestToJoin(fields))).toEqual([no, yes])
  })

  it('a thread’s creator says so itself', () => {
    const thread = { ...common, threadId: messageId, creatorId: contactIdOf(MEMBER_PUBLIC) }
    const message = { type: ApplicationType.THREAD_METADATA, payload: encodeThreadMetadata(thread) }
    expect(decodeMessage({ ...message, signer: MEMBER_PUBLIC }).kind).toBe('thread-metadata')
    expect(reasonOf(() => decodeMessage({ ...message, signer: OWNER_PUBLIC }))).toBe('VALIDATION')
  })

  it('a type that nothing here reads has no effect, whatever it holds', () => {
    expect(decodeMessage({ type: 85, payload: Uint8Array.of(255), signer: MEMBER_PUBLIC })).toEqual({
      kind: 'other',
      type: 85,
    })
  })
})
