/** What is taken from a stranger's link, and what is not. RULES.md R3.2, R3.4. */
import { describe, expect, it } from 'vitest'
import { base58Decode, base58Encode } from '../../../src/main/wire/base58.ts'
import {
  allowedPeers,
  bencode,
  checkInfo,
  classifyLink,
  communityIdOf,
  concatBytes,
  decodeArchiveLink,
  encodeArchiveLink,
  infoDictionary,
  isManifestCid,
  magnetLink,
  PIECE_LENGTH,
  parseMagnet,
  parseManifestCid,
  parsePeerAddress,
  rebuildMagnet,
  scopeOfAddress,
  utf8,
} from '../../../src/main/wire/index.ts'
import { OWNER_PUBLIC, reasonOf } from './support.ts'

const communityId = communityIdOf(OWNER_PUBLIC)
const infoHash = 'ab'.repeat(20)
const cid = 'zDvZRwzm22eSYNdLBuNHVi7jSTR2a4n48yy4Ur9qws4vHV6madiz'
const PUBLIC = new Set(['public'] as const)
const LOCAL = new Set(['public', 'private', 'loopback'] as const)

describe('R3.4 a magnet link is rebuilt', () => {
  const hostile = `magnet:?xt=urn:btih:${infoHash}&dn=other&tr=udp%3A%2F%2Ft.example%3A1&tr=javascript%3Ax&xs=http%3A%2F%2Fx.example&as=http%3A%2F%2Fx.example&ws=http%3A%2F%2Fx.example&x.pe=8.8.8.8%3A1&x.pe=127.0.0.1%3A2&x.pe=10.0.0.1%3A3&x.pe=host.example%3A4&so=0&kt=a`

  it('with nothing but its info-hash, the community’s name and public peers', () => {
    expect(rebuildMagnet(hostile, communityId, { trackers: false, peerScopes: PUBLIC })).toEqual({
      infoHash,
      name: communityId,
      trackers: [],
      peers: ['8.8.8.8:1'],
      link: `magnet:?xt=urn:btih:${infoHash}&dn=${communityId}&x.pe=8.8.8.8:1`,
    })
  })

  it('with trackers and local peers only where settings allow', () => {
    const { link, trackers, peers } = rebuildMagnet(hostile, communityId, { trackers: true, peerScopes: LOCAL })
    expect({ trackers, peers }).toEqual({
      trackers: ['udp://t.example:1'],
      peers: ['8.8.8.8:1', '127.0.0.1:2', '10.0.0.1:3'],
    })
    expect(link).not.toMatch(/xs=|as=|ws=|so=|kt=|host\.example/)
  })

  it('takes peers of an announcement in both forms, and of a link only those that fit into one', () => {
    const codex = '/ip4/8.8.8.8/tcp/9/p2p/16Uiu2HAm'
    const foreign = ['/dns4/host.example/tcp/1/p2p/x', '/ip4/127.0.0.1/tcp/1/p2p/x', '/ip4/8.8.8.8/udp/1/quic']
    expect(allowedPeers([codex, '8.8.4.4:1', ...foreign], PUBLIC)).toEqual([codex, '8.8.4.4:1'])
    const link = `magnet:?xt=urn:btih:${infoHash}&x.pe=${encodeURIComponent(`${codex}&xs=http://host.example`)}`
    expect(rebuildMagnet(link, communityId, { trackers: false, peerScopes: PUBLIC }).peers).toEqual([])
  })

  it('with at most sixteen peers, each once', () => {
    const many = Array.from({ length: 40 }, (_, index) => `8.8.8.${index >> 1}:1`)
    expect(allowedPeers(many, PUBLIC)).toEqual(Array.from({ length: 16 }, (_, index) => `8.8.8.${index}:1`))
  })
})

describe('a magnet link', () => {
  it('is read with upper-case and base-32 hashes and numbered parts', () => {
    expect(parseMagnet(`magnet:?xt=urn:btih:${infoHash.toUpperCase()}`).infoHash).toBe(infoHash)
    expect(parseMagnet(`magnet:?dn=a+b%20c&xt.1=urn:btih:${infoHash}&tr.2=x`)).toMatchObject({
      name: 'a b c',
      trackers: ['x'],
    })
  })

  it.each([
    ['no torrent', 'magnet:?dn=x'],
    ['two torrents', `magnet:?xt=urn:btih:${infoHash}&xt=urn:btih:${'cd'.repeat(20)}`],
    ['a short hash', 'magnet:?xt=urn:btih:abcdef'],
    ['another scheme', `https://x/?xt=urn:btih:${infoHash}`],
    ['a part that cannot be decoded', `magnet:?xt=urn:btih:${infoHash}&dn=%zz`],
    ['too many parts', `magnet:?xt=urn:btih:${infoHash}${'&a=b'.repeat(200)}`],
    ['too many characters', `magnet:?xt=urn:btih:${infoHash}&dn=${'x'.repeat(9000)}`],
  ])('is refused with %s', (_name, link) => {
    expect(reasonOf(() => parseMagnet(link))).toBe('BAD_MAGNET')
  })

  it('is built as the reference builds it', () => {
    expect(magnetLink({ infoHash, name: "a b(c)*'!", trackers: ['udp://t:1/announce'] })).toBe(
      `magnet:?xt=urn:btih:${infoHash}&dn=a+b%28c%29%2A%27%21&tr=udp%3A%2F%2Ft%3A1%2Fannounce`,
    )
  })
})

