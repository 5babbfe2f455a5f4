/**
 * A peer that speaks `/codex/blockexc/1.0.0` (CODEX.md §5): it is asked what it has, then for what it said it had. Such
 * nodes answer on a stream of their own and not on the one that they were asked on, so that all streams of a peer belong
 * together, whoever opened them. What it wants of us waits in a queue of its own: reading must go on while we send.
 */
import type { Connection, Stream } from '@libp2p/interface'
import type { Clock } from '../../../clock.ts'
import {
  type BlocksRequest,
  decodeOlderMessage,
  encodeOlderMessage,
  MAX_MANIFEST_BYTES,
  MAX_OLDER_MESSAGE,
  OLDER_EXCHANGE_PROTOCOL,
  type OlderAddress,
  type OlderDelivery,
  type OlderMessage,
  type OlderPresence,
  type OlderWant,
  olderAddressText,
  type ProvenBlock,
  parseManifestCid,
  WireError,
} from '../../../wire/index.ts'
import { EngineError } from '../../engine.ts'
import { ByteStream } from './byte-stream.ts'
import type { Dialogue, ReceivedBlock } from './dialogue.ts'

/** What we give to such a peer. */
export interface OlderParty {
  answer(request: BlocksRequest): Promise<readonly ProvenBlock[]>
  has(address: OlderAddress): boolean
  manifest(cid: string): Uint8Array | null
  /** It has something that it was not asked about just now. */
  news(): void
}

/** ms */
const requestAtMost = 30_000
const openAtMost = 10_000
const idleAtMost = 180_000
/** Blocks that a peer may wait for; it asks again for what was dropped. */
const queuedAtMost = 16_384
/** Blocks that are asked about before any of them is asked for. */
const announcedAtMost = 1024
/** Blocks in one message; their bytes are bounded by what a party answers. */
const givenAtOnce = 2
const streams = { maxOutboundStreams: 64 }
const nothing: OlderMessage = { wants: [], deliveries: [], presences: [] }

export class OlderPeer implements Dialogue {
  readonly wire = 'older'
  readonly #connection: Connection
  readonly #party: OlderParty
  readonly #clock: Clock
  readonly #streams = new Set<ByteStream>()
  #outgoing: Promise<ByteStream> | null = null
  readonly #had = new Map<string, PromiseWithResolvers<boolean>>()
  readonly #pending = new Map<string, PromiseWithResolvers<OlderDelivery | null>>()
  #wanted: OlderWant[] = []
  #giving = false
  readonly #ended = Promise.withResolvers<void>()
  #closed: Error | null = null

  constructor(connection: Connection, party: OlderParty, clock: Clock) {
    this.#connection = connection
    this.#party = party
    this.#clock = clock
    this.#ended.promise.catch(() => {})
  }

  get closed(): boolean {
    return this.#closed !== null
  }

  /** Until no stream is left. @throws WireError if the peer does not follow the protocol */
  run(): Promise<void> {
    return this.#ended.promise
  }

  /** @param ours whether we opened it, so that we may speak on it */
  add(stream: Stream, ours: boolean): void {
    const bytes = new ByteStream(stream)
    this.#streams.add(bytes)
    if (ours) this.#outgoing ??= Promise.resolve(bytes)
    void this.#listen(bytes)
  }

