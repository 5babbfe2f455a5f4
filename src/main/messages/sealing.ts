/**
 * From something said to bytes on the network, once: signed, wrapped, cut into segments where it is long, encrypted.
 * Pure; the keys, the time and the random bytes come from the caller. PROTOCOL.md §3, §3.7, §3.8, §10.
 */
import type { MessageId, Millis, Nanos, PubsubTopic, Seconds } from '../../shared/domain.ts'
import type { OutboxEntry, SealedMessage } from '../waku/network.ts'
import {
  contentTopicOf,
  encodeApplicationMessage,
  encodePublic,
  encodeRatchet,
  type HRKey,
  isPrivateKey,
  messageIdOf,
  publicKey,
  type RatchetStep,
  type RekeyGroup,
  sealAsymmetric,
  sealStep,
  sealSymmetric,
  segment,
  topicBytesOf,
  wakuMessageHash,
} from '../wire/index.ts'
import type { TransportRecord } from './context.ts'
import type { Random } from './ports.ts'

/** Where it goes and who can open it: everyone who knows a chat id, or one person. */
export type Destination = { readonly pubsubTopic: PubsubTopic; readonly chatId: string } & (
  | { readonly key: Uint8Array }
  | { readonly recipient: Uint8Array }
)

/**
 * `public`: inside a ProtocolMessage; `bare`: the application message alone; a step: under a group's key; keys: readable,
 * and group keys beside it. PROTOCOL.md §3.8, §3.10.
 */
export type Envelope = 'public' | 'bare' | { readonly step: RatchetStep } | GroupKeysEnclosed

export interface GroupKeysEnclosed {
  readonly groupId: Uint8Array
  /** In the clear: only for one person. */
  readonly keys?: readonly HRKey[]
  /** Sealed to each member. */
  readonly rekeyGroup?: RekeyGroup
}

export interface SealOptions {
  readonly type: number
  /** The encoded inner message. */
  readonly payload: Uint8Array
  /** Private key of the author: a person's, or the community's. */
  readonly author: Uint8Array
  /** Private key of the person whose device sends it: the transport signature. PROTOCOL.md §2. */
  readonly sender: Uint8Array
  readonly to: Destination
  readonly envelope: Envelope
  readonly installationId: string
  readonly sentAt: Nanos
  readonly random: Random
}

export interface SealedPart {
  readonly sealed: SealedMessage
  /** What a receiver will have after decrypting: the form in which an owner keeps its own messages. */
  readonly record: TransportRecord
}

export interface Sealed {
  readonly id: MessageId
  /** The application message. */
  readonly message: Uint8Array
  /** One, or several segments. */
  readonly parts: readonly SealedPart[]
}

export function seal(options: SealOptions): Sealed {
  const message = encodeApplicationMessage({ type: options.type, payload: options.payload }, options.author)
  return sealSigned(message, options)
}

/** The same for an application message that its author signed before. */
export function sealSigned(message: Uint8Array, options: Omit<SealOptions, 'type' | 'payload'>): Sealed {
  const id = messageIdOf(publicKey(options.author), message)
  return { id, message, parts: segment(enveloped(message, options)).map((piece) => sealPart(piece, options)) }
}

function enveloped(
  message: Uint8Array,
  { envelope, installationId, random }: Pick<SealOptions, 'envelope' | 'installationId' | 'random'>,
): Uint8Array {
  if (envelope === 'bare') return message
  if (envelope === 'public') return encodePublic({ installationId, message })
  if ('step' in envelope) return sealStep(envelope.step, { plaintext: message, nonce: random(12), installationId })
  const readable = { keyId: new Uint8Array(0), deprecatedKeyId: 0, seqNo: 0, payload: message }
  return encodeRatchet({ ...envelope, ...readable, installationId })
}

function sealPart(data: Uint8Array, { to, sender, sentAt, random }: Omit<SealOptions, 'type' | 'payload'>): SealedPart {
  const contentTopic = contentTopicOf(to.chatId)
  let padding = new Uint8Array(0)
  const input = {
    data,
    signer: sender,
    padding: (length: number) => {
      padding = new Uint8Array(random(length))
      return padding
    },
  }
  const payload =
    'key' in to
      ? sealSymmetric({ ...input, key: to.key, nonce: random(12) })
      : sealAsymmetric({ ...input, recipient: to.recipient, ephemeral: freshKey(random), iv: random(16) })
  const sealed = { pubsubTopic: to.pubsubTopic, contentTopic, payload, timestamp: sentAt, ephemeral: false }
  const record = {
    hash: wakuMessageHash(sealed),
    sig: publicKey(sender),
    timestamp: secondsOf(sentAt),
    topic: topicBytesOf(to.chatId),
    payload: data,
    padding,
    thirdPartyId: '',
  }
  return { sealed, record }
}

/** Entries for the outbox. `key` makes one request's entries one, however often it is repeated. */
export function outboxEntries(sealed: Sealed, at: Millis, key: string = sealed.id): OutboxEntry[] {
  return sealed.parts.map((part, index) => ({
    id: sealed.parts.length === 1 ? key : `${key}/${index}`,
    sealed: part.sealed,
    createdAt: at,
  }))
}

export const nanosOf = (ms: Millis): Nanos => (BigInt(ms) * 1_000_000n) as Nanos
/** Truncated, as every receiver does it. PROTOCOL.md §3.5. */
export const secondsOf = (ns: Nanos): Seconds => Number(ns / 1_000_000_000n) as Seconds

function freshKey(random: Random): Uint8Array {
  for (;;) {
    const key = random(32)
    if (isPrivateKey(key)) return key
  }
}
