/** What `chronicle archive inspect` tells of files of any origin. */
import { describe, expect, it } from 'vitest'
import {
  ApplicationType,
  chatId,
  communityIdOf,
  detectBlob,
  encodeApplicationMessage,
  encodeArchive,
  encodeArchiveLink,
  encodeChat,
  encodeIndex,
  indexEntryId,
  inspectArchive,
  inspectIndex,
  paddedSize,
  segment,
  summarizeArchive,
  utf8,
} from '../../../src/main/wire/index.ts'
import { channel, chat, communityId, encrypted, metadata, recordOf, said, TO } from './archive-fixtures.ts'
import { MEMBER, MEMBER_PUBLIC, OWNER } from './support.ts'

describe('an inspection', () => {
  const link = encodeArchiveLink({ clock: 5, archiveLink: 'zDvZRwzm22eSYNdLBuNHVi7jSTR2a4n48yy4Ur9qws4vHV6madiz' })
  const other = chatId(communityIdOf(MEMBER_PUBLIC), '6f1f5a1e-3d6b-4f0e-9d0a-2b7c8d9e0f11')
  const stray = { clock: 1, timestamp: 1, text: 'x', chatId: other, messageType: 5, contentType: 1 }
  const long = segment(encodeApplicationMessage(chat('y'.repeat(900)), MEMBER), 100)
  const records = [
    recordOf(said('one')),
    recordOf(encodeApplicationMessage({ type: ApplicationType.COMMUNITY_MESSAGE_ARCHIVE_LINK, payload: link }, OWNER)),
    recordOf(encodeApplicationMessage({ type: ApplicationType.CHAT_MESSAGE, payload: encodeChat(stray) }, MEMBER)),
    recordOf(utf8('garbage')),
    recordOf(said('late'), { timestamp: TO }),
    // The first of its segments is lost; parity stands in.
    ...long.slice(1).map((bytes) => recordOf(bytes)),
  ]
  const archive = encodeArchive(metadata, records)
  const locator = { kind: 'torrent' as const, offset: 0, ...paddedSize(archive.length) }
  const entry = { ...metadata, locator, id: indexEntryId({ ...metadata, locator }) }
  const data = new Uint8Array(locator.size)
  data.set(archive)
  const options = { dataLength: data.length, communityId, readArchive: () => data }

  it('tells what is inside and what is wrong with it, message by message', () => {
    const { flavour, entries, reason } = inspectIndex(encodeIndex([entry]), options)
    expect({ flavour, reason }).toEqual({ flavour: 'torrent', reason: null })
    const found = entries[0]?.archive
    if (!found) throw new Error('the archive was not read')
    expect(found.messages.slice(0, 5).map(({ type, reason: why }) => [type, why])).toEqual([
      ['CHAT_MESSAGE', null],
      ['COMMUNITY_MESSAGE_ARCHIVE_LINK', 'IGNORED_TYPE'],
      ['CHAT_MESSAGE', 'UNKNOWN_COMMUNITY'],
      [null, 'UNDECODABLE'],
      [null, 'MESSAGE_OUT_OF_RANGE'],
    ])
    expect(found.messages.at(-1)).toMatchObject({ position: null, type: 'CHAT_MESSAGE', chatId: channel, reason: null })
    const { accepted, refused } = summarizeArchive(found)
    expect({ accepted, refused: Object.fromEntries(refused) }).toEqual({
      accepted: 2,
      refused: { IGNORED_TYPE: 1, UNKNOWN_COMMUNITY: 1, UNDECODABLE: 1, MESSAGE_OUT_OF_RANGE: 1 },
    })
  })

  it('notices padding that is not zeros, and data that ends too early', () => {
    const index = encodeIndex([entry])
    const dirty = new Uint8Array(data)
    dirty[data.length - 1] = 1
    expect(inspectIndex(index, { ...options, readArchive: () => dirty }).entries[0]?.reason).toBe('BAD_PADDING')
    expect(inspectIndex(index, { ...options, readArchive: () => data.slice(1) }).entries[0]?.reason).toBe('BAD_RANGE')
    expect(inspectIndex(index, { ...options, dataLength: 1 }).entries[0]?.reason).toBe('BAD_RANGE')
    expect(inspectIndex(index).entries[0]).toMatchObject({ id: entry.id, reason: null, archive: null })
  })

  it('says what is encrypted, cut off or empty', () => {
    const index = encodeIndex([entry])
    expect(inspectIndex(encrypted(index))).toMatchObject({ flavour: 'encrypted', reason: 'ENCRYPTED', entries: [] })
    expect(inspectIndex(index.slice(0, -3))).toMatchObject({ flavour: null, reason: 'PROTOBUF' })
    expect(inspectIndex(new Uint8Array(0))).toMatchObject({ flavour: 'empty', reason: null })
    expect(inspectArchive(encrypted(archive))).toMatchObject({ reason: 'ENCRYPTED' })
    expect(inspectArchive(archive.slice(0, -3))).toMatchObject({ reason: 'PROTOBUF' })
    expect(inspectArchive(new Uint8Array(0))).toMatchObject({ reason: 'NO_METADATA' })
  })

  it('knows an index from an archive', () => {
    const kinds = [encodeIndex([entry]), archive, encrypted(archive), utf8('garbage'), new Uint8Array(0)].map(
      detectBlob,
    )
    expect(kinds).toEqual(['index', 'archive', 'encrypted', 'unknown', 'unknown'])
  })
})
