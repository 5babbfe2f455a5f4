import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { envelopeOf, type WireMessage } from '../../../src/main/waku/message.ts'
import { type ArchiveQuery, MessageArchive, UnknownCursorError } from '../../../src/main/waku/service/archive.ts'
import type { Millis } from '../../../src/shared/domain.ts'

const topic = '/waku/2/rs/16/32'
const received = 1_700_000_000_000 as Millis
let archive = new MessageArchive(':memory:')
afterEach(() => {
  archive.close()
  archive = new MessageArchive(':memory:')
})

function message(id: number, fields: Partial<WireMessage> = {}): WireMessage {
  const payload = new Uint8Array(4)
  new DataView(payload.buffer).setUint32(0, id)
  const timestamp = BigInt(id) * 1_000_000n
  return { contentTopic: '/a', payload, version: 1, timestamp, meta: null, ephemeral: false, ...fields }
}

function put(stored: WireMessage, at: Millis = received, pubsub = topic): boolean {
  return archive.put(pubsub, stored, envelopeOf(pubsub, stored).hash, at)
}

const idOf = ({ message: { payload } }: { message: WireMessage }) =>
  new DataView(payload.buffer, payload.byteOffset).getUint32(0)

const all: ArchiveQuery = {
  pubsubTopic: topic,
  contentTopics: ['/a'],
  from: null,
  to: null,
  cursor: null,
  forward: true,
  limit: 100,
  maxBytes: 1_000_000,
}

describe('the message archive', () => {
  it('gives back every field as it was', () => {
    const stored = message(7, { meta: new Uint8Array([1, 2]), timestamp: 1_700_000_000_123_456_789n, version: 3 })
    expect(put(stored)).toBe(true)
    const { hash } = envelopeOf(topic, stored)
    expect(archive.query(all)).toEqual({ messages: [{ hash, pubsubTopic: topic, message: stored }], cursor: null })
    expect(archive.byHashes([new Uint8Array(32), hash])).toEqual([{ hash, pubsubTopic: topic, message: stored }])
    expect([archive.has(hash), archive.has(new Uint8Array(32))]).toEqual([true, false])
  })

  it('keeps a message once, and an ephemeral one not at all', () => {
    expect([put(message(1)), put(message(1)), put(message(2, { ephemeral: true }))]).toEqual([true, false, false])
    expect(archive.count()).toBe(1)
  })

  it('orders a message without a timestamp by its receipt', () => {
    put(message(1, { timestamp: 0n }), 5 as Millis)
    put(message(2, { timestamp: 4_000_000n }))
    put(message(3, { timestamp: 6_000_000n }))
    expect(archive.query(all).messages.map(idOf)).toEqual([2, 1, 3])
  })

  it('pages like a sorted list, both ways, over any topics and range', () => {
    const messages = fc.array(
      fc.record({ time: fc.integer({ min: 1, max: 6 }), content: fc.constantFrom('/a', '/b', '/c') }),
      {
        maxLength: 40,
      },
    )
    const asked = fc.record({
      contentTopics: fc.subarray(['/a', '/b', '/c']),
      from: fc.option(fc.integer({ min: 0, max: 7 })),
      to: fc.option(fc.integer({ min: 0, max: 7 })),
      forward: fc.boolean(),
      limit: fc.integer({ min: 1, max: 7 }),
    })
    fc.assert(
      fc.property(messages, asked, (given, { from, to, ...rest }) => {
        archive.close()
        archive = new MessageArchive(':memory:')
        const envelopes = given.map(({ time, content }, id) =>
          envelopeOf(topic, message(id, { timestamp: BigInt(time), contentTopic: content })),
        )
        for (const { message: stored } of envelopes) put(stored)
        const wanted = new Set<string>(rest.contentTopics.length > 0 ? rest.contentTopics : ['/a', '/b', '/c'])
        const expected = envelopes
          .filter(({ message: { contentTopic } }) => wanted.has(contentTopic))
          .filter(({ message: { timestamp } }) => timestamp >= BigInt(from ?? 0) && timestamp <= BigInt(to ?? 9))
          .toSorted((a, b) => Number(a.message.timestamp - b.message.timestamp) || Buffer.compare(a.hash, b.hash))
          .map(idOf)
        const found: number[][] = []
        let cursor: Uint8Array | null = null
        do {
          const query: ArchiveQuery = {
            ...all,
            ...rest,
            from: from === null ? null : BigInt(from),
            to: to === null ? null : BigInt(to),
            cursor,
          }
          const page = archive.query(query)
          found.push(page.messages.map(idOf))
          cursor = page.cursor
        } while (cursor !== null)
        expect((rest.forward ? found : found.toReversed()).flat()).toEqual(expected)
        expect(found.slice(0, -1).every((page) => page.length === rest.limit)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  it('ends a page before it grows too large, but never gives an empty one', () => {
    for (let id = 0; id < 5; id++) put(message(id + 1, { payload: new Uint8Array(1000).fill(id) }))
    expect(archive.query({ ...all, maxBytes: 3700 }).messages).toHaveLength(3)
    const { messages, cursor } = archive.query({ ...all, maxBytes: 10, forward: false })
    expect(messages.map(({ message: { timestamp } }) => timestamp)).toEqual([5_000_000n])
    expect(archive.query({ ...all, forward: false, cursor }).messages).toHaveLength(4)
  })

  it('refuses a cursor it does not know', () => {
    expect(() => archive.query({ ...all, cursor: new Uint8Array(32) })).toThrow(UnknownCursorError)
  })

  it('keeps shards apart', () => {
    put(message(1))
    put(message(1), received, '/waku/2/rs/16/64')
    expect(archive.count()).toBe(2)
    expect(archive.query(all).messages).toHaveLength(1)
  })

  it('forgets and prunes by receipt, in batches, and keeps the topics it is told to', () => {
    for (let id = 1; id <= 5000; id++) put(message(id), (id <= 4500 ? 10 : 20) as Millis)
    put(message(1, { contentTopic: '/kept' }), 10 as Millis)
    expect(archive.forget({ receivedBefore: 10 as Millis, exceptTopics: [] })).toBe(0)
    expect(archive.forget({ receivedBefore: 11 as Millis, exceptTopics: ['/kept'] })).toBe(4500)
    expect(archive.count()).toBe(501)
    expect(archive.prune(20 as Millis, 1e9)).toBe(1)
    expect(archive.prune(21 as Millis, 1e9)).toBe(500)
    expect(archive.count()).toBe(0)
  })

  it('makes room by dropping what was received first', () => {
    for (let id = 1; id <= 4000; id++) put(message(id, { payload: new Uint8Array(500).fill(id % 251) }), id as Millis)
    expect(archive.prune(0 as Millis, 2_000_000)).toBe(2000)
    expect(archive.query({ ...all, limit: 1 }).messages[0]?.message.timestamp).toBe(2001n * 1_000_000n)
  })
})
