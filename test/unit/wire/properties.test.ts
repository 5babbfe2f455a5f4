/** Every codec gives back what it was given; no decoder throws anything but a WireError, whatever it is fed. */
import { createCipheriv } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ArchiveEntry,
  type ArchiveRecord,
  acceptedEntries,
  asSegment,
  bdecode,
  bencode,
  bytesToHex,
  chainKey,
  checkInfo,
  checkMetainfo,
  communityIdOf,
  concatBytes,
  contactIdOf,
  decodeArchive,
  decodeArchiveLink,
  decodeChat,
  decodeCommunityDescription,
  decodeDelete,
  decodeEdit,
  decodeIndex,
  decodePin,
  decodeReaction,
  decodeRequestToJoin,
  decodeRequestToJoinResponse,
  decodeRequestToLeave,
  decodeThreadMetadata,
  decodeUserKicked,
  detectBlob,
  encodeApplicationMessage,
  encodeArchive,
  encodeArchiveHead,
  encodeArchiveRecord,
  encodeIndex,
  encodePublic,
  encodeSds,
  equalBytes,
  hexToBytes,
  indexEntryId,
  infoDictionary,
  inspectArchive,
  inspectIndex,
  magnetLink,
  metainfo,
  openApplicationMessage,
  openAsymmetric,
  openProtocol,
  openRatchet,
  openSds,
  openSymmetric,
  PIECE_LENGTH,
  paddedSize,
  parseContentTopic,
  parseMagnet,
  reassemble,
  rebuildMagnet,
  sealAsymmetric,
  sealRatchet,
  sealSymmetric,
  segment,
  unwrap,
  verifyArchiveRecord,
  verifyIndex,
  WireError,
} from '../../../src/main/wire/index.ts'
import { encode } from '../../../src/main/wire/protobuf/encode.ts'
import type { ArchiveId, Seconds, Topic4 } from '../../../src/shared/domain.ts'
import { anyValue, damaged, MEMBER, MEMBER_PUBLIC, OWNER, OWNER_PUBLIC, SHAPES } from './support.ts'

const communityId = communityIdOf(OWNER_PUBLIC)
const key = new Uint8Array(32).fill(7)
const nonce = new Uint8Array(12).fill(8)
const bytes = (max: number, min = 0) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((value) => new Uint8Array(value))
const topic4 = bytes(4, 4).map((value) => bytesToHex(value) as Topic4)
const RUNS = { numRuns: 30 }

const metadata = fc
  .tuple(fc.nat(2 ** 31), fc.integer({ min: 1, max: 10 ** 6 }), fc.array(topic4, { minLength: 1, maxLength: 4 }))
  .map(([from, length, topics]) => ({ from: from as Seconds, to: (from + length) as Seconds, topics }))
const archiveRecord: fc.Arbitrary<ArchiveRecord> = fc.record({
  sig: bytes(65),
  timestamp: fc.nat(2 ** 33).map((time) => time as Seconds),
  topic: bytes(5),
  payload: bytes(80),
  padding: bytes(10),
  hash: bytes(32),
  thirdPartyId: fc.string({ maxLength: 10 }),
})
const cid = fc.constantFrom(
  'zDvZRwzm22eSYNdLBuNHVi7jSTR2a4n48yy4Ur9qws4vHV6madiz',
  'zDvZRwzm1gAcqjLjoRt1wW9Mu28PnjxrMMcFMRac5oe8boUk5GJn',
)

