/**
 * The network in this thread: a service node, a user of remote ones, or both in one. What comes in by whatever way is
 * delivered once; what goes out is stored here and handed to the remote nodes that are configured.
 */
import { createHash } from 'node:crypto'
import type { ContentTopic, Millis, NetworkStatus, PubsubTopic } from '../../shared/domain.ts'
import { type Clock, systemClock } from '../clock.ts'
import { bytesToHex } from '../wire/index.ts'
import type { BackoffRange } from './backoff.ts'
import { dialPolicy } from './client/addresses.ts'
import { LightClient } from './client/light-client.ts'
import { type LightHost, startLightHost } from './client/light-node.ts'
import { WakuError } from './errors.ts'
import { readHistory, type StoreSource } from './history.ts'
import {
  checkSealed,
  type Envelope,
  envelopeOf,
  pubsubTopics,
  recordOf,
  usualCluster,
  usualShards,
  wireOf,
} from './message.ts'
import type { HistoryQuery, SealedMessage, StoreLookup, Unsubscribe, WakuNetwork, WakuRecord } from './network.ts'
import { RecentKeys } from './recent.ts'
import type { Limits } from './service/limits.ts'
import { type ServiceCounts, ServiceNode, thirtyDays } from './service/node.ts'
import { Subscriptions } from './subscriptions.ts'

/** How this node is a service node. Structured-clonable. */
export interface ServiceOptions {
  /** SQLite file of the message store. */
  readonly storeFile: string
  /** Where the node's key is kept; null for a new one each time. */
  readonly identityFile: string | null
  /** 127.0.0.1 if absent. */
  readonly host?: string
  /** 0 (the default) for any free port, null for none. */
  readonly tcpPort?: number | null
  readonly wsPort?: number | null
  /** ms from receipt; 30 days if absent. */
  readonly retentionMs?: number
  /** ms by which an incoming message's timestamp may be off; null (the default) for any. */
  readonly maxAgeMs?: number | null
  readonly limits?: Limits
}

/** Structured-clonable. */
export interface WakuOptions {
  /** 16 if absent: the Status network. */
  readonly clusterId?: number
  /** 32 and 64 if absent. PROTOCOL.md §3.4. */
  readonly shards?: readonly number[]
  readonly service?: ServiceOptions | null
  /** Multiaddrs of remote service nodes. */
  readonly nodes?: readonly string[]
  readonly backoff?: BackoffRange
  /** ms between two pings of a filter subscription. */
  readonly pingInterval?: number
  /** ms that a reader of history waits for a remote node to be connected; 15 s if absent. */
  readonly patience?: number
}

export interface Surroundings {
  readonly clock?: Clock
  readonly random?: () => number
}

const rememberedMessages = 50_000
const rememberedPayloads = 20_000

export class LocalWaku implements WakuNetwork, StoreLookup {
  readonly #options: WakuOptions
  readonly #clock: Clock
  readonly #random: () => number
  readonly #clusterId: number
  readonly #shards: readonly number[]
  readonly #topics: readonly PubsubTopic[]
  readonly #subscriptions = new Subscriptions()
  readonly #recent = new RecentKeys(rememberedMessages)
  /** Payloads of our own that our store has, and the hashes under which they were sent again. */
  readonly #payloads = new RecentKeys(rememberedPayloads)
  readonly #resent = new RecentKeys(rememberedPayloads)
  readonly #listeners = new Set<(status: NetworkStatus) => void>()
  #service: ServiceNode | null = null
  #host: LightHost | null = null
  #client: LightClient | null = null
  #started: Promise<void> | null = null

  constructor(options: WakuOptions, { clock = systemClock, random = Math.random }: Surroundings = {}) {
    this.#options = options
    this.#clock = clock
    this.#random = random
    this.#clusterId = options.clusterId ?? usualCluster
    this.#shards = options.shards ?? usualShards
    this.#topics = pubsubTopics(this.#clusterId, this.#shards)
  }

