/** What may be believed of an index and an archive. RULES.md R2.3, R4; PROTOCOL.md §4, §13. */
import { describe, expect, it } from 'vitest'
import { WakuMessageArchiveIndex } from '../../../src/main/wire/generated/schema.ts'
import {
  type ArchiveEntry,
  acceptedEntries,
  bytesToHex,
  concatBytes,
  decodeIndex,
  encodeArchive,
  encodeArchiveRecord,
  encodeIndex,
  expectHonestIndex,
  hexToBytes,
  indexEntryId,
  iterateArchive,
  keccak256,
  PIECE_LENGTH,
  paddedSize,
  partitions,
  segment,
  splitByWeight,
  thirdPartyIdOf,
  utf8,
  verifyArchive,
  verifyArchiveRecord,
  verifyIndex,
} from '../../../src/main/wire/index.ts'
import { encode } from '../../../src/main/wire/protobuf/encode.ts'
import type { ArchiveId, Seconds } from '../../../src/shared/domain.ts'
import { communityId, encrypted, FROM, metadata, recordOf, said, TO, TOPIC } from './archive-fixtures.ts'
import { MEMBER_PUBLIC, OWNER_PUBLIC, reasonOf } from './support.ts'

/** Entries one behind the other, each `pieces` long. */
function entriesOf(...pieces: number[]): ArchiveEntry[] {
  let offset = 0
  return pieces.map((count, week) => {
    const size = count * PIECE_LENGTH
    const entry = entryAt(offset, size, week)
    offset += size
    return entry
  })
}

function entryAt(offset: number, size: number, week: number, padding = 1): ArchiveEntry {
  const from = (FROM + week * 604_800) as Seconds
  const entry = {
    from,
    to: (from + 604_800) as Seconds,
    topics: [TOPIC],
    locator: { kind: 'torrent' as const, offset, size, padding },
  }
  return { ...entry, id: indexEntryId(entry) }
}

const reasons = (entries: readonly ArchiveEntry[], dataLength?: number) =>
  new Map(
    verifyIndex(decodeIndex(encodeIndex(entries), 'torrent'), { dataLength }).map(({ key, reason }) => [key, reason]),
  )

