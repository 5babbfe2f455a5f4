/** archives, logosStorage */
import { describe, expect, it } from 'vitest'
import {
  type ArchiveEntry,
  acceptedEntries,
  bytesToHex,
  checkInfo,
  checkMetainfo,
  concatBytes,
  decodeArchive,
  decodeIndex,
  encodeArchiveHead,
  encodeArchiveRecord,
  encodeIndex,
  encodeIndexEntry,
  equalBytes,
  indexEntryId,
  infoDictionary,
  infoHash,
  inspectIndex,
  isManifestCid,
  iterateArchive,
  MAX_ARCHIVE_WEIGHT,
  magnetLink,
  metainfo,
  openApplicationMessage,
  PIECE_LENGTH,
  parseChatId,
  pieceHash,
  unwrap,
  verifyIndex,
} from '../../../../src/main/wire/index.ts'
import { buildCase, piecesOf } from './archive-case.ts'
import type { ArchiveCase } from './file.ts'
import { expectBlob, named, sha256, vectors } from './forms.ts'

const { rules, cases } = vectors.archives
const communityId = parseChatId(vectors.chatIds.channels[0]?.chatId ?? '').communityId
const SLOW = 60_000

describe('archives', () => {
  it('the rules are ours', () => {
    expect({ pieceLength: PIECE_LENGTH, maxArchiveWeight: MAX_ARCHIVE_WEIGHT }).toMatchObject({
      pieceLength: rules.pieceLength,
      maxArchiveWeight: rules.maxArchiveWeight,
    })
  })

  it.each(named(cases, ({ name }) => name))(
    '%s',
    (name, vector) => {
      const { expected } = vector
      const built = buildCase(cases, name)
      expect(built.archives).toHaveLength(expected.archives.length)
      expect(built.end).toBe(expected.lastMessageArchiveEndDate)
      const made = built.archives.length > 0 ? 'historyArchivesCreated' : 'noHistoryArchivesCreated'
      expect({ name: made, from: vector.input.start, to: vector.input.end }).toEqual(expected.signal)
      for (const [index, archive] of built.archives.entries()) expectArchive(archive, expected.archives[index])
      if (expected.torrent === null) expect(built.index).toBeNull()
      else expectTorrent(built, expected, expected.torrent)
      expectContents(built, vector)
    },
    SLOW,
  )
})

type Built = ReturnType<typeof buildCase>

function expectArchive(
  built: Built['archives'][number],
  expected: ArchiveCase['expected']['archives'][number] | undefined,
) {
  const { entry, metadata, records, bytes, dropped } = built
  const { locator } = entry
  if (locator.kind !== 'torrent') throw new Error('the case is of the torrent flavour')
  const head = encodeArchiveHead(metadata)
  // The head is the metadata framed as field 2.
  const rawMetadata = bytesToHex(head.subarray(2))
  expect({
    id: entry.id,
    from: entry.from,
    to: entry.to,
    messages: records.length,
    dropped,
    rawSize: bytes.length,
    offset: locator.offset,
    size: locator.size,
    padding: locator.padding,
    metadata: rawMetadata,
    entry: bytesToHex(encodeIndexEntry(entry)),
  }).toEqual({ ...expected, archive: undefined })
  if (expected) expectBlob(bytes, expected.archive)

  expect(equalBytes(concatBytes(head, ...records.map(encodeArchiveRecord)), bytes)).toBe(true)
  const archive = iterateArchive(bytes)
  expect(archive.metadata).toEqual(metadata)
  expect(archive.count).toBe(records.length)
  let position = 0
  for (const record of archive.records()) {
    const original = records[position++]
    expect(original && equalBytes(record.payload, original.payload)).toBe(true)
    expect({ ...record, payload: null }).toEqual({ ...original, payload: null })
  }
  expect(decodeArchive(bytes).records).toHaveLength(records.length)
}

