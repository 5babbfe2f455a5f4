import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WakuError } from '../../../src/main/waku/errors.ts'
import {
  isWithin,
  padded,
  readHistory,
  type StoreQuery,
  type StoreSource,
  windowsOf,
} from '../../../src/main/waku/history.ts'
import { type Envelope, envelopeOf } from '../../../src/main/waku/message.ts'
import type { ContentTopic, Millis, PubsubTopic } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const topic = '/waku/2/rs/16/32' as PubsubTopic
const other = '/waku/2/rs/16/64' as PubsubTopic
const content = '/a' as ContentTopic
const day = 24 * 3_600_000
const start = 1_700_000_000_000

function envelope(at: number, extra = 0n, on: PubsubTopic = topic, contentTopic = '/a'): Envelope {
  const payload = new Uint8Array(Buffer.from(`${at}/${extra}/${contentTopic}`))
  const timestamp = BigInt(at) * 1_000_000n + extra
  return envelopeOf(on, { contentTopic, payload, version: 1, timestamp, meta: null, ephemeral: false })
}

/** A store in memory, whose answers a test can spoil. */
class Store implements StoreSource {
  readonly local: boolean
  connected = true
  serving: readonly PubsubTopic[] = [topic, other]
  readonly queries: StoreQuery[] = []
  /** Called before the n-th answer (from 1). */
  spoil: (n: number) => void = () => {}
  readonly #envelopes: readonly Envelope[]
  #pageSize: number

  constructor(envelopes: readonly Envelope[], { local = false, pageSize = 3 } = {}) {
    this.#envelopes = envelopes
    this.local = local
    this.#pageSize = pageSize
  }

  serves(asked: PubsubTopic): boolean {
    return this.serving.includes(asked)
  }

  async query(query: StoreQuery) {
    this.queries.push(query)
    this.spoil(this.queries.length)
    if (!this.connected) throw new WakuError('unavailable', 'gone')
    const found = this.#envelopes
      .filter((each) => each.topic === query.topic)
      .filter(({ message }) => (query.contentTopics as readonly string[]).includes(message.contentTopic))
      .filter(({ message }) => message.timestamp >= query.from && message.timestamp <= query.to)
      .toSorted((a, b) => Number(a.message.timestamp - b.message.timestamp) || Buffer.compare(a.hash, b.hash))
    const after = query.cursor === null ? 0 : found.findIndex(({ hash }) => hash === query.cursor) + 1
    const page = found.slice(after, after + Math.min(this.#pageSize, query.limit))
    const more = after + page.length < found.length
    return { envelopes: page, cursor: more ? (page.at(-1)?.hash ?? null) : null }
  }
}

interface Reading {
  readonly clock?: FakeClock
  readonly ready?: () => Promise<void>
  readonly topics?: readonly PubsubTopic[]
  readonly contentTopics?: readonly ContentTopic[]
  readonly signal?: AbortSignal
}

async function read(sources: readonly Store[], from: number, to: number, reading: Reading = {}): Promise<Envelope[]> {
  const {
    clock = new FakeClock(),
    ready = async () => {},
    topics = [topic],
    contentTopics = [content],
    signal,
  } = reading
  const range = { contentTopics, from: from as Millis, to: to as Millis, signal }
  const found: Envelope[] = []
  for await (const batch of readHistory({ topics, sources, ready, clock }, range)) found.push(...batch)
  return found
}

const hashes = (envelopes: readonly Envelope[]) => envelopes.map(({ hash }) => Buffer.from(hash).toString('hex'))

describe('windows', () => {
  it('cover every millisecond once, in spans that are 24 h with their padding', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: start, max: start + 1000 }),
        fc.integer({ min: 0, max: 20 * day }),
        (from, span) => {
          const windows = [...windowsOf(from as Millis, (from + span) as Millis)]
          expect(windows[0]?.from).toBe(from)
          expect(windows.at(-1)?.to).toBe(from + span)
          expect(windows.slice(1).map((window) => window.from)).toEqual(windows.slice(0, -1).map(({ to }) => to + 1))
          for (const window of windows) {
            const asked = padded(window)
            expect(asked.to - asked.from).toBeLessThanOrEqual(BigInt(day) * 1_000_000n)
            expect(asked.from).toBe(BigInt(window.from - 1) * 1_000_000n)
            expect(asked.to).toBe(BigInt(window.to + 1) * 1_000_000n)
          }
        },
      ),
    )
  })

  it('are none for a range that ends before it starts', () => {
    expect([...windowsOf(2 as Millis, 1 as Millis)]).toEqual([])
  })

  it('hold a whole last millisecond', () => {
    const window = { from: 5, to: 6 }
    const edges = [4_999_999n, 5_000_000n, 6_999_999n, 7_000_000n]
    expect(edges.map((at) => isWithin(window, at))).toEqual([false, true, true, false])
  })
})