  /** Resolves when the service node listens, if there is one; remote nodes are connected to from then on. */
  start(): Promise<void> {
    this.#started ??= this.#open().catch(async (error: unknown) => {
      await this.stop()
      throw error
    })
    return this.#started
  }

  async stop(): Promise<void> {
    this.#started = null
    await this.#client?.stop()
    await this.#host?.stop()
    await this.#service?.stop()
    this.#client = null
    this.#host = null
    this.#service = null
    this.#changed()
  }

  /**
   * Stored here and relayed, and pushed to the configured nodes. With nodes configured, one of them (or a relay peer)
   * must take it; the copy here is made once, however often it is sent again with a later timestamp.
   */
  async publish(sealed: SealedMessage): Promise<{ hash: Uint8Array; acceptedBy: number }> {
    checkSealed(sealed, new Set(this.#topics))
    const envelope = envelopeOf(sealed.pubsubTopic, wireOf(sealed))
    const service = this.#service
    const relayed = service === null ? 0 : await this.#keepAndRelay(service, envelope)
    if (this.#client === null) {
      if (service === null) throw new WakuError('unavailable', 'No service node is configured.')
      return { hash: envelope.hash, acceptedBy: relayed + 1 }
    }
    const pushed = await this.#client.push(envelope).catch((error: unknown) => {
      if (relayed > 0) return 0
      throw error
    })
    return { hash: envelope.hash, acceptedBy: Math.max(relayed, pushed) }
  }

  async subscribe(topics: readonly ContentTopic[], deliver: (record: WakuRecord) => void): Promise<Unsubscribe> {
    const remove = this.#subscriptions.add(topics, deliver)
    await this.#client?.want(this.#subscriptions.topics())
    return () => {
      remove()
      this.#client?.want(this.#subscriptions.topics()).catch(() => {})
    }
  }

  async *history(query: HistoryQuery): AsyncGenerator<WakuRecord> {
    for await (const batch of this.historyBatches(query)) yield* batch
  }

  /** As `history`, in the batches in which answers come. */
  async *historyBatches({ topics, from, to, signal }: HistoryQuery): AsyncGenerator<WakuRecord[]> {
    const client = this.#client
    const sources = [
      ...(this.#service === null ? [] : [localStore(this.#service)]),
      ...(client === null ? [] : client.sources()),
    ]
    if (sources.length === 0) throw new WakuError('unavailable', 'No service node is configured.')
    const reading = {
      topics: this.#topics,
      sources,
      ready: async (stop: AbortSignal) => client?.ready(stop),
      clock: this.#clock,
    }
    for await (const batch of readHistory(reading, { contentTopics: topics, from, to, signal }))
      yield batch.map((envelope) => recordOf(envelope, 'store'))
  }

  /** For each hash, whether a store has it: the remote ones if one can be asked, else our own. Null if there is none. */
  async stored(hashes: readonly Uint8Array[]): Promise<readonly boolean[] | null> {
    const service = this.#service
    const remote = (await this.#client?.stored(hashes)) ?? null
    if (remote !== null) return hashes.map((hash) => remote.has(bytesToHex(hash)))
    if (service === null) return null
    return hashes.map((hash) => service.archive.has(hash) || this.#resent.has(bytesToHex(hash)))
  }

  status(): NetworkStatus {
    const nodes = this.#client?.status() ?? []
    const peers = (this.#service?.libp2p ?? this.#host?.libp2p)?.getPeers().length ?? 0
    const online = nodes.length === 0 ? this.#service !== null : nodes.some(({ connected }) => connected)
    const state = online ? 'online' : nodes.length > 0 ? 'connecting' : 'offline'
    return { state, peers, nodes, outbox: 0 }
  }

  on(_event: 'status', listener: (status: NetworkStatus) => void): Unsubscribe {
    const own = (status: NetworkStatus) => listener(status)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  /** Tries the configured nodes now instead of when their waits are over. */
  retryNow(): void {
    this.#client?.retryNow()
  }

  /** Where the service node listens. */
  addresses(): string[] {
    return this.#required().addresses()
  }

  counts(): ServiceCounts {
    return this.#required().counts()
  }

  forget(request: { readonly receivedBefore: Millis; readonly exceptTopics: readonly ContentTopic[] }): number {
    return this.#required().archive.forget(request)
  }

  prune(now: Millis): number {
    return this.#required().prune(now)
  }

  #required(): ServiceNode {
    if (this.#service === null) throw new WakuError('unavailable', 'This node is no service node, or is not running.')
    return this.#service
  }

  async #open(): Promise<void> {
    const { service, nodes = [] } = this.#options
    const mayDial = dialPolicy(nodes)
    if (service) this.#service = await this.#startService(service, mayDial)
    if (nodes.length > 0) {
      if (this.#service === null) this.#host = await startLightHost(this.#clusterId, mayDial)
      await this.#startClient(nodes)
    }
    this.#changed()
  }

  async #startService(options: ServiceOptions, mayDial: (address: string) => boolean): Promise<ServiceNode> {
    const service = await ServiceNode.start({
      clusterId: this.#clusterId,
      shards: this.#shards,
      host: options.host ?? '127.0.0.1',
      tcpPort: options.tcpPort === undefined ? 0 : options.tcpPort,
      wsPort: options.wsPort === undefined ? 0 : options.wsPort,
      storeFile: options.storeFile,
      identityFile: options.identityFile,
      retentionMs: options.retentionMs ?? thirtyDays,
      maxAgeMs: options.maxAgeMs ?? null,
      mayDial,
      clock: this.#clock,
      random: this.#random,
      onMessage: (envelope, origin) => this.#subscriptions.deliver(recordOf(envelope, origin)),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    })
    for (const event of ['peer:connect', 'peer:disconnect'] as const)
      service.libp2p.addEventListener(event, () => this.#changed())
    return service
  }

  async #startClient(nodes: readonly string[]): Promise<void> {
    const service = this.#service
    const libp2p = service?.libp2p ?? this.#host?.libp2p
    if (libp2p === undefined) return
    const { backoff, pingInterval, patience } = this.#options
    this.#client = new LightClient({
      libp2p,
      clusterId: this.#clusterId,
      shards: this.#shards,
      nodes,
      clock: this.#clock,
      random: this.#random,
      onMessage: (envelope, origin) => this.#receive(envelope, origin),
      onStatus: () => this.#changed(),
      ...(service === null ? {} : { onConnected: (connection) => void service.learnFrom(connection) }),
      ...(backoff === undefined ? {} : { backoff }),
      ...(pingInterval === undefined ? {} : { pingInterval }),
      ...(patience === undefined ? {} : { patience }),
    })
    await this.#client.start()
    await this.#client.want(this.#subscriptions.topics())
  }

  /** From a remote node. An owner's node takes it in as if it had been relayed: its own subscribers want it too. */
  #receive(envelope: Envelope, origin: WakuRecord['origin']): void {
    if (this.#service !== null) {
      if (this.#service.judge(envelope.topic, envelope.message) === null) this.#service.ingest(envelope, origin)
    } else if (this.#recent.add(bytesToHex(envelope.hash))) this.#subscriptions.deliver(recordOf(envelope, origin))
  }

  #keepAndRelay(service: ServiceNode, envelope: Envelope): Promise<number> {
    const { payload } = envelope.message
    if (this.#payloads.add(createHash('sha256').update(envelope.topic).update(payload).digest('hex')))
      service.ingest(envelope)
    else if (!service.archive.has(envelope.hash)) this.#resent.add(bytesToHex(envelope.hash))
    return service.relay(envelope)
  }

  #changed(): void {
    const status = this.status()
    for (const listener of [...this.#listeners]) listener(status)
  }
}

/** Our own store, asked without a network in between. */
function localStore(service: ServiceNode): StoreSource {
  return {
    local: true,
    connected: true,
    serves: () => true,
    async query({ topic, contentTopics, from, to, cursor, limit }) {
      const page = service.archive.query({
        pubsubTopic: topic,
        contentTopics,
        from,
        to,
        cursor,
        forward: true,
        limit,
        maxBytes: 16 * 1024 * 1024,
      })
      const envelopes = page.messages.map(({ pubsubTopic, message, hash }) => ({
        topic: pubsubTopic as Envelope['topic'],
        message,
        hash,
      }))
      return { envelopes, cursor: page.cursor }
    },
  }
}
