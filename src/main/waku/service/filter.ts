/**
 * 12/WAKU2-FILTER v2: who wants which topics, and the pushes to them. Every subscriber has a bounded queue; one that
 * does not read is dropped, learns it from its next ping, subscribes again and asks the store for what it missed.
 */
import type { Connection, Libp2p, PeerId } from '@libp2p/interface'
import { FilterCodecs } from '@waku/core'
import { proto_filter_v2 } from '@waku/proto'
import * as lengthPrefixed from 'it-length-prefixed'
import type { Clock } from '../../clock.ts'
import { toProto, type WireMessage } from '../message.ts'
import { decoded, type Exchange } from './exchange.ts'
import type { Limits } from './limits.ts'

const { FilterSubscribeRequest, FilterSubscribeResponse, MessagePush } = proto_filter_v2
const Kind = FilterSubscribeRequest.FilterSubscribeType

interface Subscriber {
  readonly peer: PeerId
  readonly criteria: Set<string>
  lastSeen: number
  connection: Connection
  /** Frames waiting for a stream, and their bytes. */
  readonly queue: Uint8Array[]
  queued: number
  /** Frames sent so far. */
  sent: number
  sending: boolean
}

interface Answer {
  readonly status: number
  readonly reason: string
}
const ok: Answer = { status: 200, reason: 'OK' }
const unknown: Answer = { status: 404, reason: 'This peer has no subscription.' }

const maxFailures = 3

/** These read any number of pushes from one stream; go-waku reads one message and closes it. */
const readsMany = /^(nwaku|logos|js-waku|chronicle)/i

export class FilterService {
  readonly #libp2p: Libp2p
  readonly #topics: ReadonlySet<string>
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #subscribers = new Map<string, Subscriber>()
  readonly #byCriterion = new Map<string, Set<Subscriber>>()