describe('reading history', () => {
  const envelopes = Array.from({ length: 20 }, (_, n) => envelope(start + n * (day / 3), BigInt(n)))

  it('gives everything once and oldest first, from stores that each have a part', async () => {
    const odd = new Store(envelopes.filter((_, n) => n % 2 === 1))
    const most = new Store(envelopes.slice(0, 15))
    const rest = new Store(envelopes.slice(10), { local: true })
    expect(hashes(await read([odd, most, rest], start, start + 7 * day))).toEqual(hashes(envelopes))
  })

  it('keeps to the range although it asks a millisecond more on each side', async () => {
    const store = new Store([envelope(start - 1), envelope(start), envelope(start + 9, 999_999n), envelope(start + 10)])
    expect((await read([store], start, start + 9)).map(({ message }) => message.timestamp)).toEqual([
      BigInt(start) * 1_000_000n,
      BigInt(start + 9) * 1_000_000n + 999_999n,
    ])
  })

  it('asks each shard, and for at most ten topics at once', async () => {
    const contentTopics = Array.from({ length: 25 }, (_, n) => `/${n}` as ContentTopic)
    const all = contentTopics.flatMap((each) => [envelope(start, 0n, topic, each), envelope(start, 0n, other, each)])
    const store = new Store(all)
    const found = await read([store], start, start, { topics: [topic, other], contentTopics })
    expect(found).toHaveLength(50)
    expect(store.queries.every((query) => query.contentTopics.length <= 10)).toBe(true)
  })

  it('asks ahead, so that empty days do not wait for each other', async () => {
    let open = 0
    let most = 0
    class Slow extends Store {
      override async query(query: StoreQuery) {
        most = Math.max(most, ++open)
        await new Promise((resolve) => setImmediate(resolve))
        open -= 1
        return super.query(query)
      }
    }
    await read([new Slow([])], start, start + 100 * day)
    expect(most).toBe(8)
  })

  it('goes on in order after a store broke off', async () => {
    const store = new Store(envelopes.map((_, n) => envelope(start + n)))
    let readied = 0
    store.spoil = (n) => {
      store.connected = n !== 3
    }
    const ready = async () => {
      readied += 1
      store.connected = true
    }
    const found = await read([store], start, start + 30, { ready })
    expect(found.map(({ message }) => message.timestamp)).toEqual(
      envelopes.map((_, n) => BigInt(start + n) * 1_000_000n),
    )
    expect(readied).toBe(2)
  })

  it('is content with the store that answers when another one fails', async () => {
    const broken = new Store(envelopes)
    broken.spoil = () => {
      throw new WakuError('refused', 'no')
    }
    expect(hashes(await read([broken, new Store(envelopes)], start, start + 7 * day))).toEqual(hashes(envelopes))
  })

  it('fails when no store answers, and names the reason', async () => {
    const broken = new Store(envelopes)
    broken.spoil = () => {
      throw new WakuError('refused', 'out of order')
    }
    await expect(read([broken], start, start)).rejects.toThrow('out of order')
    const unreachable = async () => {
      throw new WakuError('unavailable', 'nobody')
    }
    await expect(read([new Store([])], start, start, { ready: unreachable })).rejects.toThrow('nobody')
  })

  it('gives what the own store has before it says that the remote one is missing', async () => {
    const own = new Store(envelopes, { local: true })
    const remote = new Store(envelopes)
    remote.spoil = () => {
      throw new WakuError('unavailable', 'gone')
    }
    const found: Envelope[] = []
    const reading = { topics: [topic], sources: [own, remote], ready: async () => {}, clock: new FakeClock() }
    const range = { contentTopics: [content], from: start as Millis, to: (start + 7 * day) as Millis }
    const all = (async () => {
      for await (const batch of readHistory(reading, range)) found.push(...batch)
    })()
    await expect(all).rejects.toThrow('gone')
    expect(hashes(found)).toEqual(hashes(envelopes))
  })

  it('does not wait for shards that no configured node serves', async () => {
    const store = new Store(envelopes)
    store.serving = [topic]
    expect(await read([store], start, start + 7 * day, { topics: [topic, other] })).toHaveLength(20)
  })

  it('slows down when told that it asks too often', async () => {
    const clock = new FakeClock()
    const store = new Store(envelopes)
    store.spoil = (n) => {
      if (n <= 16) throw new WakuError('rate-limited', 'slower')
    }
    const reading = read([store], start, start + 7 * day, { clock })
    for (let n = 0; n < 20; n++) await clock.advance(1000)
    expect(hashes(await reading)).toEqual(hashes(envelopes))
  })

  it('asks again for less when a page is too large for one answer', async () => {
    const store = new Store(
      Array.from({ length: 30 }, (_, n) => envelope(start + n)),
      { pageSize: 100 },
    )
    store.spoil = () => {
      if ((store.queries.at(-1)?.limit ?? 0) > 10) throw new WakuError('too-large', 'page')
    }
    expect(await read([store], start, start + 30)).toHaveLength(30)
  })

  it('does not go round in circles with a store that does', async () => {
    class Circle extends Store {
      override async query() {
        return { envelopes: [envelope(start)], cursor: new Uint8Array(32) }
      }
    }
    await expect(read([new Circle([])], start, start)).rejects.toMatchObject({ code: 'invalid' })
  })

  it('stops when it is told to', async () => {
    const stop = new AbortController()
    const store = new Store(envelopes)
    store.spoil = (n) => {
      if (n === 4) stop.abort()
    }
    await expect(read([store], start, start + 400 * day, { signal: stop.signal })).rejects.toMatchObject({
      code: 'aborted',
    })
    expect(store.queries.length).toBeLessThan(30)
  })
})
