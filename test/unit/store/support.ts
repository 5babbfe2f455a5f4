/** Made-up communities, people and messages for tests of the store. */
import { createHash } from 'node:crypto'
import type { ChatEffect, InboxItem, MessageEffect, RawRecord } from '../../../src/main/store/index.ts'
import type { ChatId, CommunityId, ContactId, MessageId, Millis, Seconds } from '../../../src/shared/domain.ts'

const hex = (seed: string, length: number) => {
  let text = ''
  for (let n = 0; text.length < length; n += 1) text += createHash('sha256').update(`${seed} ${n}`).digest('hex')
  return text.slice(0, length)
}

export const communityOf = (seed: string) => `0x02${hex(seed, 64)}` as CommunityId
export const community = communityOf('community')
export const other = communityOf('other community')
export const chatOf = (name: string, of: CommunityId = community) =>
  `${of}${hex(name, 8)}-0000-4000-8000-${hex(`${name}!`, 12)}` as ChatId
export const personOf = (name: string) => `0x04${hex(name, 128)}` as ContactId
export const idOf = (name: string | number) => `0x${hex(`message ${name}`, 64)}` as MessageId
export const hashOf = (name: string | number) => new Uint8Array(createHash('sha256').update(`hash ${name}`).digest())
export const ms = (value: number) => value as Millis
export const s = (value: number) => value as Seconds

export const alice = personOf('alice')
export const bob = personOf('bob')
export const general = chatOf('general')
export const random = chatOf('random')

export function chat(name: string | number, change: Partial<ChatEffect> = {}): ChatEffect {
  return {
    kind: 'chat',
    id: idOf(name),
    communityId: community,
    chatId: general,
    author: alice,
    clock: ms(1_700_000_000_000),
    timestamp: ms(1_700_000_000_000),
    text: `text of ${name}`,
    contentType: 1,
    responseTo: null,
    displayName: 'Alice',
    standing: 'member',
    origin: null,
    editedAt: null,
    body: new Uint8Array([1, 2, 3]),
    ...change,
  }
}

type Other = Exclude<MessageEffect, ChatEffect>
type Change = Partial<Pick<Other, 'author' | 'chatId' | 'communityId'>> & { readonly clock?: number }
function basis(name: string, change: Change) {
  return {
    id: idOf(name),
    communityId: change.communityId ?? community,
    chatId: change.chatId ?? general,
    author: change.author ?? alice,
    clock: ms(change.clock ?? 1_700_000_001_000),
  }
}
export const edit = (name: string, target: string, text: string, change: Change = {}): MessageEffect => ({
  ...basis(name, change),
  kind: 'edit',
  target: idOf(target),
  text,
})
export const remove = (name: string, target: string, privileged = false, change: Change = {}): MessageEffect => ({
  ...basis(name, change),
  kind: 'delete',
  target: idOf(target),
  privileged,
})
export const pin = (name: string, target: string, pinned: boolean, change: Change = {}): MessageEffect => ({
  ...basis(name, change),
  kind: 'pin',
  target: idOf(target),
  pinned,
})
export const react = (
  name: string,
  target: string,
  emoji: string,
  retracted = false,
  change: Change = {},
): MessageEffect => ({ ...basis(name, change), kind: 'reaction', target: idOf(target), emoji, retracted })

export function record(name: string | number, change: Partial<RawRecord> = {}): RawRecord {
  return {
    communityId: community,
    hash: hashOf(name),
    sig: new Uint8Array(65).fill(4),
    timestamp: s(1_700_000_000),
    topic: new Uint8Array([0xc0, 0x9a, 0x9d, 0x22]),
    payload: new TextEncoder().encode(`payload of ${name}`),
    padding: new Uint8Array([1]),
    thirdPartyId: '',
    messageId: idOf(name),
    archivable: true,
    ...change,
  }
}

export const only = (effect: MessageEffect): InboxItem => ({ record: null, effect, source: 'live' })
export const raw = (value: RawRecord): InboxItem => ({ record: value, effect: null, source: 'live' })