describe('peer addresses', () => {
  it.each([
    ['1.1.1.1', 'public'],
    ['8.8.8.8', 'public'],
    ['172.15.0.1', 'public'],
    ['172.32.0.1', 'public'],
    ['100.63.0.1', 'public'],
    ['2606:4700::1', 'public'],
    ['2a00::1', 'public'],
    ['2002:808:808::1', 'public'],
    ['64:ff9b::808:808', 'public'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['169.254.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fc00::1', 'private'],
    ['fdff::1', 'private'],
    ['fe80::1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['::ffff:a00:1', 'private'],
    ['64:ff9b::a00:1', 'private'],
    ['2002:a00:1::', 'private'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.255', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['2002:7f00:1::', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['0.0.0.0', 'special'],
    ['0.1.2.3', 'special'],
    ['224.0.0.1', 'special'],
    ['255.255.255.255', 'special'],
    ['192.0.2.1', 'special'],
    ['198.51.100.1', 'special'],
    ['203.0.113.1', 'special'],
    ['198.18.0.1', 'special'],
    ['::', 'special'],
    ['ff02::1', 'special'],
    ['2001:db8::1', 'special'],
    ['2001::1', 'special'],
    ['4000::1', 'special'],
    ['1.2.3', null],
    ['1.2.3.256', null],
    ['01.2.3.4', null],
    ['1.2.3.4.5', null],
    ['0x7f.0.0.1', null],
    ['localhost', null],
    ['::1::', null],
    ['1:2:3:4:5:6:7', null],
    ['1:2:3:4:5:6:7:8:9', null],
    ['12345::', null],
    ['::1.2.3', null],
    ['', null],
  ] as const)('%s is %s', (host, scope) => {
    expect(scopeOfAddress(host)).toBe(scope)
  })

  it.each([
    '8.8.8.8',
    '8.8.8.8:0',
    '8.8.8.8:65536',
    '2606::1:6881',
    '[8.8.8.8]x:1',
    'host.example:1',
    '2130706433:1',
    '8.8.8.8:1 ',
    '',
  ])('“%s” is no peer', (text) => {
    expect(parsePeerAddress(text)).toBeNull()
  })

  it('are read with their ports', () => {
    expect(parsePeerAddress('8.8.8.8:6881')).toEqual({ host: '8.8.8.8', port: 6881, scope: 'public' })
    expect(parsePeerAddress('[2606:4700::1]:1')).toEqual({ host: '2606:4700::1', port: 1, scope: 'public' })
  })
})

describe('R3.4 the description of a torrent is checked before any piece', () => {
  const honest = { name: communityId, dataLength: PIECE_LENGTH, indexLength: 5, pieces: new Uint8Array(40) }
  const file = (path: string[], length: number) =>
    new Map<string, Parameters<typeof bencode>[0]>([
      ['length', length],
      ['path', path],
    ])
  const info = (changes: Record<string, Parameters<typeof bencode>[0] | undefined>) => {
    const entries: [string, Parameters<typeof bencode>[0] | undefined][] = Object.entries({
      files: [file(['data'], PIECE_LENGTH), file(['index'], 5)],
      name: communityId,
      'piece length': PIECE_LENGTH,
      pieces: new Uint8Array(40),
      ...changes,
    })
    return bencode(new Map(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))))
  }

  it('an honest one is accepted', () => {
    expect(info({})).toEqual(infoDictionary(honest))
    expect(checkInfo(info({}), communityId)).toEqual(honest)
  })

  it.each([
    ['another name', info({ name: '../../x' })],
    ['another piece length', info({ 'piece length': 2 ** 18 })],
    ['the files the other way round', info({ files: [file(['index'], 5), file(['data'], PIECE_LENGTH)] })],
    ['one file', info({ files: [file(['data'], PIECE_LENGTH)] })],
    ['a third file', info({ files: [file(['data'], PIECE_LENGTH), file(['index'], 5), file(['x'], 0)] })],
    ['a file in a folder', info({ files: [file(['..', 'data'], PIECE_LENGTH), file(['index'], 5)] })],
    ['data that is not whole pieces', info({ files: [file(['data'], PIECE_LENGTH - 1), file(['index'], 5)] })],
    ['an empty index', info({ files: [file(['data'], PIECE_LENGTH), file(['index'], 0)], pieces: new Uint8Array(20) })],
    ['a huge index', info({ files: [file(['data'], PIECE_LENGTH), file(['index'], 2 ** 40)] })],
    ['huge data', info({ files: [file(['data'], PIECE_LENGTH * 10 ** 10), file(['index'], 5)] })],
    ['a negative length', info({ files: [file(['data'], -PIECE_LENGTH), file(['index'], 5)] })],
    ['too few piece hashes', info({ pieces: new Uint8Array(20) })],
    ['half a piece hash', info({ pieces: new Uint8Array(41) })],
    ['no pieces', info({ pieces: undefined })],
    ['a single file', info({ files: undefined, length: 5 })],
    ['something more', info({ private: 1 })],
    ['something behind it', concatBytes(info({}), utf8('x'))],
    ['keys out of order', utf8('d4:name1:a5:files1:be')],
    ['a key twice', utf8('d4:name1:a4:name1:ae')],
    ['a number with a leading zero', utf8('i03e')],
    ['negative zero', utf8('i-0e')],
    ['no number', utf8('ie')],
    ['a text that is cut off', utf8('9:abc')],
    ['lists without end', utf8('l'.repeat(1000))],
    ['nothing', new Uint8Array(0)],
  ])('%s is refused', (_name, bytes) => {
    expect(reasonOf(() => checkInfo(bytes, communityId))).toBe('BAD_METAINFO')
  })
})

describe('R3.4 a CID', () => {
  const prefix = Uint8Array.of(1, 0x81, 0x9a, 3, 0x12, 0x20)
  const text = (bytes: Uint8Array) => `z${base58Encode(bytes)}`

  it('is version 1, of a manifest, sha2-256', () => {
    const digest = new Uint8Array(32).fill(9)
    expect(parseManifestCid(text(concatBytes(prefix, digest)))).toEqual(digest)
    expect(isManifestCid(cid)).toBe(true)
  })

  it.each([
    ['version 0', [0, 0x81, 0x9a, 3, 0x12, 0x20]],
    ['a block', [1, 0x82, 0x9a, 3, 0x12, 0x20]],
    ['another hash', [1, 0x81, 0x9a, 3, 0x13, 0x20]],
    ['another length', [1, 0x81, 0x9a, 3, 0x12, 0x1f]],
  ])('%s is refused', (_name, head) => {
    expect(isManifestCid(text(concatBytes(Uint8Array.from(head), new Uint8Array(32))))).toBe(false)
  })

  it.each(['', 'z', 'z0', `${cid}x`, `Q${cid.slice(1)}`, `z${'1'.repeat(10_000)}`])('%s is refused', (one) => {
    expect(reasonOf(() => parseManifestCid(one))).toBe('BAD_CID')
  })

  it('base 58 keeps leading zeros', () => {
    const bytes = Uint8Array.of(0, 0, 1, 255)
    expect(base58Decode(base58Encode(bytes))).toEqual(bytes)
    expect(base58Encode(new Uint8Array(2))).toBe('11')
  })
})

describe('R3.2 an announcement', () => {
  const magnet = magnetLink({ infoHash, name: communityId })

  it('carries the other link, peers and the device in fields that others skip', () => {
    const deviceId = new Uint8Array(16).fill(3)
    const bytes = encodeArchiveLink({ clock: 7, archiveLink: magnet, otherLink: cid, peers: ['1.2.3.4:5'], deviceId })
    expect(decodeArchiveLink(bytes)).toEqual({
      clock: 7,
      link: magnet,
      engine: 'torrent',
      otherLink: cid,
      peers: ['1.2.3.4:5'],
      deviceId,
      successor: null,
    })
    expect(bytes.subarray(0, 2)).toEqual(Uint8Array.of(0x08, 7))
  })

  it('without them is that of generations M to N2', () => {
    const bytes = encodeArchiveLink({ clock: 7, archiveLink: cid })
    expect(bytes).toEqual(concatBytes(Uint8Array.of(8, 7, 0x12, cid.length), utf8(cid)))
    expect(decodeArchiveLink(bytes)).toMatchObject({ engine: 'codex', otherLink: null, peers: [], deviceId: null })
  })

  it('loses what is senseless in them, and keeps the link', () => {
    const peers = ['', 'x'.repeat(300), ...Array.from({ length: 20 }, (_, index) => `1.1.1.${index}:1`)]
    const message = decodeArchiveLink(
      encodeArchiveLink({ clock: 7, archiveLink: cid, otherLink: cid, peers, deviceId: Uint8Array.of(1) }),
    )
    expect(message).toMatchObject({ link: cid, otherLink: null, deviceId: null })
    expect(message.peers).toEqual(peers.slice(2, 18))
  })

  it('without a clock is refused', () => {
    expect(reasonOf(() => decodeArchiveLink(encodeArchiveLink({ archiveLink: cid })))).toBe('VALIDATION')
  })

  it('is classified by its form', () => {
    expect([magnet, cid, '', 'https://x', 'zA', `magnet:?${'x'.repeat(9000)}`].map(classifyLink)).toEqual([
      'torrent',
      'codex',
      null,
      null,
      null,
      null,
    ])
  })
})