function expectTorrent(
  built: Built,
  expected: ArchiveCase['expected'],
  torrent: NonNullable<ArchiveCase['expected']['torrent']>,
) {
  const { data, index, entries } = built
  if (!index || !expected.index) throw new Error('the case has an index')
  expect({ length: data.length, sha256: sha256(data) }).toEqual({
    length: expected.dataLength,
    sha256: expected.dataSha256,
  })
  expectBlob(index, expected.index)
  const verified = verifyIndex(decodeIndex(index, 'torrent'), { dataLength: data.length })
  expect(acceptedEntries(verified).map(({ id }) => id)).toEqual(expected.indexIds)
  expect(new Set(acceptedEntries(verified))).toEqual(new Set(entries))

  const hashes = piecesOf(data, index, PIECE_LENGTH, pieceHash)
  const pieces = concatBytes(...hashes)
  if (Array.isArray(torrent.pieces)) expect(hashes.map(bytesToHex)).toEqual(torrent.pieces)
  else expect({ count: hashes.length, sha256: sha256(pieces) }).toEqual(torrent.pieces)
  const description = { name: communityId, dataLength: data.length, indexLength: index.length, pieces }
  const info = infoDictionary(description)
  expect(infoHash(info)).toBe(torrent.infoHash)
  expect(sha256(info)).toBe(torrent.infoBytesSha256)
  expect(checkInfo(info, communityId)).toEqual(description)

  const file = metainfo({
    info,
    trackers: rules.trackers,
    createdBy: rules.createdBy,
    creationDate: rules.creationDate,
  })
  expect({ length: file.length, sha256: sha256(file) }).toEqual({
    length: torrent.torrentLength,
    sha256: torrent.torrentSha256,
  })
  if (torrent.torrentHex !== undefined) expect(bytesToHex(file)).toBe(torrent.torrentHex)
  expect(checkMetainfo(file, communityId)).toEqual(description)
  const magnet = magnetLink({ infoHash: torrent.infoHash, name: communityId, trackers: rules.trackers })
  expect(magnet).toBe(torrent.magnet)
}

function expectContents(built: Built, { containsAmm = [] }: ArchiveCase) {
  const found = built.archives.flatMap(({ records }) =>
    records.flatMap(({ payload }) => {
      const layer = containsAmm.length > 0 ? unwrap(payload) : null
      return layer?.kind === 'application' ? [openApplicationMessage(layer.bytes).id] : []
    }),
  )
  if (containsAmm.length > 0) expect(found).toEqual(containsAmm)
  const readArchive = ({ locator }: ArchiveEntry) =>
    locator.kind === 'torrent' ? built.data.subarray(locator.offset, locator.offset + locator.size) : null
  const inspection = inspectIndex(built.index ?? new Uint8Array(0), { dataLength: built.data.length, readArchive })
  expect(inspection.reason).toBeNull()
  expect(inspection.entries.map(({ reason, archive }) => [reason, archive?.reason])).toEqual(
    built.entries.map(() => [null, null]),
  )
}

describe('logosStorage', () => {
  it.each(named(vectors.logosStorage.cases, ({ archivesOf }) => archivesOf))('%s', (name, vector) => {
    const { archives } = buildCase(cases, name)
    const entries = archives.map(({ metadata, bytes }) => {
      const expected = vector.entries.find(({ archiveSha256 }) => archiveSha256 === sha256(bytes))
      if (!expected) throw new Error('the vectors do not have this archive')
      expect(bytes).toHaveLength(expected.archiveLength)
      const locator = { kind: 'codex' as const, cid: expected.cid }
      const entry = { ...metadata, locator, id: indexEntryId({ ...metadata, locator }) }
      expect(entry.id).toBe(expected.id)
      expect(bytesToHex(encodeIndexEntry(entry))).toBe(expected.entry)
      return entry
    })
    expect(entries).toHaveLength(vector.entries.length)
    const index = encodeIndex(entries)
    expectBlob(index, vector.index)
    const accepted = acceptedEntries(verifyIndex(decodeIndex(index, 'codex')))
    expect(accepted.map(({ id }) => id)).toEqual(vector.entries.map(({ id }) => id).toSorted())
    expect(inspectIndex(index)).toMatchObject({ flavour: 'codex', reason: null })
    expect(isManifestCid(vector.indexCid)).toBe(true)
  })
})
