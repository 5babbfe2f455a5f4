/**
 * Reads stored messages of any span, oldest first, from any number of stores, and knows when it did not get them all.
 *
 * - Windows of at most 24 h with 1 ms more on each side: some nodes refuse more, and the SDK loses the newest part of
 *   a longer one and misses messages at the edges (WAKU.md pitfalls 1 and 8). A message belongs to the window of its
 *   own millisecond, so none comes twice.
 * - The first pages of the next windows are asked for while one is read: an empty day costs a fraction of a round trip.
 * - Several stores are merged; a window is complete when, for each topic, one of them answered to the end.
 */
import type { ContentTopic, Millis, PubsubTopic } from '../../shared/domain.ts'
import { type Clock, wait } from '../clock.ts'
import { bytesToHex, compareBytes } from '../wire/index.ts'
import { asWakuError, WakuError } from './errors.ts'
import type { Envelope } from './message.ts'

export interface Window {
  /** ms, both inclusive. */
  readonly from: number
  readonly to: number
}

/** With 1 ms more on each side it spans exactly 24 h. */
export const windowSpan = 24 * 60 * 60 * 1000 - 2

/** `[from, to]` cut into windows, oldest first; none if it ends before it starts. */
export function* windowsOf(from: Millis, to: Millis): Generator<Window> {
  for (let start: number = from; start <= to; start += windowSpan + 1)
    yield { from: start, to: Math.min(to, start + windowSpan) }
}

/** ns, both inclusive: what a window asks a store for. */
export function padded({ from, to }: Window): { readonly from: bigint; readonly to: bigint } {
  return { from: BigInt(from - 1) * 1_000_000n, to: BigInt(to + 1) * 1_000_000n }
}

/** A message without a timestamp is in no window: it has no place in a history. */
export function isWithin({ from, to }: Window, timestamp: bigint): boolean {
  return timestamp >= BigInt(from) * 1_000_000n && timestamp < BigInt(to + 1) * 1_000_000n
}

export interface StoreQuery {
  readonly topic: PubsubTopic
  readonly contentTopics: readonly ContentTopic[]
  /** ns, inclusive. */
  readonly from: bigint
  readonly to: bigint
  readonly cursor: Uint8Array | null
  readonly limit: number
}

export interface StorePage {
  readonly envelopes: readonly Envelope[]
  /** Null on the last page. */
  readonly cursor: Uint8Array | null
}

/** Something that can be asked for stored messages. */
export interface StoreSource {
  /** This node's own store: read as well, but it cannot make up for remote ones that are configured. */
  readonly local: boolean
  readonly connected: boolean
  serves(topic: PubsubTopic): boolean
  query(query: StoreQuery, signal: AbortSignal): Promise<StorePage>
}

export interface HistoryRange {
  readonly contentTopics: readonly ContentTopic[]
  readonly from: Millis
  readonly to: Millis
  readonly signal?: AbortSignal | undefined
}

export interface HistoryReading {
  readonly topics: readonly PubsubTopic[]
  readonly sources: readonly StoreSource[]
  /** Resolves when a remote source is connected; rejects if that takes too long. */
  readonly ready: (signal: AbortSignal) => Promise<void>
  readonly clock: Clock
}

const pageSize = 100
const windowsAhead = 8
/** Status nodes are never asked for more at once, and some answer no more. */
const topicsPerQuery = 10
const attemptsPerWindow = 5
const longestSlowdown = 60

/**
 * Batches of envelopes, in the order of timestamp and hash within each window.
 * @throws WakuError `unavailable` (or the store's refusal) when remote stores are configured and none answered for some
 * window; what this node itself holds of the whole range has been given before that.
 */
export async function* readHistory(reading: HistoryReading, range: HistoryRange): AsyncGenerator<Envelope[]> {
  const stop = new AbortController()
  const signal = range.signal === undefined ? stop.signal : AbortSignal.any([range.signal, stop.signal])
  const remote = reading.sources.filter((source) => !source.local)
  const local = reading.sources.filter((source) => source.local)
  const windows = [...windowsOf(range.from, range.to)]
  let required = remote
  let failure: WakuError | null = null
  let ahead: OpenWindow[] = []
  let next = 0

  const open = (window: Window): OpenWindow =>
    new OpenWindow(window, slicesOf(reading.topics, range.contentTopics, window), local, required, signal)

  try {
    for (const [index, window] of windows.entries()) {
      const seen = new Set<string>()
      for (let attempt = 1, slowdowns = 0; ; ) {
        throwIfAborted(range.signal)
        try {
          if (required.length > 0 && ahead.length === 0) {
            const last = attempt
            attempt = attemptsPerWindow // waiting has its own patience: when that is at an end, so is this
            await reading.ready(signal)
            attempt = last
          }
          while (ahead.length < windowsAhead && next < windows.length) {
            const following = windows[next++]
            if (following !== undefined) ahead.push(open(following))
          }
          const current = ahead.shift()
          if (current?.window === window) yield* current.read(seen)
          break
        } catch (error) {
          throwIfAborted(range.signal)
          const reason = asWakuError(error, 'unavailable', 'The stored messages cannot be read.')
          ahead = []
          next = index
          if (reason.code === 'rate-limited' && slowdowns < longestSlowdown) {
            slowdowns += 1
            await wait(reading.clock, Math.min(10, slowdowns) * 1000, signal).catch(() => {})
          } else if (attempt < attemptsPerWindow && reason.retryable) {
            attempt += 1
          } else if (local.length > 0 && required.length > 0) {
            failure = reason
            required = []
          } else throw reason
        }
      }
    }
  } finally {
    stop.abort()
  }
  if (failure !== null) throw failure
}