  async request(root: Uint8Array, indexes: readonly number[]): Promise<ReceivedBlock[]> {
    const addresses = indexes.map((index): OlderAddress => ({ kind: 'block', root, index }))
    return (await this.#get(addresses)).flatMap(({ address, data, digest, proof }) => {
      if (proof === null || address.kind !== 'block') return []
      const { index: provenIndex, leaves, path } = proof
      return [{ index: address.index, digest, length: data.length, provenIndex, leaves, path, data }]
    })
  }

  async manifest(cid: string, signal: AbortSignal): Promise<Uint8Array | null> {
    signal.throwIfAborted()
    const [found] = await this.#get([{ kind: 'manifest', cid }])
    if (found !== undefined && found.data.length > MAX_MANIFEST_BYTES)
      throw new WireError('TOO_LARGE', `a manifest of ${found.data.length} bytes`)
    return found?.data ?? null
  }

  /** Asks what the peer has of it, so that the answers are there when blocks are asked for. */
  async announce(root: Uint8Array, count: number): Promise<void> {
    const indexes = Array.from({ length: Math.min(count, announcedAtMost) }, (_, index) => index)
    await this.#askWhether(indexes.map((index) => ({ kind: 'block', root, index })))
  }

  /** There is no need to: such nodes ask, and are answered. */
  tell(): Promise<void> {
    return Promise.resolve()
  }

  close(reason: Error): void {
    this.#end(reason, false)
  }

  /** What the peer has of these, in their order. */
  async #get(addresses: readonly OlderAddress[]): Promise<OlderDelivery[]> {
    if (this.#closed !== null) throw this.#closed
    const cancel = this.#clock.setTimer(requestAtMost, () =>
      this.close(new EngineError('timeout', `A peer did not answer within ${requestAtMost / 1000} s.`)),
    )
    try {
      await this.#askWhether(addresses)
      const here: OlderAddress[] = []
      for (const address of addresses) if (await this.#had.get(olderAddressText(address))?.promise) here.push(address)
      const fresh = here.filter((address) => !this.#pending.has(olderAddressText(address)))
      const found = here.map((address) => promised(this.#pending, olderAddressText(address)).promise)
      await this.#want(fresh, 'block')
      return (await Promise.all(found)).filter((each) => each !== null)
    } finally {
      cancel()
    }
  }

  async #askWhether(addresses: readonly OlderAddress[]): Promise<void> {
    const fresh = addresses.filter((address) => !this.#had.has(olderAddressText(address)))
    for (const address of fresh) promised(this.#had, olderAddressText(address))
    await this.#want(fresh, 'presence')
  }

  async #want(addresses: readonly OlderAddress[], wants: OlderWant['wants']): Promise<void> {
    if (addresses.length === 0) return
    const list = addresses.map((address) => ({ address, wants, cancel: false, sendDontHave: true }))
    await this.#say({ ...nothing, wants: list })
  }

  async #say(message: OlderMessage): Promise<void> {
    if (this.#closed !== null) throw this.#closed
    this.#outgoing ??= this.#open()
    const bytes = await this.#outgoing
    await bytes.write(...encodeOlderMessage(message))
  }

  async #open(): Promise<ByteStream> {
    try {
      const options = { ...streams, signal: AbortSignal.timeout(openAtMost) }
      const stream = await this.#connection.newStream(OLDER_EXCHANGE_PROTOCOL, options)
      const bytes = new ByteStream(stream)
      this.#streams.add(bytes)
      void this.#listen(bytes)
      return bytes
    } catch (error) {
      this.#outgoing = null
      throw error
    }
  }

  async #listen(bytes: ByteStream): Promise<void> {
    try {
      for (;;) {
        const cancelIdle = this.#clock.setTimer(idleAtMost, () => bytes.abort(new Error('Nothing was said.')))
        try {
          if (await bytes.ended()) break
          const length = await bytes.readVarint(MAX_OLDER_MESSAGE)
          this.#hear(decodeOlderMessage(await bytes.read(length)))
        } finally {
          cancelIdle()
        }
      }
      bytes.end()
    } catch (error) {
      bytes.abort(error instanceof Error ? error : new Error(String(error)))
      if (error instanceof WireError) this.#end(error, true)
    } finally {
      this.#streams.delete(bytes)
      const outgoing = this.#outgoing
      if (outgoing !== null && (await outgoing.catch(() => null)) === bytes && this.#outgoing === outgoing)
        this.#outgoing = null
      if (this.#streams.size === 0)
        this.#end(new EngineError('unavailable', 'The other side closed its streams.'), false)
    }
  }

  #hear({ wants, deliveries, presences }: OlderMessage): void {
    for (const { address, has } of presences) this.#hearPresence(olderAddressText(address), has)
    for (const delivery of deliveries) {
      if (delivery.address.kind === 'block' && delivery.proof === null)
        throw new WireError('FRAME', 'a block without a proof')
      const text = olderAddressText(delivery.address)
      // What nobody waits for came twice, or too late.
      this.#pending.get(text)?.resolve(delivery)
      this.#forget(text)
    }
    const asked: OlderPresence[] = []
    for (const want of wants) {
      const { address } = want
      if (want.cancel) {
        const text = olderAddressText(address)
        this.#wanted = this.#wanted.filter((each) => olderAddressText(each.address) !== text)
      } else if (want.wants === 'presence') {
        const has = this.#party.has(address)
        if (has || want.sendDontHave) asked.push({ address, has })
      } else if (this.#wanted.length < queuedAtMost) this.#wanted.push(want)
    }
    if (asked.length > 0) this.#say({ ...nothing, presences: asked }).catch(() => {})
    if (this.#wanted.length > 0 && !this.#giving) void this.#give()
  }

  #hearPresence(text: string, has: boolean): void {
    const asked = this.#had.get(text)
    if (asked === undefined) {
      if (has) this.#party.news()
      return
    }
    asked.resolve(has)
    if (has) return
    this.#pending.get(text)?.resolve(null)
    this.#forget(text)
  }

  #forget(text: string): void {
    this.#pending.delete(text)
    this.#had.delete(text)
  }

  async #give(): Promise<void> {
    this.#giving = true
    try {
      for (let next = this.#takeWanted(); next.length > 0; next = this.#takeWanted()) {
        const deliveries = await this.#deliver(next)
        const sent = new Set(deliveries.map(({ address }) => olderAddressText(address)))
        const missing = next.filter(({ address, sendDontHave }) => sendDontHave && !sent.has(olderAddressText(address)))
        const presences = missing.map(({ address }) => ({ address, has: false }))
        if (deliveries.length + presences.length > 0) await this.#say({ ...nothing, deliveries, presences })
      }
    } catch {
      this.#wanted = [] // the peer is gone, or asks again
    } finally {
      this.#giving = false
    }
  }

  /** The next few of one tree, or a manifest. */
  #takeWanted(): OlderWant[] {
    const [first] = this.#wanted
    const same = ({ address }: OlderWant) =>
      address.kind === 'block' &&
      first?.address.kind === 'block' &&
      Buffer.compare(address.root, first.address.root) === 0
    const rest = this.#wanted.slice(1, givenAtOnce)
    const until = rest.findIndex((want) => !same(want))
    return this.#wanted.splice(0, 1 + (until < 0 ? rest.length : until))
  }

  async #deliver(wanted: readonly OlderWant[]): Promise<OlderDelivery[]> {
    const [first] = wanted
    if (first?.address.kind === 'manifest') {
      const { address } = first
      const data = this.#party.manifest(address.cid)
      return data === null ? [] : [{ address, data, digest: parseManifestCid(address.cid), proof: null }]
    }
    if (first === undefined) return []
    const { root } = first.address
    const ranges = wanted.flatMap(({ address }) =>
      address.kind === 'block' ? [{ start: address.index, count: 1 }] : [],
    )
    const blocks = await this.#party.answer({ id: 0n, root, ranges })
    return blocks.map(({ index, data, digest, leaves, path }) => ({
      address: { kind: 'block', root, index },
      ...{ data, digest, proof: { index, leaves, path } },
    }))
  }

  #end(reason: Error, fault: boolean): void {
    if (this.#closed !== null) return
    this.#closed = reason
    for (const waiting of [...this.#had.values(), ...this.#pending.values()]) waiting.reject(reason)
    this.#had.clear()
    this.#pending.clear()
    this.#wanted = []
    for (const bytes of this.#streams) bytes.abort(reason)
    if (fault) this.#ended.reject(reason)
    else this.#ended.resolve()
  }
}

/** The promise under this name, made if there is none. */
function promised<T>(all: Map<string, PromiseWithResolvers<T>>, name: string): PromiseWithResolvers<T> {
  const known = all.get(name)
  if (known !== undefined) return known
  const made = Promise.withResolvers<T>()
  made.promise.catch(() => {}) // whoever waits hears of it, and perhaps nobody does
  all.set(name, made)
  return made
}