describe('what was encoded comes back', () => {
  it('payloads of version 1, symmetric and asymmetric, signed and unsigned', () => {
    fc.assert(
      fc.property(bytes(700), fc.boolean(), (data, signed) => {
        const frame = {
          data,
          padding: (length: number) => new Uint8Array(length).fill(3),
          signer: signed ? MEMBER : undefined,
        }
        const sig = signed ? MEMBER_PUBLIC : new Uint8Array(0)
        const sealed = sealSymmetric({ ...frame, key, nonce })
        expect((sealed.length - 28) % 256).toBe(0)
        expect(openSymmetric(sealed, key)).toMatchObject({ data, sig })
        const iv = new Uint8Array(16).fill(9)
        const sealedTo = sealAsymmetric({ ...frame, recipient: OWNER_PUBLIC, ephemeral: MEMBER, iv })
        expect(openAsymmetric(sealedTo, OWNER)).toMatchObject({ data, sig })
      }),
      RUNS,
    )
  })

  it('signed messages through every layer', () => {
    fc.assert(
      fc.property(bytes(300, 1), fc.nat(100), fc.boolean(), (payload, type, wrapped) => {
        const message = encodeApplicationMessage({ type, payload }, MEMBER)
        const content = { messageId: 'a', channelId: 'b', lamportTimestamp: 1, content: message }
        const inner = wrapped ? encodeSds(content) : message
        const layer = unwrap(encodePublic({ installationId: 'device', message: inner }))
        expect(layer.kind === 'application' && equalBytes(layer.bytes, message)).toBe(true)
        const opened = openApplicationMessage(message)
        expect(opened).toMatchObject({ type, payload })
        expect(contactIdOf(opened.signer)).toBe(contactIdOf(MEMBER_PUBLIC))
      }),
      RUNS,
    )
  })

  it('segments, whichever are lost within the parity', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 101, max: 4000 }),
        fc.nat(),
        fc.array(fc.nat(), { maxLength: 6 }),
        (length, seed, lost) => {
          const payload = Uint8Array.from({ length }, (_, index) => (index * 31 + seed) % 251)
          const messages = segment(payload, 100)
          const count = Math.ceil(length / 100)
          expect(messages).toHaveLength(count + Math.floor(count / 8))
          const gone = new Set(lost.slice(0, Math.floor(count / 8)).map((place) => place % messages.length))
          const left = messages.filter((_, index) => !gone.has(index)).toReversed()
          expect(equalBytes(reassemble(left.map((one) => asSegment(one)).filter((one) => one !== null)), payload)).toBe(
            true,
          )
        },
      ),
      RUNS,
    )
  })

  it('a group’s messages', () => {
    fc.assert(
      fc.property(bytes(100), fc.integer({ min: 1, max: 50 }), fc.maxSafeNat(), (plaintext, seqNo, timestamp) => {
        const groupKey = { key, timestamp }
        const sealed = sealRatchet({
          groupId: hexToBytes(communityId),
          groupKey,
          seqNo,
          nonce,
          plaintext,
          installationId: '',
        })
        const layer = openProtocol(sealed)
        expect(layer.kind === 'ratchet' && openRatchet(layer, (_, at) => chainKey(key, at))).toEqual(plaintext)
      }),
      RUNS,
    )
  })

  it('archives, whole and streamed', () => {
    fc.assert(
      fc.property(metadata, fc.array(archiveRecord, { maxLength: 5 }), (about, records) => {
        const whole = encodeArchive(about, records)
        expect(decodeArchive(whole)).toEqual({ metadata: about, records })
        expect(concatBytes(encodeArchiveHead(about), ...records.map(encodeArchiveRecord))).toEqual(whole)
      }),
      RUNS,
    )
  })

  it('indexes of both flavours', () => {
    const torrent = fc
      .array(fc.tuple(metadata, fc.integer({ min: 1, max: 10 ** 6 })), { maxLength: 6 })
      .map((parts) => {
        let offset = 0
        return parts.map(([about, raw]) => {
          const locator = { kind: 'torrent' as const, offset, ...paddedSize(raw) }
          offset += locator.size
          return identified({ ...about, locator })
        })
      })
    const codex = fc
      .array(fc.tuple(metadata, cid), { minLength: 1, maxLength: 6 })
      .map((parts) =>
        parts.map(([about, text]) => identified({ ...about, locator: { kind: 'codex' as const, cid: text } })),
      )
    fc.assert(
      fc.property(fc.oneof(torrent, codex), (entries) => {
        const kind = entries[0]?.locator.kind ?? 'torrent'
        const index = encodeIndex(entries)
        const back = acceptedEntries(verifyIndex(decodeIndex(index, kind)))
        const byId = new Map(entries.map((entry) => [entry.id, entry]))
        expect(back).toEqual([...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)))
        expect(encodeIndex(back)).toEqual(index)
        expect(inspectIndex(index)).toMatchObject({ flavour: entries.length > 0 ? kind : 'empty', reason: null })
      }),
      RUNS,
    )
  })

  it('torrents and magnet links', () => {
    const hash = bytes(20, 20).map(bytesToHex)
    const text = fc.string({ minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(
        fc.nat(5),
        fc.integer({ min: 1, max: 300_000 }),
        hash,
        fc.array(text, { maxLength: 3 }),
        (full, indexLength, infoHash, trackers) => {
          const dataLength = full * PIECE_LENGTH
          const pieces = new Uint8Array((full + Math.ceil(indexLength / PIECE_LENGTH)) * 20).fill(5)
          const description = { name: communityId, dataLength, indexLength, pieces }
          const info = infoDictionary(description)
          expect(checkInfo(info, communityId)).toEqual(description)
          expect(checkMetainfo(metainfo({ info, trackers, createdBy: 'x', creationDate: 3 }), communityId)).toEqual(
            description,
          )
          const link = magnetLink({ infoHash, name: communityId, trackers, peers: ['1.2.3.4:5'] })
          expect(parseMagnet(link)).toEqual({ infoHash, name: communityId, trackers, peers: ['1.2.3.4:5'] })
        },
      ),
      RUNS,
    )
  })

  it('bencoded values', () => {
    const { tree } = fc.letrec<{ tree: Parameters<typeof bencode>[0] }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.integer(),
        bytes(10),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc
          .dictionary(fc.string({ maxLength: 4 }), tie('tree'), { maxKeys: 3 })
          .map((object) => new Map(Object.entries(object))),
      ),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        expect(bencode(bdecode(bencode(value)))).toEqual(bencode(value))
      }),
      RUNS,
    )
  })
})

