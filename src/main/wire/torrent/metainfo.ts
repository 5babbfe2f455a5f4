/** The torrent of a community's archives: two files, `data` and `index`. PROTOCOL.md §4.6, RULES.md R3.4. */
import { createHash } from 'node:crypto'
import type { CommunityId } from '../../../shared/domain.ts'
import { MAX_INDEX_BYTES } from '../archive/index-file.ts'
import { PIECE_LENGTH } from '../archive/layout.ts'
import { concatBytes } from '../bytes.ts'
import { WireError } from '../errors.ts'
import { type Bdecoded, bdecode, bencode } from './bencode.ts'

export const PIECE_HASH_LENGTH = 20
/** Longest `data`: 256 GiB, some 8,000 full archives. */
export const MAX_DATA_BYTES = 2 ** 38
const MAX_METAINFO_BYTES = (MAX_DATA_BYTES / PIECE_LENGTH) * PIECE_HASH_LENGTH + 2 ** 20

export interface TorrentInfo {
  readonly name: CommunityId
  /** Bytes of `data`, a multiple of the piece length. */
  readonly dataLength: number
  readonly indexLength: number
  /** SHA-1 of each piece of data ‖ index, 20 bytes each, one after the other. */
  readonly pieces: Uint8Array
}

/** The info dictionary, byte for byte the reference's. */
export function infoDictionary(info: TorrentInfo): Uint8Array {
  const file = (name: string, length: number) =>
    new Map<string, number | string[]>([
      ['length', length],
      ['path', [name]],
    ])
  return bencode(
    new Map<string, Parameters<typeof bencode>[0]>([
      ['files', [file('data', info.dataLength), file('index', info.indexLength)]],
      ['name', info.name],
      ['piece length', PIECE_LENGTH],
      ['pieces', info.pieces],
    ]),
  )
}

/** SHA-1 of the info dictionary, 40 hex digits. */
export function infoHash(info: Uint8Array): string {
  return createHash('sha1').update(info).digest('hex')
}

/** SHA-1 of one piece, 20 bytes. */
export function pieceHash(piece: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha1').update(piece).digest())
}

/**
 * A .torrent file. Each tracker is a tier of its own. `createdBy` and `creationDate` (unix seconds) are left out unless
 * given: the reference writes the owner's public key into the former.
 */
export function metainfo(input: {
  readonly info: Uint8Array
  readonly trackers?: readonly string[]
  readonly createdBy?: string
  readonly creationDate?: number
}): Uint8Array {
  const entries: [string, Uint8Array][] = []
  const { trackers = [], createdBy, creationDate } = input
  if (trackers.length > 0) entries.push(['announce-list', bencode(trackers.map((tracker) => [tracker]))])
  if (createdBy !== undefined) entries.push(['created by', bencode(createdBy)])
  if (creationDate !== undefined) entries.push(['creation date', bencode(creationDate)])
  entries.push(['info', input.info])
  // The info dictionary goes in as it is, so that its hash stays what it was.
  const parts = entries.flatMap(([key, value]) => [bencode(key), value])
  return concatBytes(Uint8Array.of(0x64), ...parts, Uint8Array.of(0x65))
}

/**
 * An info dictionary as it came from a peer, before any piece is asked for: name = community, exactly `data` and
 * `index` in that order, piece length 102,400, bounded sizes, as many piece hashes as there are pieces, and nothing
 * else. RULES.md R3.4. @throws {WireError} BAD_METAINFO
 */
export function checkInfo(bytes: Uint8Array, communityId: CommunityId): TorrentInfo {
  if (bytes.length > MAX_METAINFO_BYTES) throw bad('it is too long')
  return checkInfoDictionary(bdecode(bytes), communityId)
}

/** The same for a whole .torrent file. Its trackers are not read. @throws {WireError} BAD_METAINFO */
export function checkMetainfo(bytes: Uint8Array, communityId: CommunityId): TorrentInfo {
  if (bytes.length > MAX_METAINFO_BYTES) throw bad('it is too long')
  const root = bdecode(bytes)
  const info = root instanceof Map ? root.get('info') : undefined
  if (info === undefined) throw bad('it has no info dictionary')
  return checkInfoDictionary(info, communityId)
}

function checkInfoDictionary(info: Bdecoded, communityId: CommunityId): TorrentInfo {
  if (!(info instanceof Map)) throw bad('it is no dictionary')
  const expected = ['files', 'name', 'piece length', 'pieces']
  if ([...info.keys()].join() !== expected.join()) throw bad(`it has not exactly the keys ${expected.join(', ')}`)
  if (text(info.get('name')) !== communityId) throw bad('its name is not the community')
  if (info.get('piece length') !== PIECE_LENGTH) throw bad(`its pieces are not ${PIECE_LENGTH} bytes long`)
  const files = info.get('files')
  if (!Array.isArray(files) || files.length !== 2) throw bad('it has not exactly two files')
  const dataLength = fileLength(files[0], 'data')
  const indexLength = fileLength(files[1], 'index')
  if (dataLength > MAX_DATA_BYTES || dataLength % PIECE_LENGTH !== 0) throw bad('its data has an impossible length')
  if (indexLength === 0 || indexLength > MAX_INDEX_BYTES) throw bad('its index has an impossible length')
  const pieces = info.get('pieces')
  const count = Math.ceil((dataLength + indexLength) / PIECE_LENGTH)
  if (!(pieces instanceof Uint8Array) || pieces.length !== count * PIECE_HASH_LENGTH) {
    throw bad('it has not one hash for each piece')
  }
  return { name: communityId, dataLength, indexLength, pieces }
}

function fileLength(file: Bdecoded | undefined, name: string): number {
  if (!(file instanceof Map) || [...file.keys()].join() !== 'length,path') throw bad(`it does not say where ${name} is`)
  const path = file.get('path')
  const length = file.get('length')
  if (!Array.isArray(path) || path.length !== 1 || text(path[0]) !== name) throw bad(`a file is not called ${name}`)
  if (typeof length !== 'number' || length < 0) throw bad(`${name} has no length`)
  return length
}

function text(value: Bdecoded | undefined): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : ''
}

function bad(message: string): WireError {
  return new WireError('BAD_METAINFO', `this is not the torrent of a community's archives: ${message}`)
}
