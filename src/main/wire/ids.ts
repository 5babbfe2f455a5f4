/**
 * Names on the network: chat ids, content topics, symmetric keys, pubsub topics, message hashes. PROTOCOL.md §2, §3.
 */
import { createHash, pbkdf2Sync } from 'node:crypto'
import type {
  ChatId,
  CommunityId,
  ContactId,
  ContentTopic,
  MessageId,
  Nanos,
  PubsubTopic,
  Topic4,
} from '../../shared/domain.ts'
import { isChatId, isCommunityId } from '../../shared/ids.ts'
import { bytesToHex, hexToBytes, plain, toHex0x, utf8 } from './bytes.ts'
import { WireError } from './errors.ts'
import { decompress, keccak256 } from './keys.ts'

const CONTACT_ID = /^0x04[0-9a-f]{128}$/
const NATIVE_MESSAGE_ID = /^0x[0-9a-f]{64}$/
const CHANNEL_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const CONTENT_TOPIC = /^\/waku\/1\/0x([0-9a-f]{8})\/rfc26$/
const COMMUNITY_ID_LENGTH = 68

export function isContactId(text: string): text is ContactId {
  return CONTACT_ID.test(text)
}
/** `0x` and 64 hex digits: the id of a message that was not imported. */
export function isNativeMessageId(text: string): text is MessageId {
  return NATIVE_MESSAGE_ID.test(text)
}

/** @throws {WireError} BAD_ID */
export function chatId(communityId: CommunityId, uuid: string): ChatId {
  const id = `${communityId}${uuid}`
  if (!isChatId(id)) throw new WireError('BAD_ID', 'a chat id is a community id and a lower-case uuid')
  return id
}

/** @throws {WireError} BAD_ID */
export function parseChatId(id: string): { readonly communityId: CommunityId; readonly uuid: string } {
  const communityId = id.slice(0, COMMUNITY_ID_LENGTH)
  const uuid = id.slice(COMMUNITY_ID_LENGTH)
  if (!isCommunityId(communityId) || !CHANNEL_UUID.test(uuid)) {
    throw new WireError('BAD_ID', 'a chat id is a community id and a lower-case uuid')
  }
  return { communityId, uuid }
}

/** Everything said in a community, since generation N. PROTOCOL.md §3.2. */
export function universalChatId(communityId: CommunityId): string {
  return `${communityId}-memberUpdate`
}
/** Where generation M announces archives. */
export function magnetlinksChatId(communityId: CommunityId): string {
  return `${communityId}-magnetlinks`
}
export function pingChatId(communityId: CommunityId): string {
  return `${communityId}-ping`
}
export function shardInfoChatId(communityId: CommunityId): string {
  return `${communityId}-shard-info`
}
/** Where a community's key receives requests to join: the uncompressed key in hex, no prefix, 130 characters. */
export function adminChatId(communityId: CommunityId): string {
  return bytesToHex(decompress(hexToBytes(communityId)))
}
/** Where a person receives private messages: one of 5,000 topics, chosen by the key's X. PROTOCOL.md §10. */
export function contactDiscoveryChatId(key: Uint8Array): string {
  const x = decompress(key).subarray(1, 33)
  return `contact-discovery-${BigInt(toHex0x(x)) % 5000n}`
}

/** The first four bytes of keccak(utf8(chat id)). PROTOCOL.md §3.1. */
export function topicBytesOf(chatId: string): Uint8Array {
  return keccak256(utf8(chatId)).slice(0, 4)
}
export function topic4Of(chatId: string): Topic4 {
  return bytesToHex(topicBytesOf(chatId)) as Topic4
}
/** `/waku/1/0x{8 hex}/rfc26` */
export function contentTopicOf(chatId: string): ContentTopic {
  return contentTopicOfTopic4(topic4Of(chatId))
}
export function contentTopicOfTopic4(topic: Topic4): ContentTopic {
  return `/waku/1/0x${topic}/rfc26` as ContentTopic
}

/** @throws {WireError} BAD_TOPIC unless it has exactly the form of §3.1. */
export function parseContentTopic(text: string): { readonly topic4: Topic4; readonly bytes: Uint8Array } {
  const digits = CONTENT_TOPIC.exec(text)?.[1]
  if (digits === undefined) throw new WireError('BAD_TOPIC', `${text} is no Status content topic`)
  return { topic4: digits as Topic4, bytes: hexToBytes(digits) }
}

/** @throws {WireError} BAD_TOPIC unless they are four. */
export function topic4FromBytes(bytes: Uint8Array): Topic4 {
  if (bytes.length !== 4) throw new WireError('BAD_TOPIC', `a content topic has 4 bytes, not ${bytes.length}`)
  return bytesToHex(bytes) as Topic4
}

/** `/waku/2/rs/{cluster}/{shard}`. PROTOCOL.md §3.4. */
export function pubsubTopic(cluster: number, shard: number): PubsubTopic {
  return `/waku/2/rs/${cluster}/${shard}` as PubsubTopic
}

/** 32 bytes that everyone who knows a chat id can derive: 65,356 rounds of PBKDF2, about 10 ms. Cache it. §3.3. */
export function symmetricKey(chatId: string): Uint8Array {
  return plain(pbkdf2Sync(utf8(chatId), new Uint8Array(0), 65356, 32, 'sha256'))
}

/** The deterministic message hash, 32 bytes; a missing timestamp hashes as 0. PROTOCOL.md §3.6. */
export function wakuMessageHash(message: {
  readonly pubsubTopic: string
  readonly payload: Uint8Array
  readonly contentTopic: string
  readonly meta?: Uint8Array | undefined
  readonly timestamp?: Nanos | bigint | undefined
}): Uint8Array {
  const time = new Uint8Array(8)
  new DataView(time.buffer).setBigInt64(0, message.timestamp ?? 0n)
  const hash = createHash('sha256').update(message.pubsubTopic).update(message.payload).update(message.contentTopic)
  if (message.meta) hash.update(message.meta)
  return plain(hash.update(time).digest())
}

/** keccak(utf8(member's contact id, "-", community id)), `0x` and 64 hex digits. PROTOCOL.md §2. */
export function requestToJoinId(member: ContactId, communityId: CommunityId): string {
  return toHex0x(keccak256(utf8(`${member}-${communityId}`)))
}
