/**
 * This node as a user of remote service nodes: connected to each configured one for as long as it exists, it pushes
 * messages, keeps subscriptions alive and reads stores. Runs on any libp2p host: a member's light node, or an owner's
 * service node, which then needs no second one.
 */
import type { Connection, Libp2p } from '@libp2p/interface'
import type { ContentTopic, Millis, PubsubTopic } from '../../../shared/domain.ts'
import { type Clock, wait } from '../../clock.ts'
import { type BackoffRange, equalJitter } from '../backoff.ts'
import { WakuError } from '../errors.ts'
import { readHistory, type StoreSource } from '../history.ts'
import { type Envelope, pubsubTopics } from '../message.ts'
import type { WakuRecord } from '../network.ts'
import { defaultBackoff, type Link, type LinkStatus, Supervisor } from '../supervisor.ts'
import { parseAddress } from './addresses.ts'
import { FilterClient } from './filter.ts'
import { push } from './lightpush.ts'
import { askShards } from './metadata.ts'
import { NodeSession } from './session.ts'
import { remoteStore, storedHashes } from './store.ts'

export interface LightClientOptions {
  readonly libp2p: Libp2p
  readonly clusterId: number
  readonly shards: readonly number[]
  /** Multiaddrs with /p2p/. */
  readonly nodes: readonly string[]
  readonly clock: Clock
  readonly random: () => number
  readonly onMessage: (envelope: Envelope, origin: WakuRecord['origin']) => void
  readonly onStatus: () => void
  /** A node was connected and found to be of this network. */
  readonly onConnected?: (connection: Connection) => void
  readonly backoff?: BackoffRange
  readonly pingInterval?: number
  /** ms that a reader waits for a connection; 15 s if absent. */
  readonly patience?: number
}

/** How far before a gap the store is asked: clocks differ, and messages are stamped before they are sent. */
const overlap = 2 * 60_000
const catchUpAttempts = 20
const defaultPatience = 15_000

export class LightClient {
  readonly #options: LightClientOptions
  readonly #topics: readonly PubsubTopic[]
  readonly #sessions: ReadonlyMap<string, NodeSession>
  readonly #supervisor: Supervisor
  readonly #filter: FilterClient
  /** By connection id; two addresses of one node share a connection. */
  readonly #closing = new Map<string, Set<() => void>>()
  readonly #waiting = new Set<() => void>()
  readonly #stop = new AbortController()
  /** Start of what is to be read from the stores; null while nothing is missing. */
  #missingSince: Millis | null = null

