/**
 * A Waku message between its three forms: sealed (ours, ready to send), on the wire (14/WAKU2-MESSAGE) and received.
 * PROTOCOL.md §3.5–§3.7.
 */
import { WakuMessage } from '@waku/proto'
import type { ContentTopic, Nanos, PubsubTopic } from '../../shared/domain.ts'
import { pubsubTopic, wakuMessageHash } from '../wire/index.ts'
import { WakuError } from './errors.ts'
import type { SealedMessage, WakuRecord } from './network.ts'

/** Largest payload on the network side (RULES.md R4.8): what PROTOCOL.md §3.7 sends is at most this. */
export const maxPayloadBytes = 1024 * 1024
/** A whole encoded message: the payload, its topic, timestamp and meta. */
export const maxMessageBytes = maxPayloadBytes + 1024
/** A request or push that carries one message, with the topic it travels on. */
export const maxEnvelopeBytes = maxMessageBytes + 1024
export const maxContentTopicLength = 255
/** 14/WAKU2-MESSAGE. */
export const maxMetaBytes = 64

/** A message as it stands on the wire; an absent timestamp is 0. */
export interface WireMessage {
  readonly contentTopic: string
  readonly payload: Uint8Array
  readonly version: number
  /** ns */
  readonly timestamp: bigint
  readonly meta: Uint8Array | null
  readonly ephemeral: boolean
}

/** Status sends version 1 for everything. PROTOCOL.md §3.3. */
const version = 1

export function pubsubTopics(clusterId: number, shards: readonly number[]): PubsubTopic[] {
  return shards.map((shard) => pubsubTopic(clusterId, shard))
}

/** Where the messages of communities are, unless a node is told otherwise. WAKU.md §5. */
export const usualCluster = 16
export const usualShards: readonly number[] = [32, 64]
export const usualTopics: readonly PubsubTopic[] = pubsubTopics(usualCluster, usualShards)

export function wireOf(sealed: SealedMessage): WireMessage {
  const { contentTopic, payload, timestamp, ephemeral } = sealed
  return { contentTopic, payload, version, timestamp, meta: null, ephemeral }
}

/** What `@waku/proto` gives for a WakuMessage, in any of its protocols. */
export interface ProtoMessage {
  payload: Uint8Array
  contentTopic: string
  version?: number
  timestamp?: bigint
  meta?: Uint8Array
  ephemeral?: boolean
}

export function fromProto(message: ProtoMessage): WireMessage {
  return {
    contentTopic: message.contentTopic,
    payload: bytesOf(message.payload),
    version: message.version ?? 0,
    timestamp: message.timestamp ?? 0n,
    meta: message.meta === undefined ? null : bytesOf(message.meta),
    ephemeral: message.ephemeral ?? false,
  }
}

/** The same memory as a plain Uint8Array: Buffers compare, print and cross threads unlike the bytes they are. */
export function bytesOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function toProto(message: WireMessage): ProtoMessage {
  const { contentTopic, payload, timestamp, ephemeral } = message
  const proto: ProtoMessage = { contentTopic, payload, version: message.version, timestamp, ephemeral }
  return message.meta === null ? proto : { ...proto, meta: message.meta }
}

/** @throws whatever the decoder throws, or a WakuError `invalid` for bytes that hold no topic. */
export function decodeWire(bytes: Uint8Array): WireMessage {
  const message = fromProto(WakuMessage.decode(bytes))
  if (message.contentTopic === '') throw new WakuError('invalid', 'A Waku message without a content topic.')
  return message
}

export function encodeWire(message: WireMessage): Uint8Array {
  return WakuMessage.encode(toProto(message))
}

/** 32 bytes, the message's identity on the network. PROTOCOL.md §3.6. */
export function hashOf(topic: string, message: WireMessage): Uint8Array {
  return wakuMessageHash({
    pubsubTopic: topic,
    payload: message.payload,
    contentTopic: message.contentTopic,
    timestamp: message.timestamp,
    ...(message.meta === null ? {} : { meta: message.meta }),
  })
}

/** A received message with the topic it travelled on, whole: what is stored, filtered and relayed. */
export interface Envelope {
  readonly topic: PubsubTopic
  readonly message: WireMessage
  readonly hash: Uint8Array
}

export function envelopeOf(topic: string, message: WireMessage): Envelope {
  return { topic: topic as PubsubTopic, message, hash: hashOf(topic, message) }
}

/** What the rest of the node sees of it. */
export function recordOf({ topic, message, hash }: Envelope, origin: WakuRecord['origin']): WakuRecord {
  return {
    pubsubTopic: topic,
    contentTopic: message.contentTopic as ContentTopic,
    payload: message.payload,
    timestamp: message.timestamp as Nanos,
    hash,
    origin,
  }
}

export interface Rules {
  /** The pubsub topics this node serves. */
  readonly topics: ReadonlySet<string>
  /** ms by which a message's own timestamp may differ from this node's clock; null for any. */
  readonly maxAgeMs: number | null
}

/** Status codes of light push v3 (19/WAKU2-LIGHTPUSH), used wherever a message is judged. */
export interface Verdict {
  readonly status: 400 | 413 | 420 | 421
  readonly reason: string
}

/** Null if the message may enter; else why not. `now` in ms. */
export function judge(topic: string, message: WireMessage, rules: Rules, now: number): Verdict | null {
  if (!rules.topics.has(topic)) return { status: 421, reason: `This node does not serve ${topic || 'an empty topic'}.` }
  if (message.contentTopic === '') return { status: 400, reason: 'The message has no content topic.' }
  if (message.contentTopic.length > maxContentTopicLength)
    return { status: 400, reason: `The content topic is longer than ${maxContentTopicLength} characters.` }
  if (message.payload.length === 0) return { status: 400, reason: 'The message is empty.' }
  if (message.payload.length > maxPayloadBytes)
    return { status: 413, reason: `The message is larger than ${maxPayloadBytes} bytes.` }
  if ((message.meta?.length ?? 0) > maxMetaBytes)
    return { status: 400, reason: `The meta field is longer than ${maxMetaBytes} bytes.` }
  // The encoder that nodes of JavaScript share writes another number than it read: the copy would have another hash.
  if (message.timestamp < 0n) return { status: 400, reason: 'The timestamp lies before 1970.' }
  if (rules.maxAgeMs !== null && Math.abs(now - Number(message.timestamp / 1_000_000n)) > rules.maxAgeMs)
    return { status: 420, reason: `The timestamp is more than ${rules.maxAgeMs / 1000} s off this node's clock.` }
  return null
}

/** @throws WakuError `wrong-shard` or `too-large`: what no node of this network would take, before it is asked. */
export function checkSealed(sealed: SealedMessage, topics: ReadonlySet<string>): void {
  const verdict = judge(sealed.pubsubTopic, wireOf(sealed), { topics, maxAgeMs: null }, 0)
  if (verdict !== null) throw refusalOf(verdict.status, verdict.reason)
}

/** A refusal by status code, ours or a remote node's. */
export function refusalOf(status: number, reason: string): WakuError {
  if (status === 413) return new WakuError('too-large', reason)
  if (status === 421) return new WakuError('wrong-shard', reason)
  if (status === 429) return new WakuError('rate-limited', reason)
  if (status === 400 || status === 420) return new WakuError('invalid', reason)
  return new WakuError('refused', reason)
}
