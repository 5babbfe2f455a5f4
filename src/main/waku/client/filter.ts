/**
 * Live messages by 12/WAKU2-FILTER v2: keeps every connected node subscribed to what is wanted, and knows since when
 * nobody was. Not through the SDK's `filter`: that forgets topics whose first request failed, does not try again, and
 * asks for any number of topics at once, which nodes refuse.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingStreamData, Libp2p } from '@libp2p/interface'
import { FilterCodecs } from '@waku/core'
import { proto_filter_v2 } from '@waku/proto'
import * as lengthPrefixed from 'it-length-prefixed'
import type { ContentTopic, Millis, PubsubTopic } from '../../../shared/domain.ts'
import type { Clock } from '../../clock.ts'
import { equalJitter } from '../backoff.ts'
import { asWakuError, WakuError } from '../errors.ts'
import { type Envelope, envelopeOf, fromProto, maxEnvelopeBytes, refusalOf } from '../message.ts'
import type { NodeSession } from './session.ts'

const { FilterSubscribeRequest, FilterSubscribeResponse, MessagePush } = proto_filter_v2
const Kind = FilterSubscribeRequest.FilterSubscribeType

export interface FilterClientOptions {
  readonly libp2p: Libp2p
  readonly topics: readonly PubsubTopic[]
  readonly clock: Clock
  readonly random: () => number
  readonly onMessage: (envelope: Envelope) => void
  /** Nobody pushed for a while, and now somebody does again; `since` is the last moment that was surely covered. */
  readonly onGap: (since: Millis) => void
  /** ms between two pings. */
  readonly pingInterval?: number
}

interface Subscription {
  readonly session: NodeSession
  /** Pairs of topics that the node has acknowledged. */
  readonly held: Map<PubsubTopic, Set<ContentTopic>>
  lastHeard: Millis
  /** Nothing that is wanted is missing. */
  complete: boolean
  failures: number
  working: Promise<void> | null
  again: boolean
  cancelTimer: () => void
}

/** go-waku takes 30 at once, nwaku 100. */
const topicsPerRequest = 30
const timeout = 10_000
const retry = { base: 1000, cap: 30_000 }
const failuresBeforeHangup = 3
const defaultPingInterval = 30_000
const pushStreams = 256

export class FilterClient {
  readonly #options: FilterClientOptions
  #wanted: ReadonlySet<ContentTopic> = new Set()
  readonly #subscriptions = new Map<NodeSession, Subscription>()
  /** Null while somebody pushes, and before anybody did. */
  #uncoveredSince: Millis | null = null

  constructor(options: FilterClientOptions) {
    this.#options = options
  }

