/** Segments with parity, lost and forged. PROTOCOL.md §3.7. */
import { describe, expect, it } from 'vitest'
import {
  ApplicationType,
  asSegment,
  encodeApplicationMessage,
  keccak256,
  reassemble,
  type Segment,
  segment,
} from '../../../src/main/wire/index.ts'
import { encodeParity, reconstruct } from '../../../src/main/wire/reed-solomon.ts'
import { reasonOf } from './support.ts'

function segmentsOf(payload: Uint8Array, size: number): Segment[] {
  return segment(payload, size).map((bytes) => {
    const one = asSegment(bytes)
    if (!one) throw new Error('it is not read as a segment')
    return one
  })
}

/** Ten data segments and one of parity; the last of them ends with `zeros`. */
function payloadEndingWith(zeros: number): Uint8Array {
  return Uint8Array.from({ length: 95 }, (_, index) => (index < 95 - zeros ? index + 1 : 0))
}

describe('Reed–Solomon parity', () => {
  it('is that of klauspost’s library and of Backblaze’s before it', () => {
    const data = [
      [0, 1],
      [4, 5],
      [2, 3],
      [6, 7],
      [8, 9],
    ].map((shard) => Uint8Array.from(shard))
    const parity = encodeParity(data, 5).map((shard) => [...shard])
    expect(parity).toEqual([
      [12, 13],
      [10, 11],
      [14, 15],
      [90, 91],
      [94, 95],
    ])
  })

  it('rebuilds any shards that are as many as the parity, up to 256', () => {
    const data = Array.from({ length: 228 }, (_, row) =>
      Uint8Array.from({ length: 3 }, (_, column) => (row * 7 + column) % 256),
    )
    const parity = encodeParity(data, 28)
    const shards = [...data, ...parity].map((shard, index) => (index % 9 === 0 && index < 250 ? null : shard))
    expect(shards.filter((shard) => shard === null)).toHaveLength(28)
    expect(reconstruct(shards, 228)).toEqual(data)
  })

  it('refuses more than 256 shards, shards of several lengths, and too few', () => {
    const shards = Array.from({ length: 250 }, () => Uint8Array.of(1))
    expect(reasonOf(() => encodeParity(shards, 7))).toBe('TOO_LARGE')
    expect(reasonOf(() => encodeParity([Uint8Array.of(1), Uint8Array.of(1, 2)], 1))).toBe('BAD_VALUE')
    expect(reasonOf(() => reconstruct([null, Uint8Array.of(1), null], 2))).toBe('INCOMPLETE')
  })
})

describe('segments', () => {
  it.each([0, 1, 4])('one of ten may be lost, even the last, which ends with %i zeros', (zeros) => {
    const payload = payloadEndingWith(zeros)
    const segments = segmentsOf(payload, 10)
    expect(segments.map(({ count, parityCount }) => [count, parityCount])).toEqual([...Array(10).fill([10, 0]), [0, 1]])
    for (let lost = 0; lost < segments.length; lost++) {
      expect(reassemble(segments.filter((_, index) => index !== lost))).toEqual(payload)
    }
    expect(reasonOf(() => reassemble(segments.slice(2)))).toBe('INCOMPLETE')
  })

  it('§13.23 an application message is not taken for one, whose fields it seems to have', () => {
    const key = new Uint8Array(32).fill(7)
    for (const payload of [new Uint8Array(), new Uint8Array(32).fill(1), new Uint8Array(500).fill(2)]) {
      const message = encodeApplicationMessage({ type: ApplicationType.EDIT_MESSAGE, payload }, key)
      expect(asSegment(message)).toBeNull()
    }
  })

  it('have no parity where data and parity would be more than 256', () => {
    const messages = segment(new Uint8Array(2300).fill(1), 10)
    expect(messages).toHaveLength(230)
    expect(messages.every((bytes) => asSegment(bytes)?.count === 230)).toBe(true)
  })

  it('are incomplete while only parity is there', () => {
    expect(reasonOf(() => reassemble(segmentsOf(payloadEndingWith(0), 10).slice(10)))).toBe('INCOMPLETE')
    expect(reasonOf(() => reassemble([]))).toBe('INCOMPLETE')
  })

  it('of two payloads do not mix, and a forged one is noticed', () => {
    const one = segmentsOf(payloadEndingWith(0), 50)
    const other = segmentsOf(payloadEndingWith(1), 50)
    expect(reasonOf(() => reassemble([...one.slice(0, 1), ...other.slice(1)]))).toBe('SEGMENT_HASH')
    const forged = one.map((segment, index) => (index === 1 ? { ...segment, payload: Uint8Array.of(1) } : segment))
    expect(reasonOf(() => reassemble(forged))).toBe('SEGMENT_HASH')
  })

  it('that disagree on their number are refused', () => {
    const [first, second] = segmentsOf(payloadEndingWith(0), 50)
    if (!first || !second) throw new Error('there are two')
    expect(reasonOf(() => reassemble([first, { ...second, count: 3 }]))).toBe('SEGMENT_INDEX')
    expect(reasonOf(() => reassemble([{ ...first, count: 100_000 }]))).toBe('TOO_LARGE')
  })

  it('of several lengths are not filled up to the longest: little would become much', () => {
    const segments = segmentsOf(payloadEndingWith(0), 10).slice(1)
    const long = segments.map((one, at) => (at === 2 ? { ...one, payload: new Uint8Array(1_000_000) } : one))
    const before = process.memoryUsage().arrayBuffers
    expect(reasonOf(() => reassemble(long))).toBe('SEGMENT_HASH')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000)
  })

  it('the hash is that of the whole', () => {
    const payload = payloadEndingWith(2)
    expect(segmentsOf(payload, 40)[0]?.hash).toEqual(keccak256(payload))
  })
})
