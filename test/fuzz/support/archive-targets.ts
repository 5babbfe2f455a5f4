/** Histories: archives, indexes, the torrent's description, and the links that lead to them. */

import {
  WakuMessageArchive,
  WakuMessageArchiveIndex,
  WakuMessageArchiveMetadata,
} from '../../../src/main/wire/generated/schema.ts'
import * as wire from '../../../src/main/wire/index.ts'
import type { EngineKind } from '../../../src/shared/domain.ts'
import { OWNER_PUBLIC } from '../../unit/wire/support.ts'
import { decoding, roundTrip, type Target, textOf, utf8s } from './target.ts'
import { bytesCalled, samples, vectors } from './vectors.ts'

const ours = wire.communityIdOf(OWNER_PUBLIC)
const theirs = wire.parseChatId(vectors.chatIds.channels[0]?.chatId ?? '').communityId
const anyone = { trackers: true, peerScopes: new Set(['public', 'private', 'loopback'] as const) }
const archives = () => [...bytesCalled('archive', [vectors.archives, vectors.negative]), ...samples(WakuMessageArchive)]
const links = (): Uint8Array[] => [
  ...utf8s(...vectors.magnetParse.map((one) => one.in), ...vectors.announcements.map((one) => one.link)),
  ...utf8s(`magnet:?xt=urn:btih:${'ab'.repeat(20)}&dn=x&tr=udp%3A%2F%2Fa&tr=http://b c&x.pe=1.2.3.4%3A5&x.pe=[::1]:7`),
]

function index(kind: EngineKind): Target {
  return {
    name: `index (${kind})`,
    seeds: () => [...bytesCalled('index', vectors), ...samples(WakuMessageArchiveIndex)],
    run: roundTrip(
      (input) => wire.acceptedEntries(wire.verifyIndex(wire.decodeIndex(input, kind), { dataLength: 10 ** 12 })),
      wire.encodeIndex,
    ),
  }
}

export const archiveTargets: readonly Target[] = [
  {
    name: 'archive',
    seeds: archives,
    run: roundTrip(wire.decodeArchive, ({ metadata, records }) =>
      metadata === null ? new Uint8Array() : wire.encodeArchive(metadata, records),
    ),
  },
  {
    name: 'archive, its records verified',
    slow: true,
    seeds: archives,
    run: (input) => wire.inspectArchive(input, null, theirs).reason ?? undefined,
  },
  {
    name: 'head of an archive',
    seeds: () => [...bytesCalled('metadata', vectors.archives), ...samples(WakuMessageArchiveMetadata)],
    run: decoding(wire.readArchiveMetadata),
  },
  index('torrent'),
  index('codex'),
  {
    name: 'index, looked through with its archives',
    slow: true,
    seeds: () => bytesCalled('index', vectors),
    run: (input) =>
      wire.inspectIndex(input, { readArchive: () => input.slice(), communityId: theirs }).reason ??
      wire.detectBlob(input),
  },
  {
    name: 'bencoded value',
    seeds: () => [...torrents(), ...utf8s('d1:ad1:bli1ei-2eee1:c2:xye', 'llllllllleeeeeeeee', 'i-0e', '4:spam')],
    run: roundTrip(wire.bdecode, (value) => wire.bencode(value)),
  },
  {
    name: 'torrent metainfo',
    seeds: torrents,
    run: roundTrip(
      (input) => wire.checkMetainfo(input, ours),
      (info) => wire.metainfo({ info: wire.infoDictionary(info) }),
    ),
  },
  {
    name: 'info dictionary from a peer',
    seeds: () => [smallInfo(1, 5), smallInfo(3, 102_401)],
    run: roundTrip((input) => wire.checkInfo(input, ours), wire.infoDictionary),
  },
  {
    name: 'magnet link',
    seeds: links,
    run: (input) => {
      const link = textOf(input)
      wire.parseMagnet(link)
      return roundTrip(
        (bytes) => wire.rebuildMagnet(textOf(bytes), ours, anyone),
        (rebuilt) => Buffer.from(rebuilt.link),
      )(input) as undefined
    },
  },
  {
    name: 'content topic',
    seeds: () => utf8s('/waku/1/0x01020304/rfc26', ...vectors.contentTopicParse.map((one) => one.in)),
    run: roundTrip(
      (input) => wire.parseContentTopic(textOf(input)),
      ({ topic4 }) => Buffer.from(wire.contentTopicOfTopic4(topic4)),
    ),
  },
  {
    name: 'address of a peer',
    seeds: () => utf8s('1.2.3.4:5', '[2001:db8::1]:6881', '/ip4/127.0.0.1/tcp/70', '/ip6/::ffff:1.2.3.4/tcp/9'),
    run: (input) => {
      const text = textOf(input)
      wire.allowedPeers([text, `${text}1`], anyone.peerScopes)
      return wire.parsePeerAddress(text) === null && wire.scopeOfHint(text) === null ? 'no address' : undefined
    },
  },
]

function torrents(): Uint8Array[] {
  const info = smallInfo(2, 777)
  const plain = [
    wire.metainfo({ info }),
    wire.metainfo({ info, trackers: ['udp://a', 'b'], createdBy: 'x', creationDate: 3 }),
  ]
  return [...plain, ...bytesCalled('torrentHex', vectors.archives)]
}

function smallInfo(full: number, indexLength: number): Uint8Array {
  const dataLength = full * wire.PIECE_LENGTH
  const pieces = new Uint8Array((full + Math.ceil(indexLength / wire.PIECE_LENGTH)) * 20).fill(5)
  return wire.infoDictionary({ name: ours, dataLength, indexLength, pieces })
}
