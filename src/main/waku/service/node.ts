/**
 * The embedded service node: relay, store, filter, light push, metadata and peer exchange on one libp2p host. An
 * owner's node is one, `chronicle service-node` runs one alone; members and stock Waku clients use it over loopback,
 * LAN or internet with the same protocols.
 */
import { GossipSub } from '@chainsafe/libp2p-gossipsub'
import { noise } from '@chainsafe/libp2p-noise'
import { identify } from '@libp2p/identify'
import type { Libp2p, Secp256k1PrivateKey } from '@libp2p/interface'
import { mplex } from '@libp2p/mplex'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { all } from '@libp2p/websockets/filters'
import { createLibp2p } from 'libp2p'
import type { Millis, PubsubTopic } from '../../../shared/domain.ts'
import type { Clock } from '../../clock.ts'
import { bytesToHex } from '../../wire/index.ts'
import { WakuError } from '../errors.ts'
import { monitoring, muxing } from '../frames.ts'
import {
  type Envelope,
  envelopeOf,
  judge,
  pubsubTopics,
  type Rules,
  type Verdict,
  type WireMessage,
} from '../message.ts'
import type { WakuRecord } from '../network.ts'
import { RecentKeys } from '../recent.ts'
import { type ForgetRequest, MessageArchive } from './archive.ts'
import { serveExchange } from './exchange.ts'
import { FilterService } from './filter.ts'
import { loadIdentity, newIdentity } from './identity.ts'
import { lightPushV2, lightPushV3, type PushOutcome } from './lightpush.ts'
import { defaultLimits, type Limits, PeerRates } from './limits.ts'
import { metadataExchange } from './metadata.ts'
import { PeerExchange } from './peer-exchange.ts'
import { encodeRecord } from './records.ts'
import { relayService, WakuRelay } from './relay.ts'
import { storeExchange } from './store.ts'

export interface ServiceNodeOptions {
  readonly clusterId: number
  readonly shards: readonly number[]
  /** An address of this machine; 127.0.0.1 unless others are to reach it. */
  readonly host: string
  /** 0 for any free port, null for no listener. */
  readonly tcpPort: number | null
  readonly wsPort: number | null
  /** SQLite file of the message store. */
  readonly storeFile: string
  /** Where the node's key is kept; null for a new one each time. */
  readonly identityFile: string | null
  /** ms from receipt for which a message is stored. */
  readonly retentionMs: number
  /** ms by which an incoming message's own timestamp may be off; null for any, as history posted late needs. */
  readonly maxAgeMs: number | null
  readonly limits?: Limits
  /** Which multiaddrs may be dialled; nothing else ever is. */
  readonly mayDial: (address: string) => boolean
  readonly clock: Clock
  readonly random: () => number
  /** Every message that comes in, once, whichever way it came. */
  readonly onMessage: (envelope: Envelope, origin: WakuRecord['origin']) => void
}

export const thirtyDays = 30 * 24 * 60 * 60 * 1000
const housekeepingInterval = 30_000
const rememberedMessages = 50_000

export interface ServiceCounts {
  readonly stored: number
  readonly subscribers: number
  readonly peers: number
}

export class ServiceNode {
  readonly libp2p: Libp2p
  readonly archive: MessageArchive
  readonly topics: readonly PubsubTopic[]
  readonly #options: ServiceNodeOptions
  readonly #limits: Limits
  readonly #rules: Rules
  readonly #relay: WakuRelay
  readonly #filter: FilterService
  readonly #exchange: PeerExchange
  readonly #rates: PeerRates
  readonly #recent = new RecentKeys(rememberedMessages)
  #cancelHousekeeping: () => void = () => {}

  /** @throws WakuError `storage` for an unusable file, `unavailable` if it cannot listen. */
  static async start(options: ServiceNodeOptions): Promise<ServiceNode> {
    const key = options.identityFile === null ? await newIdentity() : await loadIdentity(options.identityFile)
    const archive = new MessageArchive(options.storeFile)
    try {
      const host = await createHost(options, key)
      const node = new ServiceNode(options, host, key, archive)
      await node.#serve()
      return node
    } catch (error) {
      archive.close()
      const { host, tcpPort, wsPort } = options
      const ports = [tcpPort, wsPort].filter((port) => port !== null && port !== 0).join(' and ')
      const message = `The service node cannot listen on ${host}${ports === '' ? '' : `, port ${ports}: is another one running?`}`
      throw error instanceof WakuError ? error : new WakuError('unavailable', message, { cause: error })
    }
  }