describe('an index', () => {
  it('R2.3 may have equal and overlapping time ranges', () => {
    const [first, second] = entriesOf(1, 2)
    if (!first || !second) throw new Error('there are two')
    const late = { ...second, from: first.from, to: first.to }
    const entries = [first, { ...late, id: indexEntryId(late) }]
    expect([...reasons(entries).values()]).toEqual([null, null])
  })

  it('R2.3 may not have overlapping byte ranges: the liar goes, the honest stay', () => {
    const honest = entriesOf(3, 2, 4, 1)
    const liars = [
      entryAt(0, 10 * PIECE_LENGTH, 50),
      entryAt(0, PIECE_LENGTH, 51),
      entryAt(2 * PIECE_LENGTH, 2 * PIECE_LENGTH, 52),
      entryAt(5 * PIECE_LENGTH, PIECE_LENGTH, 53),
    ]
    for (const liar of liars) {
      const verdicts = reasons([...honest, liar], 10 * PIECE_LENGTH)
      expect(verdicts.get(liar.id)).toBe('OVERLAP')
      for (const { id } of honest) expect(verdicts.get(id)).toBeNull()
    }
  })

  it('one entry that lies is named and left out, and nothing else is held up', () => {
    const honest = entriesOf(1, 1)
    const wrongId = { ...entryAt(2 * PIECE_LENGTH, PIECE_LENGTH, 2), id: `0x${'00'.repeat(32)}` as ArchiveId }
    const beyond = entryAt(100 * PIECE_LENGTH, PIECE_LENGTH, 3)
    const padded = entryAt(3 * PIECE_LENGTH, 2 * PIECE_LENGTH, 4, PIECE_LENGTH + 1)
    const empty = entryAt(5 * PIECE_LENGTH, PIECE_LENGTH, 5, PIECE_LENGTH)
    const verdicts = reasons([...honest, wrongId, beyond, padded, empty], 10 * PIECE_LENGTH)
    expect(honest.map(({ id }) => verdicts.get(id))).toEqual([null, null])
    expect([wrongId, beyond, padded, empty].map(({ id }) => verdicts.get(id))).toEqual([
      'ID_MISMATCH',
      'BAD_RANGE',
      'BAD_RANGE',
      'BAD_RANGE',
    ])
  })

  it('with an entry that does not decode loses that entry alone', () => {
    const [honest] = entriesOf(1)
    if (!honest) throw new Error('there is one')
    const garbage = Uint8Array.of(0x0a, 0x09)
    const garbageId = `0x${bytesToHex(keccak256(garbage))}`
    const frame = (key: string, value: Uint8Array) => {
      const entry = concatBytes(Uint8Array.of(0x0a, key.length), utf8(key), Uint8Array.of(0x12, value.length), value)
      return concatBytes(Uint8Array.of(0x0a, entry.length), entry)
    }
    const index = concatBytes(frame(garbageId, garbage), encodeIndex([honest]))
    const verified = verifyIndex(decodeIndex(index, 'torrent'))
    expect(verified.map(({ key, reason }) => [key, reason])).toEqual([
      [garbageId, 'PROTOBUF'],
      [honest.id, null],
    ])
    expect(acceptedEntries(verified)).toEqual([honest])
    expect(reasonOf(() => expectHonestIndex(verified))).toBe('PROTOBUF')
  })

  it('is the same bytes whatever the order of its entries', () => {
    const entries = entriesOf(1, 2, 3, 4, 5)
    expect(encodeIndex(entries.toReversed())).toEqual(encodeIndex(entries))
  })

  it('of ten thousand entries is verified in a moment', () => {
    const entries = entriesOf(...new Array<number>(10_000).fill(1))
    const started = performance.now()
    expect(acceptedEntries(verifyIndex(decodeIndex(encodeIndex(entries), 'torrent')))).toHaveLength(10_000)
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('is not mixed', () => {
    const [torrent] = entriesOf(1)
    if (!torrent) throw new Error('there is one')
    const locator = { kind: 'codex' as const, cid: 'z' }
    expect(reasonOf(() => encodeIndex([torrent, { ...torrent, id: 'other' as ArchiveId, locator }]))).toBe('BAD_VALUE')
  })

  it.each([
    ['a time beyond 2^53', '120a10ffffffffffffffff7f', 'BAD_TIME_RANGE'],
    ['an offset beyond 2^53', '120018ffffffffffffffff7f', 'BAD_RANGE'],
  ])('with %s refuses that entry for it', (_name, hex, reason) => {
    const value = hexToBytes(hex)
    const key = `0x${bytesToHex(keccak256(value))}`
    expect(verifyIndex([{ kind: 'torrent', key, value }])[0]?.reason).toBe(reason)
  })

  it('has the map form of the proto file', () => {
    const entries = entriesOf(1)
    const archives = new Map(
      entries.map(({ id, from, to, topics, locator }) => [
        id,
        {
          metadata: { from, to, contentTopic: topics.map(hexToBytes) },
          ...(locator.kind === 'torrent' ? { size: locator.size, padding: locator.padding } : {}),
        },
      ]),
    )
    expect(encodeIndex(entries)).toEqual(encode(WakuMessageArchiveIndex, { archives }))
  })
})

describe('an archive', () => {
  const records = [said('one'), said('two'), said('three')].map((payload) => recordOf(payload))
  const archive = encodeArchive(metadata, records)

  it('is read without copying it whole', () => {
    const { frames, count } = iterateArchive(archive)
    expect(count).toBe(3)
    for (const frame of frames()) expect(frame.buffer).toBe(archive.buffer)
  })

  it('may have hundreds of thousands of records', () => {
    const tiny = recordOf(Uint8Array.of(1), {
      sig: new Uint8Array(0),
      hash: new Uint8Array(0),
      padding: new Uint8Array(0),
    })
    const many = encodeArchive(metadata, new Array<typeof tiny>(300_000).fill(tiny))
    expect(iterateArchive(many).count).toBe(300_000)
  })

  it('R4.2 gives the author who signed, never the signer of the transport', () => {
    const verdicts = [...verifyArchive(archive, metadata).verdicts()].map(({ verdict }) => verdict)
    expect(verdicts).toHaveLength(3)
    for (const verdict of verdicts) {
      expect(verdict.kind === 'application' && bytesToHex(verdict.message.signer)).toBe(bytesToHex(MEMBER_PUBLIC))
    }
  })

  it('R4.2 a record that does not decode is refused alone', () => {
    const broken = concatBytes(archive, hexToBytes('1a020aff'), encodeArchiveRecord(recordOf(said('four'))))
    const verdicts = [...verifyArchive(broken, metadata).verdicts()]
    expect(verdicts.map(({ verdict }) => (verdict.kind === 'refused' ? verdict.reason : verdict.kind))).toEqual([
      'application',
      'application',
      'application',
      'PROTOBUF',
      'application',
    ])
    expect(verdicts[3]?.record).toBeNull()
  })

  it('R4.3 whose frame has a known field of another type is refused whole', () => {
    for (const bytes of ['1801', '0a00', '1001']) {
      expect(reasonOf(() => iterateArchive(concatBytes(archive, hexToBytes(bytes))))).toBe('PROTOBUF')
    }
    expect(iterateArchive(concatBytes(archive, hexToBytes('2001'))).count).toBe(3)
  })

  it('of other times or topics than its entry says is refused whole', () => {
    const others = [
      { ...metadata, from: (FROM - 1) as Seconds },
      { ...metadata, to: (TO + 1) as Seconds },
      { ...metadata, topics: [] },
      { ...metadata, topics: [TOPIC, TOPIC] },
    ]
    for (const other of others) expect(reasonOf(() => verifyArchive(archive, other))).toBe('METADATA_MISMATCH')
    expect(reasonOf(() => verifyArchive(concatBytes(...records.map(encodeArchiveRecord)), metadata))).toBe(
      'METADATA_MISMATCH',
    )
  })

  it.each([
    ['at its end', { timestamp: TO }, 'MESSAGE_OUT_OF_RANGE'],
    ['before its start', { timestamp: (FROM - 1) as Seconds }, 'MESSAGE_OUT_OF_RANGE'],
    ['of another topic', { topic: Uint8Array.of(1, 2, 3, 4) }, 'TOPIC_NOT_LISTED'],
    ['of no topic', { topic: new Uint8Array(0) }, 'BAD_TOPIC'],
    ['without payload', { payload: new Uint8Array(0) }, 'EMPTY_PAYLOAD'],
    ['with garbage', { payload: utf8('not a message') }, 'UNDECODABLE'],
  ])('a record %s is refused', (_name, changes, reason) => {
    expect(verifyArchiveRecord(recordOf(said('x'), changes), metadata)).toMatchObject({ kind: 'refused', reason })
  })

  it('a record at the first second belongs to it', () => {
    expect(verifyArchiveRecord(recordOf(said('x'), { timestamp: FROM }), metadata).kind).toBe('application')
  })

  it('segments and encrypted messages are handed on', () => {
    const parts = segment(said('x'.repeat(100)), 100)
    expect(verifyArchiveRecord(recordOf(parts[0] ?? new Uint8Array(0)), metadata).kind).toBe('segment')
    expect(verifyArchiveRecord(recordOf(encrypted(said('x'))), metadata).kind).toBe('encrypted')
  })

  it('that is encrypted says so', () => {
    expect(reasonOf(() => verifyArchive(encrypted(archive), metadata))).toBe('ENCRYPTED')
    expect(reasonOf(() => decodeIndex(encrypted(encodeIndex(entriesOf(1))), 'torrent'))).toBe('ENCRYPTED')
  })

  it('R4.4 an imported id counts only from the community itself, and never looks native', () => {
    const owner = { signer: OWNER_PUBLIC }
    const imported = `${communityId}9001`
    expect(thirdPartyIdOf({ thirdPartyId: imported }, owner, communityId)).toBe(imported)
    expect(thirdPartyIdOf({ thirdPartyId: imported }, { signer: MEMBER_PUBLIC }, communityId)).toBeNull()
    expect(thirdPartyIdOf({ thirdPartyId: '' }, owner, communityId)).toBeNull()
    for (const thirdPartyId of [`0x${'ab'.repeat(32)}`, `0x${'AB'.repeat(32)}`]) {
      expect(reasonOf(() => thirdPartyIdOf({ thirdPartyId }, owner, communityId))).toBe('BAD_THIRD_PARTY_ID')
    }
  })
})

describe('the layout of history', () => {
  it('pads to whole pieces, and an exact multiple by one piece more', () => {
    const sizes = [1, 102_399, 102_400, 102_401, 204_800].map((raw) => Object.values(paddedSize(raw)))
    expect(sizes).toEqual([
      [102_400, 102_399],
      [102_400, 1],
      [102_400, 0],
      [204_800, 102_399],
      [307_200, 102_400],
    ])
  })

  it('splits by weight, in order, and says what it dropped', () => {
    const weighing = (...weights: number[]) =>
      weights.map((weight) => ({ payload: new Uint8Array(weight), sig: new Uint8Array(0) }))
    const chunks = (...weights: number[]) => {
      const dropped: number[] = []
      const split = [...splitByWeight(weighing(...weights), ({ payload }) => dropped.push(payload.length))]
      return { chunks: split.map((chunk) => chunk.map(({ payload }) => payload.length)), dropped }
    }
    const M = 1_000_000
    expect(chunks()).toEqual({ chunks: [], dropped: [] })
    expect(chunks(10 * M, 20 * M, 1)).toEqual({ chunks: [[10 * M, 20 * M], [1]], dropped: [] })
    expect(chunks(30 * M + 1)).toEqual({ chunks: [[]], dropped: [30 * M + 1] })
    expect(chunks(30 * M + 1, 5)).toEqual({ chunks: [[5]], dropped: [30 * M + 1] })
  })

  it('steps through time, the last step shorter', () => {
    const steps = [...partitions(10 as Seconds, 25 as Seconds, 10)].map(({ from, to }) => [from, to])
    expect(steps).toEqual([
      [10, 20],
      [20, 25],
    ])
    expect([...partitions(10 as Seconds, 10 as Seconds, 10)]).toEqual([])
    expect(reasonOf(() => [...partitions(1 as Seconds, 2 as Seconds, 0)])).toBe('BAD_VALUE')
  })
})