describe('no decoder throws anything but a WireError', () => {
  const decoders: readonly (readonly [string, (input: Uint8Array) => unknown])[] = [
    ['openApplicationMessage', openApplicationMessage],
    ['openSymmetric', (input) => openSymmetric(input, key)],
    ['the frame inside', (input) => openSymmetric(sealedRaw(input), key)],
    ['openAsymmetric', (input) => openAsymmetric(input, OWNER)],
    ['openProtocol', openProtocol],
    ['unwrap', unwrap],
    ['openSds', openSds],
    ['reassemble', (input) => reassemble([asSegment(input)].filter((one) => one !== null))],
    ['decodeChat', decodeChat],
    ['decodeEdit', decodeEdit],
    ['decodeDelete', decodeDelete],
    ['decodePin', decodePin],
    ['decodeReaction', decodeReaction],
    ['decodeThreadMetadata', decodeThreadMetadata],
    ['decodeArchiveLink', decodeArchiveLink],
    ['decodeCommunityDescription', decodeCommunityDescription],
    ['decodeRequestToJoin', decodeRequestToJoin],
    ['decodeRequestToJoinResponse', decodeRequestToJoinResponse],
    ['decodeRequestToLeave', decodeRequestToLeave],
    ['decodeUserKicked', decodeUserKicked],
    ['decodeArchive', decodeArchive],
    ['verifyIndex (torrent)', (input) => verifyIndex(decodeIndex(input, 'torrent'), { dataLength: 10 ** 6 })],
    ['verifyIndex (codex)', (input) => verifyIndex(decodeIndex(input, 'codex'))],
    ['inspectIndex', (input) => inspectIndex(input, { readArchive: () => input })],
    ['inspectArchive', (input) => inspectArchive(input)],
    ['detectBlob', detectBlob],
    ['bdecode', bdecode],
    ['checkMetainfo', (input) => checkMetainfo(input, communityId)],
    ['parseMagnet', (input) => parseMagnet(`magnet:?${new TextDecoder().decode(input)}`)],
    ['rebuildMagnet', (input) => rebuildMagnet(new TextDecoder().decode(input), communityId, ANYONE)],
    ['parseContentTopic', (input) => parseContentTopic(new TextDecoder().decode(input))],
  ]
  const message = fc.oneof(...SHAPES.map((shape) => anyValue(shape).map((value) => encode(shape, value))))
  const text = fc
    .constantFrom(
      `magnet:?xt=urn:btih:${'ab'.repeat(20)}&dn=x&tr=udp%3A%2F%2Fa&x.pe=1.2.3.4%3A5`,
      `d4:infod5:filesld6:lengthi0e4:pathl4:dataeeee4:name1:ae`,
      '/waku/1/0x01020304/rfc26',
    )
    .map((value) => new TextEncoder().encode(value))

  it.each(decoders)('%s', (_name, decoder) => {
    fc.assert(
      fc.property(fc.oneof(message, damaged(message), damaged(text), bytes(200)), (input) => {
        try {
          decoder(input)
        } catch (error) {
          if (!(error instanceof WireError)) throw error
        }
      }),
      { numRuns: 60 },
    )
  })

  it('verifyArchiveRecord gives a verdict on any record', () => {
    fc.assert(
      fc.property(archiveRecord, metadata, (record, about) => {
        const inside = { ...record, timestamp: about.from, topic: hexToBytes(about.topics[0] ?? '') }
        expect(verifyArchiveRecord(inside, about).kind).toMatch(/^(application|segment|encrypted|refused)$/)
      }),
      RUNS,
    )
  })
})

const ANYONE = { trackers: true, peerScopes: new Set(['public', 'private', 'loopback'] as const) }

function identified(entry: Omit<ArchiveEntry, 'id'>): ArchiveEntry {
  const id: ArchiveId = indexEntryId(entry)
  return { ...entry, id }
}

/** A payload whose frame is these bytes: what somebody with the key can send. */
function sealedRaw(frame: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  return concatBytes(cipher.update(frame), cipher.final(), cipher.getAuthTag(), nonce)
}