  /** @throws WakuError `invalid` for an address that is none. */
  constructor(options: LightClientOptions) {
    const { clusterId, shards, nodes, clock, random, libp2p } = options
    for (const node of nodes) parseAddress(node)
    this.#options = options
    this.#topics = pubsubTopics(clusterId, shards)
    this.#sessions = new Map(nodes.map((address) => [address, new NodeSession(address)]))
    this.#filter = new FilterClient({
      libp2p,
      topics: this.#topics,
      clock,
      random,
      onMessage: (envelope) => options.onMessage(envelope, 'live'),
      onGap: (since) => void this.#catchUp(since),
      ...(options.pingInterval === undefined ? {} : { pingInterval: options.pingInterval }),
    })
    this.#supervisor = new Supervisor({
      addresses: nodes,
      clock,
      random,
      connect: (address, signal) => this.#connect(address, signal),
      onChange: options.onStatus,
      ...(options.backoff === undefined ? {} : { backoff: options.backoff }),
    })
  }

  async start(): Promise<void> {
    await this.#filter.start()
    this.#options.libp2p.addEventListener('connection:close', (event) => {
      for (const end of [...(this.#closing.get(event.detail.id) ?? [])]) end()
    })
    this.#supervisor.start()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#supervisor.stop()
    this.#filter.stop()
  }

  status(): readonly LinkStatus[] {
    return this.#supervisor.status()
  }

  retryNow(): void {
    this.#supervisor.retryNow()
  }

  /** How many nodes took it. @throws WakuError the first node's reason if none did. */
  async push(envelope: Envelope): Promise<number> {
    const sessions = this.#connected().filter((session) => session.serves(envelope.topic))
    if (sessions.length === 0) throw new WakuError('unavailable', 'No service node is connected.')
    const outcomes = await Promise.allSettled(sessions.map((session) => push(session, envelope)))
    const taken = outcomes.filter(({ status }) => status === 'fulfilled').length
    const refused = outcomes.find((outcome) => outcome.status === 'rejected')
    if (taken === 0) throw refused?.reason
    return taken
  }

  /** From now on these topics and no others. Resolves when the nodes connected now have been asked to push them. */
  want(topics: readonly ContentTopic[]): Promise<void> {
    return this.#filter.want(topics)
  }

  sources(): StoreSource[] {
    return [...this.#sessions.values()].map(remoteStore)
  }

  /** Resolves when a node is connected. @throws WakuError `unavailable` after `patience`, or when stopped. */
  async ready(signal?: AbortSignal): Promise<void> {
    if (this.#connected().length > 0) return
    const connected = Promise.withResolvers<void>()
    const over = new AbortController()
    const signals = [over.signal, this.#stop.signal, ...(signal === undefined ? [] : [signal])]
    this.#waiting.add(connected.resolve)
    try {
      const { clock, patience = defaultPatience } = this.#options
      const late = wait(clock, patience, AbortSignal.any(signals)).then(
        () => {
          throw new WakuError('unavailable', 'No service node could be reached.')
        },
        () => {
          throw new WakuError('aborted', 'Waiting for a service node was abandoned.')
        },
      )
      await Promise.race([connected.promise, late])
    } finally {
      this.#waiting.delete(connected.resolve)
      over.abort()
    }
  }

  /** Those of `hashes`, as hex, that a connected node has stored; null if none could be asked. */
  async stored(hashes: readonly Uint8Array[]): Promise<Set<string> | null> {
    const asked = this.#connected().map((session) => storedHashes(session, hashes, this.#stop.signal))
    const answers = (await Promise.allSettled(asked)).filter((answer) => answer.status === 'fulfilled')
    return answers.length === 0 ? null : new Set(answers.flatMap(({ value }) => value))
  }

  #connected(): NodeSession[] {
    return [...this.#sessions.values()].filter(({ connected }) => connected)
  }

  async #connect(address: string, signal: AbortSignal): Promise<Link> {
    const { libp2p, clusterId, shards } = this.#options
    const session = this.#sessions.get(address)
    if (session === undefined) throw new WakuError('invalid', `${address} is not configured.`)
    const connection = await dial(libp2p, address, signal)
    const closed = Promise.withResolvers<void>()
    const ends = this.#closing.get(connection.id) ?? new Set()
    const forget = () => {
      ends.delete(end)
      if (ends.size === 0) this.#closing.delete(connection.id)
    }
    const end = () => {
      forget()
      this.#filter.detach(session)
      session.detach()
      closed.resolve()
    }
    this.#closing.set(connection.id, ends.add(end))
    try {
      const served = await askShards(connection, clusterId, shards, signal)
      if (connection.status !== 'open') throw new WakuError('unavailable', 'The node hung up.')
      session.attach(connection, pubsubTopics(clusterId, served))
    } catch (error) {
      forget()
      connection.close().catch(() => {})
      throw error
    }
    this.#filter.attach(session)
    this.#options.onConnected?.(connection)
    for (const resolve of [...this.#waiting]) resolve()
    return { closed: closed.promise }
  }

  /** Delivers what was sent while nobody pushed. Tried again while stores fail; a new gap only extends it. */
  async #catchUp(since: Millis): Promise<void> {
    const { clock, random } = this.#options
    const running = this.#missingSince !== null
    this.#missingSince = Math.min(this.#missingSince ?? since, since) as Millis
    if (running) return
    for (let attempt = 1; attempt <= catchUpAttempts && this.#missingSince !== null; attempt++) {
      const from: Millis = this.#missingSince
      try {
        await this.#deliverStored((from - overlap) as Millis)
        if (this.#missingSince === from) this.#missingSince = null
      } catch {
        if (this.#stop.signal.aborted) break
        await wait(clock, equalJitter(attempt, defaultBackoff, random), this.#stop.signal).catch(() => {})
      }
    }
    this.#missingSince = null
  }

  async #deliverStored(from: Millis): Promise<void> {
    const { clock, onMessage } = this.#options
    const contentTopics = this.#filter.wanted()
    if (contentTopics.length === 0) return
    const range = { contentTopics, from, to: clock.now(), signal: this.#stop.signal }
    const ready = (signal: AbortSignal) => this.ready(signal)
    const reading = { topics: this.#topics, sources: this.sources(), ready, clock }
    for await (const batch of readHistory(reading, range)) for (const envelope of batch) onMessage(envelope, 'store')
  }
}

/**
 * libp2p 2.8 connects to whatever peer answers at an address, also when the address names another one: checked here.
 * @throws WakuError with a reason that names what a person can look after.
 */
async function dial(libp2p: Libp2p, text: string, signal: AbortSignal): Promise<Connection> {
  const address = parseAddress(text)
  let connection: Connection
  try {
    connection = await libp2p.dial(address, { signal })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new WakuError(
      'unavailable',
      reason.includes('ECONNREFUSED')
        ? 'Nothing listens there: the connection was refused.'
        : `It cannot be reached (${reason}).`,
      { cause: error },
    )
  }
  if (connection.remotePeer.toString() === address.getPeerId()) return connection
  connection.abort(new Error('Another peer than the one named.'))
  throw new WakuError('invalid', 'Another peer than the one that the address names answers there.')
}
