/** A week of a community's history, for the tests of archives and of their inspection. */

import {
  type ApplicationMessage,
  ApplicationType,
  type ArchiveRecord,
  chatId,
  communityIdOf,
  encodeApplicationMessage,
  encodeChat,
  encodePublic,
  hexToBytes,
  keccak256,
  sealRatchet,
} from '../../../src/main/wire/index.ts'
import type { Seconds, Topic4 } from '../../../src/shared/domain.ts'
import { MEMBER, OWNER_PUBLIC } from './support.ts'

export const communityId = communityIdOf(OWNER_PUBLIC)
export const channel = chatId(communityId, '6f1f5a1e-3d6b-4f0e-9d0a-2b7c8d9e0f11')
export const FROM = 1_699_920_000 as Seconds
export const TO = 1_700_524_800 as Seconds
export const TOPIC = 'c09a9d22' as Topic4
export const metadata = { from: FROM, to: TO, topics: [TOPIC] }

export function chat(text: string): ApplicationMessage {
  const message = { clock: FROM * 1000, timestamp: FROM * 1000, text, chatId: channel, messageType: 5, contentType: 1 }
  return { type: ApplicationType.CHAT_MESSAGE, payload: encodeChat(message) }
}

export function recordOf(payload: Uint8Array, changes: Partial<ArchiveRecord> = {}): ArchiveRecord {
  return {
    sig: OWNER_PUBLIC,
    timestamp: (FROM + 60) as Seconds,
    topic: hexToBytes(TOPIC),
    payload,
    padding: Uint8Array.of(1),
    hash: keccak256(payload),
    thirdPartyId: '',
    ...changes,
  }
}

export const said = (text: string) =>
  encodePublic({ installationId: 'a', message: encodeApplicationMessage(chat(text), MEMBER) })

export function encrypted(plaintext: Uint8Array): Uint8Array {
  const groupKey = { key: new Uint8Array(32).fill(1), timestamp: 1 }
  const nonce = new Uint8Array(12)
  return sealRatchet({ groupId: hexToBytes(communityId), groupKey, seqNo: 1, nonce, plaintext, installationId: 'a' })
}
