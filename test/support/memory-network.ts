/**
 * A Waku network in memory: everything published reaches every node that is online and stays in one store. Delivery is
 * asynchronous, as in life, and `settled()` says when nothing is on its way.
 */
import { createHash } from 'node:crypto'
import type { HistoryQuery, SealedMessage, Unsubscribe, WakuNetwork, WakuRecord } from '../../src/main/waku/network.ts'
import type { ContentTopic, NetworkStatus } from '../../src/shared/domain.ts'

interface Subscription {
  readonly topics: ReadonlySet<ContentTopic>
  readonly deliver: (record: WakuRecord) => void
  readonly node: MemoryNode
}

export class MemoryNetwork {
  /** What the store node keeps, oldest first. Tests may remove from it: a store forgets. */
  stored: WakuRecord[] = []
  readonly subscriptions = new Set<Subscription>()
  #travelling = 0

  /** One node's view of the network. */
  node(): MemoryNode {
    return new MemoryNode(this)
  }

  accept(message: SealedMessage): Uint8Array {
    const hash = messageHash(message)
    const record = { ...message, hash }
    const known = this.stored.some((other) => Buffer.compare(other.hash, hash) === 0)
    if (!known && !message.ephemeral) {
      this.stored.push({ ...record, origin: 'store' })
      this.stored.sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0))
    }
    for (const subscription of this.subscriptions) {
      if (!subscription.node.online || !subscription.topics.has(message.contentTopic)) continue
      this.#travelling += 1
      setImmediate(() => {
        this.#travelling -= 1
        if (this.subscriptions.has(subscription)) subscription.deliver({ ...record, origin: 'live' })
      })
    }
    return hash
  }

  /** Resolves when no message is on its way. */
  async settled(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve))
    while (this.#travelling > 0)
  }
}

export class MemoryNode implements WakuNetwork {
  online = true
  readonly published: SealedMessage[] = []
  readonly #network: MemoryNetwork

  constructor(network: MemoryNetwork) {
    this.#network = network
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {
    for (const subscription of this.#network.subscriptions) {
      if (subscription.node === this) this.#network.subscriptions.delete(subscription)
    }
  }

  async publish(message: SealedMessage): Promise<{ hash: Uint8Array; acceptedBy: number }> {
    if (!this.online) throw new Error('offline')
    this.published.push(message)
    return { hash: this.#network.accept(message), acceptedBy: 1 }
  }

  async subscribe(topics: readonly ContentTopic[], deliver: (record: WakuRecord) => void): Promise<Unsubscribe> {
    const subscription = { topics: new Set(topics), deliver, node: this }
    this.#network.subscriptions.add(subscription)
    return () => this.#network.subscriptions.delete(subscription)
  }

  async *history(query: HistoryQuery): AsyncIterable<WakuRecord> {
    if (!this.online) throw new Error('offline')
    const [from, to] = [BigInt(query.from) * 1_000_000n, BigInt(query.to) * 1_000_000n]
    for (const record of [...this.#network.stored]) {
      const { timestamp, contentTopic } = record
      if (timestamp >= from && timestamp <= to && query.topics.includes(contentTopic)) yield record
    }
  }

  status(): NetworkStatus {
    return { state: this.online ? 'online' : 'offline', peers: this.online ? 1 : 0, nodes: [], outbox: 0 }
  }

  on(): Unsubscribe {
    return () => {}
  }
}

/** PROTOCOL.md §3.6, written a second time on purpose. */
function messageHash({ pubsubTopic, payload, contentTopic, timestamp }: SealedMessage): Uint8Array {
  const time = Buffer.alloc(8)
  time.writeBigInt64BE(timestamp)
  return createHash('sha256').update(pubsubTopic).update(payload).update(contentTopic).update(time).digest()
}
