/**
 * 11/WAKU2-RELAY on gossipsub. Our own: `@waku/relay` on the registry stops at a version that fits nothing else here
 * (WAKU.md §2). Same protocol id, message id and signature policy as every other Waku relay.
 */
import { createHash } from 'node:crypto'
import { GossipSub, type GossipSubComponents, type GossipsubMessage } from '@chainsafe/libp2p-gossipsub'
import { type Message, StrictNoSign, TopicValidatorResult } from '@libp2p/interface'
import { decodeWire, encodeWire, maxMessageBytes, type Verdict, type WireMessage } from '../message.ts'

export const relayCodec = '/vac/waku/relay/2.0.0'

const MiB = 1024 * 1024

/** For `services` of createLibp2p. */
export function relayService(): (components: GossipSubComponents) => GossipSub {
  return (components) => {
    const gossip = new GossipSub(components, {
      msgIdFn: (message) => createHash('sha256').update(message.data).digest(),
      globalSignaturePolicy: StrictNoSign,
      fallbackToFloodsub: false,
      allowPublishToZeroTopicPeers: true,
      ignoreDuplicatePublishError: true,
      // One RPC may hold several messages of up to 1 MiB, when a peer asks for what it missed.
      maxInboundDataLength: 16 * MiB,
      maxOutboundBufferSize: 32 * MiB,
      decodeRpcLimits: {
        maxSubscriptions: 512,
        maxMessages: 1000,
        maxIhaveMessageIDs: 5000,
        maxIwantMessageIDs: 5000,
        maxIdontwantMessageIDs: 5000,
        maxControlMessages: 5000,
        maxPeerInfos: 64,
      },
    })
    gossip.multicodecs = [relayCodec] // read when it starts: the protocols to handle and to look for
    return gossip
  }
}

export interface RelayEvents {
  /** Null to take a relayed message in and pass it on. */
  judge(topic: string, message: WireMessage): Verdict | null
  received(topic: string, message: WireMessage): void
}

export class WakuRelay {
  readonly #gossip: GossipSub
  readonly #topics: readonly string[]

  constructor(gossip: GossipSub, topics: readonly string[], events: RelayEvents) {
    this.#gossip = gossip
    this.#topics = topics
    for (const topic of topics) gossip.topicValidators.set(topic, (_peer, message) => validate(topic, message, events))
    gossip.addEventListener('gossipsub:message', ({ detail }: CustomEvent<GossipsubMessage>) => {
      if (topics.includes(detail.msg.topic)) events.received(detail.msg.topic, decodeWire(detail.msg.data))
    })
  }

  /** Once the host runs. */
  subscribe(): void {
    for (const topic of this.#topics) this.#gossip.subscribe(topic)
  }

  /** How many peers it was sent to; none if they have seen it already. */
  async publish(topic: string, message: WireMessage): Promise<number> {
    const { recipients } = await this.#gossip.publish(topic, encodeWire(message))
    return recipients.length
  }

  /** Peers that pass on messages of this topic. */
  meshPeers(topic: string): number {
    return this.#gossip.getMeshPeers(topic).length
  }
}

/** What does not decode is a fault of the peer's; what is merely too old or too new is just not passed on. */
function validate(topic: string, { data }: Message, events: RelayEvents): TopicValidatorResult {
  if (data.length > maxMessageBytes) return TopicValidatorResult.Reject
  let verdict: Verdict | null
  try {
    verdict = events.judge(topic, decodeWire(data))
  } catch {
    return TopicValidatorResult.Reject
  }
  if (verdict === null) return TopicValidatorResult.Accept
  return verdict.status === 420 ? TopicValidatorResult.Ignore : TopicValidatorResult.Reject
}
