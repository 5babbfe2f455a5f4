/** A community, its authors, and chat messages as they come out of the network: signed in earnest. */
import { createHash } from 'node:crypto'
import { type InterpretContext, interpret, nobody, type TransportRecord } from '../../../../src/main/messages/index.ts'
import type { InboxItem } from '../../../../src/main/store/records.ts'
import {
  ApplicationType,
  chatId,
  communityIdOf,
  contentTopicOf,
  encodeApplicationMessage,
  encodeChat,
  encodePublic,
  hexToBytes,
  parseContentTopic,
  publicKey,
  universalChatId,
} from '../../../../src/main/wire/index.ts'
import type { ChatId, Seconds, Topic4 } from '../../../../src/shared/domain.ts'

const key = (name: string): Uint8Array => new Uint8Array(createHash('sha256').update(name).digest())

export const communityKey = key('community')
export const communityId = communityIdOf(publicKey(communityKey))
export const general = chatId(communityId, '6f1f5a1e-3d6b-4f0e-9d0a-2b7c8d9e0f11')
export const universalTopic = parseContentTopic(contentTopicOf(universalChatId(communityId))).topic4
export const channelTopic = parseContentTopic(contentTopicOf(general)).topic4
export const topics: readonly Topic4[] = [channelTopic, universalTopic]

export const contextOf = (origin: InterpretContext['origin'], keepRaw: boolean): InterpretContext => ({
  ...nobody,
  communityId,
  origin,
  groupKeys: [],
  membersMayPin: false,
  keepRaw,
})

export interface Said {
  /** s */
  readonly at: number
  readonly text: string
  readonly author?: string
  readonly topic?: Topic4
  readonly channel?: ChatId
}

/** What a chat message is once its Waku envelope is opened. */
export function recordOf({
  at,
  text,
  author = 'alice',
  topic = universalTopic,
  channel = general,
}: Said): TransportRecord {
  const payload = encodeChat({
    clock: at * 1000,
    timestamp: at * 1000,
    text,
    chatId: channel,
    messageType: 5,
    contentType: 1,
    displayName: author,
  })
  const message = encodeApplicationMessage({ type: ApplicationType.CHAT_MESSAGE, payload }, key(author))
  return envelope(at, encodePublic({ installationId: 'test', message }), topic)
}

export function envelope(at: number, payload: Uint8Array, topic: Topic4 = universalTopic): TransportRecord {
  return {
    hash: new Uint8Array(createHash('sha256').update(payload).update(`${at}`).digest()),
    sig: new Uint8Array(),
    timestamp: at as Seconds,
    topic: hexToBytes(topic),
    payload,
    padding: new Uint8Array([1, 2, 3]),
    thirdPartyId: '',
  }
}

/** As the owner's inbox takes it in. */
export function itemOf(said: Said): InboxItem {
  const found = interpret(recordOf(said), contextOf('live', true))
  if (found.kind !== 'item') throw new Error(`not an item: ${JSON.stringify(found)}`)
  return found.item
}