/** One pubsub topic and as many content topics as one request may name. */
type Slice = Omit<StoreQuery, 'cursor' | 'limit'>

function slicesOf(topics: readonly PubsubTopic[], contentTopics: readonly ContentTopic[], window: Window): Slice[] {
  const unique = [...new Set(contentTopics)]
  const { from, to } = padded(window)
  return topics.flatMap((topic) =>
    Array.from({ length: Math.ceil(unique.length / topicsPerQuery) }, (_, chunk) => ({
      topic,
      contentTopics: unique.slice(chunk * topicsPerQuery, (chunk + 1) * topicsPerQuery),
      from,
      to,
    })),
  )
}

interface OpenSlice {
  readonly feeds: readonly Feed[]
  /** Those of which one must answer to the end; null if nobody has anything to say about it. */
  readonly counting: readonly Feed[] | null
}

/** A window whose first pages are under way. */
class OpenWindow {
  readonly window: Window
  readonly #slices: readonly OpenSlice[]

  constructor(
    window: Window,
    slices: readonly Slice[],
    local: readonly StoreSource[],
    remote: readonly StoreSource[],
    signal: AbortSignal,
  ) {
    this.window = window
    this.#slices = slices.map((slice) => {
      const feed = (source: StoreSource) => new Feed(source, slice, signal)
      const own = local.map(feed)
      const concerned = remote.filter((source) => source.serves(slice.topic))
      const asked = concerned.filter((source) => source.connected).map(feed)
      const counting = concerned.length > 0 ? asked : own
      return { feeds: [...own, ...asked], counting: concerned.length + own.length > 0 ? counting : null }
    })
  }

  /**
   * What is in the window and not in `seen`, merged. Stops at the first moment at which some slice has no source left
   * that must answer, so that what comes later, from another attempt, still comes in order.
   */
  async *read(seen: Set<string>): AsyncGenerator<Envelope[]> {
    const feeds = this.#slices.flatMap((slice) => slice.feeds)
    for (;;) {
      await Promise.all(feeds.map((feed) => feed.filled()))
      for (const { counting } of this.#slices) {
        if (counting !== null && !counting.some((feed) => feed.failure === null))
          throw counting[0]?.failure ?? new WakuError('unavailable', 'No service node is connected.')
      }
      const live = feeds.filter((feed) => feed.failure === null && feed.head !== undefined)
      if (live.length === 0) return
      const batch: Envelope[] = []
      // A feed that has given its page, and has more, must be filled before anything after it can be given.
      while (live.every((feed) => feed.head !== undefined || feed.finished)) {
        const first = earliest(live)
        if (first === null) break
        const envelope = first.shift()
        const key = bytesToHex(envelope.hash)
        if (seen.has(key) || !isWithin(this.window, envelope.message.timestamp)) continue
        seen.add(key)
        batch.push(envelope)
      }
      if (batch.length > 0) yield batch
    }
  }
}

/** One slice from one source, page by page. Starts at once; a failure is kept until somebody looks. */
class Feed {
  readonly #source: StoreSource
  readonly #slice: Slice
  readonly #signal: AbortSignal
  #page: readonly Envelope[] = []
  #at = 0
  #cursor: Uint8Array | null = null
  #limit = pageSize
  #last = false
  #pending: Promise<void>
  failure: WakuError | null = null

  constructor(source: StoreSource, slice: Slice, signal: AbortSignal) {
    this.#source = source
    this.#slice = slice
    this.#signal = signal
    this.#pending = this.#fetch()
  }

  get head(): Envelope | undefined {
    return this.#page[this.#at]
  }

  /** Nothing is left, here or at the source. */
  get finished(): boolean {
    return this.#last && this.head === undefined
  }

  shift(): Envelope {
    const envelope = this.head
    if (envelope === undefined) throw new RangeError('An empty feed has no first message.')
    this.#at += 1
    return envelope
  }

  /** Resolves when there is a head, the end, or a failure. */
  async filled(): Promise<void> {
    await this.#pending
    while (this.head === undefined && !this.#last && this.failure === null) {
      this.#pending = this.#fetch()
      await this.#pending
    }
  }

  async #fetch(): Promise<void> {
    try {
      const { envelopes, cursor } = await this.#source.query(
        { ...this.#slice, cursor: this.#cursor, limit: this.#limit },
        this.#signal,
      )
      if (cursor !== null && this.#cursor !== null && compareBytes(cursor, this.#cursor) === 0)
        throw new WakuError('invalid', 'The store answers in circles.')
      this.#page = envelopes.length > 1 ? envelopes.toSorted(byPosition) : envelopes
      this.#at = 0
      this.#cursor = cursor
      this.#last = cursor === null
    } catch (error) {
      // A page of messages too large for one answer: the same again in smaller pieces.
      if (error instanceof WakuError && error.code === 'too-large' && this.#limit > 1)
        this.#limit = Math.ceil(this.#limit / 4)
      else this.failure = asWakuError(error, 'unavailable', 'A store failed.')
    }
  }
}

function byPosition(a: Envelope, b: Envelope): number {
  const [left, right] = [a.message.timestamp, b.message.timestamp]
  if (left !== right) return left < right ? -1 : 1
  return compareBytes(a.hash, b.hash)
}

function earliest(feeds: readonly Feed[]): Feed | null {
  let first: { readonly feed: Feed; readonly head: Envelope } | null = null
  for (const feed of feeds) {
    const { head } = feed
    if (head !== undefined && (first === null || byPosition(head, first.head) < 0)) first = { feed, head }
  }
  return first?.feed ?? null
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new WakuError('aborted', 'Reading was abandoned on request.', { cause: signal.reason })
}