  /** Takes pushes; to be called before connections are made. */
  async start(): Promise<void> {
    const { libp2p } = this.#options
    await libp2p.handle(FilterCodecs.PUSH, (data) => void this.#receive(data), { maxInboundStreams: pushStreams })
  }

  stop(): void {
    for (const session of [...this.#subscriptions.keys()]) this.detach(session)
  }

  /** From now on these topics and no others. Resolves when the nodes connected now have been asked to push them. */
  async want(topics: readonly ContentTopic[]): Promise<void> {
    this.#wanted = new Set(topics)
    await Promise.all([...this.#subscriptions.values()].map((subscription) => this.#reconcile(subscription)))
  }

  wanted(): ContentTopic[] {
    return [...this.#wanted]
  }

  attach(session: NodeSession): void {
    this.detach(session)
    const subscription: Subscription = {
      session,
      held: new Map(),
      lastHeard: this.#options.clock.now(),
      complete: false,
      failures: 0,
      working: null,
      again: false,
      cancelTimer: () => {},
    }
    this.#subscriptions.set(session, subscription)
    void this.#reconcile(subscription)
  }

  detach(session: NodeSession): void {
    const subscription = this.#subscriptions.get(session)
    if (subscription === undefined) return
    this.#subscriptions.delete(session)
    subscription.cancelTimer()
    this.#lost(subscription)
  }

  /** One at a time for each node; what changes meanwhile is looked at once more. */
  async #reconcile(subscription: Subscription): Promise<void> {
    if (subscription.working !== null) {
      subscription.again = true
      await subscription.working
      return
    }
    subscription.working = (async () => {
      do {
        subscription.again = false
        await this.#attempt(subscription)
      } while (subscription.again && this.#isCurrent(subscription))
      subscription.working = null // in the same turn as the last look, or a request in between would be lost
    })()
    await subscription.working
  }

  async #attempt(subscription: Subscription): Promise<void> {
    const { clock, random, pingInterval = defaultPingInterval } = this.#options
    subscription.cancelTimer()
    try {
      for (const topic of this.#options.topics)
        if (subscription.session.serves(topic)) await this.#align(subscription, topic)
      if (!this.#isCurrent(subscription)) return
      subscription.failures = 0
      subscription.lastHeard = clock.now()
      if (!subscription.complete) this.#covered(subscription)
      subscription.cancelTimer = clock.setTimer(pingInterval, () => void this.#ping(subscription))
    } catch {
      if (!this.#isCurrent(subscription)) return
      this.#lost(subscription)
      subscription.failures += 1
      if (subscription.failures >= failuresBeforeHangup) await subscription.session.drop()
      const delay = equalJitter(subscription.failures, retry, random)
      subscription.cancelTimer = clock.setTimer(delay, () => void this.#reconcile(subscription))
    }
  }

  async #align({ session, held }: Subscription, topic: PubsubTopic): Promise<void> {
    const has = held.get(topic) ?? new Set()
    held.set(topic, has)
    for (const chunk of chunks([...this.#wanted].filter((each) => !has.has(each)))) {
      await this.#ask(session, Kind.SUBSCRIBE, topic, chunk)
      for (const each of chunk) has.add(each)
    }
    for (const chunk of chunks([...has].filter((each) => !this.#wanted.has(each)))) {
      await this.#ask(session, Kind.UNSUBSCRIBE, topic, chunk)
      for (const each of chunk) has.delete(each)
    }
  }

  /** A node that forgot us (its restart, our silence, a queue that ran over) says so, and is subscribed to anew. */
  async #ping(subscription: Subscription): Promise<void> {
    const empty = [...subscription.held.values()].every((topics) => topics.size === 0)
    try {
      if (!empty) await this.#ask(subscription.session, Kind.SUBSCRIBER_PING, null, [])
    } catch {
      if (!this.#isCurrent(subscription)) return
      this.#lost(subscription)
      subscription.held.clear()
    }
    if (this.#isCurrent(subscription)) await this.#reconcile(subscription)
  }

  async #ask(
    session: NodeSession,
    filterSubscribeType: proto_filter_v2.FilterSubscribeRequest['filterSubscribeType'],
    topic: PubsubTopic | null,
    contentTopics: string[],
  ): Promise<void> {
    const question = FilterSubscribeRequest.encode({
      requestId: randomUUID(),
      filterSubscribeType,
      contentTopics,
      ...(topic === null ? {} : { pubsubTopic: topic }),
    })
    const { bytes } = await session.ask([FilterCodecs.SUBSCRIBE], () => question, { timeout, limit: 64 * 1024 })
    let answer: proto_filter_v2.FilterSubscribeResponse
    try {
      answer = FilterSubscribeResponse.decode(bytes)
    } catch (error) {
      throw asWakuError(error, 'unavailable', 'The answer of the filter does not decode.')
    }
    if (answer.statusCode !== 200)
      throw refusalOf(answer.statusCode, answer.statusDesc || `The filter refused with status ${answer.statusCode}.`)
  }

  /** Pushes from nodes that were not asked are not read. */
  async #receive({ stream, connection }: IncomingStreamData): Promise<void> {
    const subscription = [...this.#subscriptions.values()].find(({ session }) => session.isPeer(connection))
    try {
      if (subscription === undefined) throw new WakuError('refused', 'Not subscribed.')
      for await (const frame of lengthPrefixed.decode(stream.source, { maxDataLength: maxEnvelopeBytes })) {
        const { pubsubTopic, wakuMessage } = MessagePush.decode(frame)
        if (wakuMessage === undefined || pubsubTopic === undefined) continue
        if (!this.#wanted.has(wakuMessage.contentTopic as ContentTopic)) continue
        const topic = this.#options.topics.find((each) => each === pubsubTopic)
        if (topic !== undefined) this.#options.onMessage(envelopeOf(topic, fromProto(wakuMessage)))
      }
      await stream.close()
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #isCurrent(subscription: Subscription): boolean {
    return this.#subscriptions.get(subscription.session) === subscription
  }

  #covered(subscription: Subscription): void {
    subscription.complete = true
    const since = this.#uncoveredSince
    this.#uncoveredSince = null
    if (since !== null) this.#options.onGap(since)
  }

  #lost(subscription: Subscription): void {
    if (!subscription.complete) return
    subscription.complete = false
    const covered = [...this.#subscriptions.values()].some(({ complete }) => complete)
    if (!covered) this.#uncoveredSince = subscription.lastHeard
  }
}

function chunks(topics: readonly ContentTopic[]): ContentTopic[][] {
  return Array.from({ length: Math.ceil(topics.length / topicsPerRequest) }, (_, index) =>
    topics.slice(index * topicsPerRequest, (index + 1) * topicsPerRequest),
  )
}
