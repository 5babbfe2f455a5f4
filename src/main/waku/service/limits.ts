/** What one peer may cost a service node. Every queue, count and rate has a bound; these are the defaults. */
import type { Clock } from '../../clock.ts'

export interface Rate {
  /** Requests a second, in the long run. */
  readonly perSecond: number
  /** Requests at once, after a pause. A member that reads ten years asks some 7,000 times. */
  readonly burst: number
}

export interface Limits {
  readonly rate: Rate
  /** Bytes of a request that carries no message. */
  readonly requestBytes: number
  /** ms within which a request must have arrived. */
  readonly requestTimeout: number
  /** Streams that one connection may have open for one protocol. */
  readonly streams: number
  readonly connections: number
  readonly page: { readonly default: number; readonly max: number; readonly bytes: number }
  readonly hashesPerQuery: number
  readonly topicsPerRequest: number
  readonly subscribers: number
  /** Pairs of pubsub and content topic that one subscriber may name. */
  readonly criteriaPerSubscriber: number
  /** Messages waiting for one slow subscriber; above either bound it is dropped and has to come back. */
  readonly queue: { readonly messages: number; readonly bytes: number }
  /** ms without a sign of life after which a subscription ends. */
  readonly subscriptionTtl: number
  /** Bytes of the store's file above which the oldest messages go. */
  readonly storeBytes: number
}

const MiB = 1024 * 1024

export const defaultLimits: Limits = {
  rate: { perSecond: 2000, burst: 20_000 },
  requestBytes: 64 * 1024,
  requestTimeout: 10_000,
  streams: 256,
  connections: 300,
  // Readers of length-prefixed frames refuse more than 4 MiB unless told otherwise.
  page: { default: 20, max: 100, bytes: 3 * MiB },
  hashesPerQuery: 100,
  topicsPerRequest: 100,
  subscribers: 1000,
  criteriaPerSubscriber: 1000,
  queue: { messages: 5000, bytes: 32 * MiB },
  subscriptionTtl: 5 * 60_000,
  storeBytes: 8 * 1024 * MiB,
}

/** Token buckets, one for each peer. */
export class PeerRates {
  readonly #rate: Rate
  readonly #clock: Clock
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate
    this.#clock = clock
  }

  /** Takes one request from the peer's allowance; false if it is used up. */
  take(peer: string): boolean {
    const now = this.#clock.now()
    const bucket = this.#buckets.get(peer) ?? { tokens: this.#rate.burst, at: now }
    bucket.tokens = this.#filled(bucket, now)
    bucket.at = now
    this.#buckets.set(peer, bucket)
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }

  /** Forgets peers whose allowance is full again: for them nothing is remembered. */
  sweep(): void {
    const now = this.#clock.now()
    for (const [peer, bucket] of this.#buckets)
      if (this.#filled(bucket, now) >= this.#rate.burst) this.#buckets.delete(peer)
  }

  #filled(bucket: { tokens: number; at: number }, now: number): number {
    const elapsed = Math.max(0, now - bucket.at) / 1000
    return Math.min(this.#rate.burst, bucket.tokens + elapsed * this.#rate.perSecond)
  }
}
