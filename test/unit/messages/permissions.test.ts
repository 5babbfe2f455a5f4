/** R4.5 and PROTOCOL.md §10 step 7: who may say what, for a message that comes live, is fetched, or lies in an archive. */
import { describe, expect, it } from 'vitest'
import {
  type ChannelRule,
  type InterpretContext,
  interpret,
  nobody,
  type Sealed,
  sealChat,
  sealDelete,
  sealEdit,
  sealPin,
  sealReaction,
} from '../../../src/main/messages/index.ts'
import type { MessageId, MessageSource, Millis } from '../../../src/shared/domain.ts'
import {
  communityContact,
  communityId,
  communityKey,
  general,
  type Person,
  person,
  seededRandom,
} from '../../support/people.ts'

const [owner, poster, viewer, stranger, banned] = ['owner', 'poster', 'viewer', 'stranger', 'banned'].map(person) as [
  Person,
  Person,
  Person,
  Person,
  Person,
]
const target = `0x${'ab'.repeat(32)}` as MessageId
const people = {
  members: new Set([owner.id, poster.id, viewer.id]),
  banned: new Set([banned.id]),
  former: new Set<never>(),
  privileged: new Set([owner.id, communityContact]),
}
const chosen: ChannelRule = {
  posters: new Set([poster.id]),
  viewers: new Set([viewer.id]),
  viewersMayReact: false,
}
const context = (
  rule: ChannelRule | null,
  origin: MessageSource = 'live',
  membersMayPin = false,
): InterpretContext => ({
  ...nobody,
  ...people,
  rules: new Map(rule === null ? [] : [[general, rule]]),
  communityId,
  origin,
  groupKeys: [],
  membersMayPin,
  keepRaw: true,
})
const common = (author: Uint8Array) => ({
  communityId,
  chatId: general,
  generation: 'N2' as const,
  key: new Uint8Array(32).fill(1),
  author,
  clock: 1_700_000_000_000 as Millis,
  random: seededRandom('permissions'),
})
const saying = {
  message: (author: Uint8Array) => sealChat({ ...common(author), text: 'x', timestamp: common(author).clock }),
  edit: (author: Uint8Array) => sealEdit({ ...common(author), target, text: 'y' }),
  deletion: (author: Uint8Array) => sealDelete({ ...common(author), target }),
  pin: (author: Uint8Array) => sealPin({ ...common(author), target, pinned: true }),
  reaction: (author: Uint8Array) => sealReaction({ ...common(author), target, emoji: '👍', retracted: false }),
}
const judge = (sealed: Sealed, where: InterpretContext) => {
  const [part] = sealed.parts
  if (part === undefined) throw new Error('sealed into nothing')
  const result = interpret(part.record, where)
  return result.kind === 'refused' ? result.reason : result.kind
}
const said = (what: keyof typeof saying, author: Person | { key: Uint8Array }, where: InterpretContext) =>
  judge(saying[what](author.key), where)

describe('where only some may write', () => {
  it.each(['live', 'store', 'own'] as const)(
    'R4.5 what others say there is refused (%s), and not recorded',
    (origin) => {
      const where = context(chosen, origin)
      for (const what of ['message', 'edit', 'reaction', 'pin'] as const) {
        expect([what, said(what, viewer, where)]).toEqual([what, 'not-permitted'])
        expect([what, said(what, stranger, where)]).toEqual([what, 'not-permitted'])
      }
      for (const author of [poster, owner, { key: communityKey }]) {
        for (const what of ['message', 'edit', 'reaction'] as const) expect(said(what, author, where)).toBe('item')
      }
    },
  )

  it('R4.5 an archive is not judged by today’s rights', () => {
    for (const what of ['message', 'edit', 'reaction', 'pin', 'deletion'] as const) {
      for (const author of [viewer, stranger, banned])
        expect(said(what, author, context(chosen, 'archive'))).toBe('item')
    }
  })

  it('viewers react where they may, and take back what they wrote themselves', () => {
    const open = context({ ...chosen, viewersMayReact: true })
    expect(said('reaction', viewer, open)).toBe('item')
    expect(said('reaction', stranger, open)).toBe('not-permitted')
    expect(said('message', viewer, open)).toBe('not-permitted')
    expect(said('deletion', viewer, context(chosen))).toBe('item')
  })

  it('who pins must write there, too', () => {
    expect(said('pin', poster, context(chosen, 'live', true))).toBe('item')
    expect(said('pin', viewer, context(chosen, 'live', true))).toBe('not-permitted')
    expect(said('pin', viewer, context(null, 'live', true))).toBe('item')
    expect(said('pin', stranger, context(null, 'live', true))).toBe('not-permitted')
  })
})

describe('where every member writes', () => {
  it('R4.5 strangers and banned people are kept and marked: who is a member may be learned later', () => {
    const standing = (author: Person) => {
      const [part] = saying.message(author.key).parts
      const result = part === undefined ? null : interpret(part.record, context(null))
      if (result?.kind !== 'item' || result.item.effect?.kind !== 'chat') throw new Error('no message')
      expect(result.item.record).not.toBeNull()
      return result.item.effect.standing
    }
    expect([viewer, stranger, banned].map(standing)).toEqual(['member', 'unknown', 'banned'])
  })

  it('a member who only reads, everywhere, is refused, and nobody else is', () => {
    const where = context({ posters: null, viewers: new Set([viewer.id]), viewersMayReact: false })
    expect(said('message', viewer, where)).toBe('not-permitted')
    for (const author of [poster, stranger, owner]) expect(said('message', author, where)).toBe('item')
  })
})
