/**
 * The network as the rest of the node sees it: it carries sealed bytes. Encryption and signing happen above it, once.
 * Implementations: the embedded service node (`service/`) and the light client on @waku/sdk (`client/`).
 */
import type { ContentTopic, Millis, Nanos, NetworkStatus, PubsubTopic } from '../../shared/domain.ts'

export type Unsubscribe = () => void

/** A Waku message ready to send: encrypted and signed, byte for byte what every receiver will see. PROTOCOL.md §3.5. */
export interface SealedMessage {
  readonly pubsubTopic: PubsubTopic
  readonly contentTopic: ContentTopic
  readonly payload: Uint8Array
  readonly timestamp: Nanos
  readonly ephemeral: boolean
}

/** A Waku message as received. Everything in it is a stranger's word. */
export interface WakuRecord {
  readonly pubsubTopic: PubsubTopic
  readonly contentTopic: ContentTopic
  readonly payload: Uint8Array
  readonly timestamp: Nanos
  /** 32 bytes, computed here from what was received. PROTOCOL.md §3.6. */
  readonly hash: Uint8Array
  readonly origin: 'live' | 'store'
}

export interface HistoryQuery {
  readonly topics: readonly ContentTopic[]
  readonly from: Millis
  readonly to: Millis
  readonly signal?: AbortSignal
}

export interface WakuNetwork {
  start(): Promise<void>
  stop(): Promise<void>
  /** Sends now, or rejects; keeping it until it succeeds is the outbox's work. `acceptedBy` counts peers that took it. */
  publish(message: SealedMessage): Promise<{ hash: Uint8Array; acceptedBy: number }>
  /** Live messages on these content topics, on every shard this node listens to. Survives reconnections. */
  subscribe(topics: readonly ContentTopic[], deliver: (record: WakuRecord) => void): Promise<Unsubscribe>
  /** Stored messages, oldest first, over every shard; queried in windows of at most 24 h with 1 ms padding. */
  history(query: HistoryQuery): AsyncIterable<WakuRecord>
  status(): NetworkStatus
  on(event: 'status', listener: (status: NetworkStatus) => void): Unsubscribe
}

/** Whether messages have arrived where others will find them; what the outbox waits for. */
export interface StoreLookup {
  /** For each hash, whether a store has it; null if no store can be asked now. At most a few hundred at once. */
  stored(hashes: readonly Uint8Array[]): Promise<readonly boolean[] | null>
}

/** The embedded service node, as its owner sees it. */
export interface ServiceAdmin {
  /** Multiaddrs with /p2p/ for others to configure; empty while it does not run. */
  addresses(): Promise<readonly string[]>
  /** Messages in its store. */
  count(): Promise<number>
  /** Deletes stored messages that were received before a moment, except on some topics. Returns how many. */
  forget(request: { readonly receivedBefore: Millis; readonly exceptTopics: readonly ContentTopic[] }): Promise<number>
  /** Deletes what is past its retention at `now`; happens by itself twice a minute. Returns how many. */
  prune(now: Millis): Promise<number>
}

/** One entry of the durable outbox; `id` makes adding it twice harmless. */
export interface OutboxEntry {
  readonly id: string
  readonly sealed: SealedMessage
  readonly createdAt: Millis
}

/** `sealed.timestamp` is the last one it was sent with. */
export interface OutboxRow extends OutboxEntry {
  readonly attempts: number
  readonly nextAt: Millis
}

/** What the outbox needs of a database; the store implements it. */
export interface OutboxPort {
  /** An entry whose id is known, sent or not, changes nothing. */
  add(entry: OutboxEntry): Promise<void>
  /** Unsent entries whose time has come, the earliest `nextAt` first. */
  due(now: Millis, limit: number): Promise<OutboxRow[]>
  /** Counts an attempt that failed; `renewed` replaces the sealed timestamp and nothing else. */
  retry(id: string, nextAt: Millis, renewed: Nanos | null, error: string): Promise<void>
  sent(id: string, at: Millis): Promise<void>
  /** How many are unsent. */
  pending(): Promise<number>
}
