/** Signed messages, the records they travel in, and what the judge makes of them. */
import {
  type Interpretation,
  type InterpretContext,
  interpret,
  nobody,
  type TransportRecord,
} from '../../../src/main/messages/index.ts'
import { encodeApplicationMessage, encodeChat, encodePublic } from '../../../src/main/wire/index.ts'
import type { MessageId, MessageSource, Millis, Seconds } from '../../../src/shared/domain.ts'
import { communityContact, communityId, general, person, seededRandom } from '../../support/people.ts'

export const NOW = 1_700_000_000_000 as Millis
export const ada = person('ada')
export const owner = person('owner')
export const stranger = person('stranger')
export const TARGET = `0x${'ab'.repeat(32)}` as MessageId
export const key = new Uint8Array(32).fill(7)

export const context = (origin: MessageSource, more: Partial<InterpretContext> = {}): InterpretContext => ({
  ...nobody,
  communityId,
  origin,
  members: new Set([ada.id, owner.id]),
  privileged: new Set([owner.id, communityContact]),
  groupKeys: [],
  membersMayPin: false,
  keepRaw: true,
  ...more,
})

export const common = {
  communityId,
  chatId: general,
  generation: 'N2' as const,
  key,
  author: ada.key,
  clock: NOW,
  random: seededRandom('interpret'),
}

/** The record of an application message, in the envelope that community messages have. */
export function recordOf(message: Uint8Array, more: Partial<TransportRecord> = {}): TransportRecord {
  return {
    hash: new Uint8Array(32).fill(1),
    sig: stranger.publicKey,
    timestamp: (NOW / 1000) as Seconds,
    topic: Uint8Array.of(1, 2, 3, 4),
    payload: encodePublic({ installationId: 'device', message }),
    padding: Uint8Array.of(9),
    thirdPartyId: '',
    ...more,
  }
}
export const signed = (type: number, payload: Uint8Array, author = ada.key) =>
  encodeApplicationMessage({ type, payload }, author)
export const chat = (fields: Partial<Parameters<typeof encodeChat>[0]> = {}) =>
  encodeChat({ clock: NOW, timestamp: NOW, text: 'hello', chatId: general, messageType: 5, contentType: 1, ...fields })

export const reasonOf = (result: Interpretation) =>
  result.kind === 'refused' ? result.reason : `accepted as ${result.kind}`
export const judge = (message: Uint8Array, more: Partial<TransportRecord> = {}, where = context('live')) =>
  interpret(recordOf(message, more), where)

export function effectOf(result: Interpretation) {
  if (result.kind !== 'item') throw new Error(`expected an item, got ${reasonOf(result)}`)
  return result.item.effect
}