  constructor(libp2p: Libp2p, topics: ReadonlySet<string>, limits: Limits, clock: Clock) {
    this.#libp2p = libp2p
    this.#topics = topics
    this.#limits = limits
    this.#clock = clock
    libp2p.addEventListener('peer:disconnect', (event) => this.#drop(event.detail.toString()))
  }

  get subscribers(): number {
    return this.#subscribers.size
  }

  exchange(): Exchange {
    const encode = (requestId: string, { status, reason }: Answer): Uint8Array =>
      FilterSubscribeResponse.encode({ requestId, statusCode: status, statusDesc: reason })
    return {
      codec: FilterCodecs.SUBSCRIBE,
      requestBytes: this.#limits.requestBytes,
      refuse: (status, reason) => encode('', { status, reason }),
      answer: (bytes, connection) => {
        const request = decoded(() => FilterSubscribeRequest.decode(bytes))
        return encode(request.requestId, this.#handle(request, connection))
      },
    }
  }

  /** Queues a message for everyone who asked for its topics. */
  push(pubsubTopic: string, message: WireMessage): void {
    const subscribers = this.#byCriterion.get(criterion(pubsubTopic, message.contentTopic))
    if (subscribers === undefined || subscribers.size === 0) return
    const frame = MessagePush.encode({ pubsubTopic, wakuMessage: toProto(message) })
    for (const subscriber of [...subscribers]) this.#enqueue(subscriber, frame)
  }

  /** Ends subscriptions of which nothing was heard for their time to live. */
  sweep(): void {
    const before = this.#clock.now() - this.#limits.subscriptionTtl
    for (const [key, subscriber] of this.#subscribers) if (subscriber.lastSeen < before) this.#drop(key)
  }

  stop(): void {
    for (const key of [...this.#subscribers.keys()]) this.#drop(key)
  }

  #handle(request: proto_filter_v2.FilterSubscribeRequest, connection: Connection): Answer {
    const key = connection.remotePeer.toString()
    const known = this.#subscribers.get(key)
    if (known !== undefined) {
      known.lastSeen = this.#clock.now()
      known.connection = connection
    }
    switch (request.filterSubscribeType) {
      case Kind.SUBSCRIBER_PING:
        return known === undefined ? unknown : ok
      case Kind.UNSUBSCRIBE_ALL:
        this.#drop(key)
        return known === undefined ? unknown : ok
      default:
    }
    const flaw = this.#flawOf(request)
    if (flaw !== null) return { status: 400, reason: flaw }
    const criteria = request.contentTopics.map((content) => criterion(request.pubsubTopic ?? '', content))
    if (request.filterSubscribeType !== Kind.UNSUBSCRIBE) return this.#subscribe(key, known, criteria, connection)
    if (known === undefined) return unknown
    for (const each of criteria) this.#remove(known, each)
    if (known.criteria.size === 0) this.#drop(key)
    return ok
  }

  #flawOf({ pubsubTopic, contentTopics }: proto_filter_v2.FilterSubscribeRequest): string | null {
    if (!pubsubTopic || contentTopics.length === 0) return 'A pubsub topic and content topics are required.'
    if (contentTopics.length > this.#limits.topicsPerRequest)
      return `A request names at most ${this.#limits.topicsPerRequest} content topics.`
    return this.#topics.has(pubsubTopic) ? null : `This node does not serve ${pubsubTopic}.`
  }

  #subscribe(key: string, known: Subscriber | undefined, criteria: string[], connection: Connection): Answer {
    if (known === undefined && this.#subscribers.size >= this.#limits.subscribers)
      return { status: 503, reason: 'This node has as many subscribers as it takes.' }
    const subscriber = known ?? {
      peer: connection.remotePeer,
      criteria: new Set(),
      lastSeen: this.#clock.now(),
      connection,
      queue: [],
      queued: 0,
      sent: 0,
      sending: false,
    }
    const fresh = criteria.filter((each) => !subscriber.criteria.has(each))
    if (subscriber.criteria.size + fresh.length > this.#limits.criteriaPerSubscriber)
      return { status: 503, reason: `A peer names at most ${this.#limits.criteriaPerSubscriber} topics.` }
    this.#subscribers.set(key, subscriber)
    for (const each of fresh) {
      subscriber.criteria.add(each)
      const set = this.#byCriterion.get(each) ?? new Set()
      this.#byCriterion.set(each, set.add(subscriber))
    }
    return ok
  }

  #remove(subscriber: Subscriber, each: string): void {
    subscriber.criteria.delete(each)
    const set = this.#byCriterion.get(each)
    set?.delete(subscriber)
    if (set?.size === 0) this.#byCriterion.delete(each)
  }

  #drop(key: string): void {
    const subscriber = this.#subscribers.get(key)
    if (subscriber === undefined) return
    this.#subscribers.delete(key)
    for (const each of [...subscriber.criteria]) this.#remove(subscriber, each)
    subscriber.queue.length = 0
  }

  #enqueue(subscriber: Subscriber, frame: Uint8Array): void {
    const { queue } = this.#limits
    if (subscriber.queue.length >= queue.messages || subscriber.queued + frame.length > queue.bytes) {
      this.#drop(subscriber.peer.toString())
      return
    }
    subscriber.queue.push(frame)
    subscriber.queued += frame.length
    if (!subscriber.sending) void this.#send(subscriber)
  }

  /**
   * Sends until the queue is empty, then closes the stream: nothing is kept open that could die unnoticed, and what
   * comes in while a stream opens shares it. A frame leaves the queue when the stream asks for the next one.
   */
  async #send(subscriber: Subscriber): Promise<void> {
    subscriber.sending = true
    const many = await this.#readsMany(subscriber.peer)
    let failures = 0
    while (subscriber.queue.length > 0 && failures < maxFailures) {
      const sent = subscriber.sent
      try {
        const options = { maxOutboundStreams: this.#limits.streams }
        const stream = await subscriber.connection.newStream(FilterCodecs.PUSH, options)
        await stream.sink(frames(subscriber, many))
        stream.close().catch((error) => stream.abort(error))
      } catch {
        // Counted below: what matters is whether anything got through.
      }
      failures = subscriber.sent > sent ? 0 : failures + 1
      const newest = failures > 0 ? this.#libp2p.getConnections(subscriber.peer).at(-1) : undefined
      if (newest !== undefined) subscriber.connection = newest
    }
    subscriber.sending = false
    if (failures > 0) this.#drop(subscriber.peer.toString())
  }

  async #readsMany(peer: PeerId): Promise<boolean> {
    const known = await this.#libp2p.peerStore.get(peer).catch(() => null)
    const agent = known?.metadata.get('AgentVersion')
    return agent !== undefined && readsMany.test(Buffer.from(agent).toString('utf8'))
  }
}

function criterion(pubsubTopic: string, contentTopic: string): string {
  return `${pubsubTopic}\n${contentTopic}`
}

function* frames(subscriber: Subscriber, many: boolean) {
  for (let frame = subscriber.queue[0]; frame !== undefined; frame = many ? subscriber.queue[0] : undefined) {
    yield lengthPrefixed.encode.single(frame)
    // Gone already if the subscription ended meanwhile.
    if (subscriber.queue[0] === frame) subscriber.queue.shift()
    subscriber.queued -= frame.length
    subscriber.sent += 1
  }
}