  private constructor(
    options: ServiceNodeOptions,
    host: { libp2p: Libp2p; gossip: GossipSub },
    key: Secp256k1PrivateKey,
    archive: MessageArchive,
  ) {
    const { clusterId, shards, clock } = options
    this.#options = options
    this.#limits = options.limits ?? defaultLimits
    this.libp2p = host.libp2p
    this.archive = archive
    this.topics = pubsubTopics(clusterId, shards)
    this.#rules = { topics: new Set(this.topics), maxAgeMs: options.maxAgeMs }
    this.#rates = new PeerRates(this.#limits.rate, clock)
    this.#filter = new FilterService(this.libp2p, this.#rules.topics, this.#limits, clock)
    this.#relay = new WakuRelay(host.gossip, this.topics, {
      judge: (topic, message) => this.judge(topic, message),
      received: (topic, message) => this.ingest(envelopeOf(topic, message)),
    })
    this.#exchange = new PeerExchange({
      clusterId,
      shards,
      requestBytes: this.#limits.requestBytes,
      random: options.random,
      own: () =>
        encodeRecord(key, { clusterId, shards, addresses: this.addresses(), sequence: Math.floor(clock.now() / 1000) }),
    })
  }

  /** Where it listens, with its peer id; empty once stopped. */
  addresses(): string[] {
    return this.libp2p.getMultiaddrs().map(String)
  }

  counts(): ServiceCounts {
    return {
      stored: this.archive.count(),
      subscribers: this.#filter.subscribers,
      peers: this.libp2p.getPeers().length,
    }
  }

  meshPeers(topic: string): number {
    return this.#relay.meshPeers(topic)
  }

  /** Asks a connected peer for the records of others; for peer exchange. */
  async learnFrom(connection: Parameters<PeerExchange['learn']>[0]): Promise<void> {
    await this.#exchange.learn(connection)
  }

  /**
   * Takes a message into the store and passes it to subscribers, here and elsewhere; returns false for one that was
   * taken in before. Judge a stranger's message first.
   */
  ingest({ topic, message, hash }: Envelope, origin: WakuRecord['origin'] = 'live'): boolean {
    this.archive.put(topic, message, hash, this.#options.clock.now())
    if (!this.#recent.add(bytesToHex(hash))) return false
    this.#filter.push(topic, message)
    this.#options.onMessage({ topic, message, hash }, origin)
    return true
  }

  /** Null if a stranger's message may enter. */
  judge(topic: string, message: WireMessage): Verdict | null {
    return judge(topic, message, this.#rules, this.#options.clock.now())
  }

  /** How many peers it was relayed to; none if they have seen it. */
  relay({ topic, message }: Envelope): Promise<number> {
    return this.#relay.publish(topic, message)
  }

  forget(request: ForgetRequest): number {
    return this.archive.forget(request)
  }

  /** Deletes what is past its retention, counted from receipt, and what does not fit. `now` in ms. */
  prune(now: Millis): number {
    return this.archive.prune((now - this.#options.retentionMs) as Millis, this.#limits.storeBytes)
  }

  async stop(): Promise<void> {
    this.#cancelHousekeeping()
    this.#filter.stop()
    await this.libp2p.stop()
    this.archive.close()
  }

  async #serve(): Promise<void> {
    const { clusterId, shards } = this.#options
    const accept = (topic: string, message: WireMessage) => this.#accept(topic, message)
    const exchanges = [
      metadataExchange(clusterId, shards, this.#limits.requestBytes),
      storeExchange(this.archive, this.#limits),
      this.#filter.exchange(),
      lightPushV3(accept),
      lightPushV2(accept),
      this.#exchange.exchange(),
    ]
    for (const exchange of exchanges) await serveExchange(this.libp2p, exchange, this.#rates, this.#limits)
    await this.libp2p.start()
    this.#relay.subscribe()
    this.#housekeeping()
  }

  /** A message pushed to us by a light client. Stamped here if it came without a time, as other nodes do. */
  async #accept(topic: string, pushed: WireMessage): Promise<PushOutcome> {
    const now = this.#options.clock.now()
    const message = pushed.timestamp > 0n ? pushed : { ...pushed, timestamp: BigInt(now) * 1_000_000n }
    const verdict = this.judge(topic, message)
    if (verdict !== null) return { ...verdict, relayed: 0 }
    const envelope = envelopeOf(topic, message)
    this.ingest(envelope)
    return { status: 200, reason: 'OK', relayed: await this.relay(envelope) }
  }

  #housekeeping(): void {
    const { clock } = this.#options
    this.#cancelHousekeeping = clock.setTimer(housekeepingInterval, () => {
      this.#filter.sweep()
      this.#rates.sweep()
      this.prune(clock.now())
      this.#housekeeping()
    })
  }
}

async function createHost(options: ServiceNodeOptions, privateKey: Secp256k1PrivateKey) {
  const { host, tcpPort, wsPort, mayDial } = options
  const { connections } = options.limits ?? defaultLimits
  const at = `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp`
  const libp2p = await createLibp2p({
    privateKey,
    start: false,
    addresses: {
      listen: [...(tcpPort === null ? [] : [`${at}/${tcpPort}`]), ...(wsPort === null ? [] : [`${at}/${wsPort}/ws`])],
    },
    transports: [tcp(), webSockets({ filter: all })],
    connectionEncrypters: [noise()],
    streamMuxers: [mplex(muxing)],
    connectionMonitor: monitoring,
    connectionManager: {
      maxConnections: connections,
      // Many members behind one address, or all on this machine, may come at once.
      inboundConnectionThreshold: 100,
      maxIncomingPendingConnections: 100,
    },
    connectionGater: { denyDialMultiaddr: (address) => !mayDial(address.toString()) },
    services: {
      identify: identify({ agentVersion: 'chronicle' }),
      ping: ping({ maxInboundStreams: 10 }),
      relay: relayService(),
    },
  })
  const gossip = libp2p.services.relay
  if (!(gossip instanceof GossipSub)) throw new Error('The relay is not there.')
  return { libp2p, gossip }
}
