/**
 * Node records (31/WAKU2-ENR on EIP-778): a signed note of who a node is, where it listens and which shards it serves.
 * `@waku/enr` reads and signs them; it does not export the encoder, so the RLP around them is written here.
 */
import type { Secp256k1PrivateKey } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { EnrCreator, EnrDecoder, encodeWaku2 } from '@waku/enr'
import { encodeRelayShard } from '@waku/utils'

/** EIP-778. */
const maxRecordBytes = 300

export interface RecordFields {
  readonly clusterId: number
  readonly shards: readonly number[]
  /** Multiaddrs with or without /p2p; as many as fit are named. */
  readonly addresses: readonly string[]
  /** Grows with every change. */
  readonly sequence: number
}

/** The bytes of a signed record, at most 300. */
export async function encodeRecord(key: Secp256k1PrivateKey, fields: RecordFields): Promise<Uint8Array> {
  const enr = EnrCreator.fromPublicKey(key.publicKey.raw, {
    rs: encodeRelayShard({ clusterId: fields.clusterId, shards: [...fields.shards] }),
    waku2: new Uint8Array([encodeWaku2({ relay: true, store: true, filter: true, lightPush: true })]),
  })
  const places = fields.addresses.map((address) => multiaddr(address.replace(/\/p2p\/[^/]+$/, '')))
  for (let count = places.length; ; count--) {
    enr.multiaddrs = count === 0 ? undefined : places.slice(0, count)
    const content = [integer(fields.sequence)]
    for (const name of [...enr.keys()].sort()) content.push(Buffer.from(name), enr.get(name) ?? new Uint8Array())
    const signature = await enr.sign(rlpList(content), key.raw)
    const bytes = rlpList([signature ?? new Uint8Array(), ...content])
    if (bytes.length <= maxRecordBytes || count === 0) return bytes
  }
}

export interface ReadRecord {
  readonly peer: string
  readonly clusterId: number
  readonly shards: readonly number[]
  readonly addresses: readonly string[]
}

/** What a record says, if its signature is right; null otherwise. */
export async function readRecord(bytes: Uint8Array): Promise<ReadRecord | null> {
  try {
    const enr = await EnrDecoder.fromRLP(bytes)
    const { peerId, shardInfo } = enr
    if (peerId === undefined || shardInfo === undefined || !('shards' in shardInfo)) return null
    return {
      peer: peerId.toString(),
      clusterId: shardInfo.clusterId,
      shards: shardInfo.shards,
      addresses: enr.getFullMultiaddrs().map(String),
    }
  } catch {
    return null
  }
}

/** Big-endian without leading zeros, as RLP has integers. */
function integer(value: number): Uint8Array {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}

/** RLP of a list of byte strings (Ethereum yellow paper, appendix B). */
function rlpList(items: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(items.map(rlpString))
  return Buffer.concat([rlpLength(body.length, 0xc0), body])
}

function rlpString(bytes: Uint8Array): Uint8Array {
  const [first] = bytes
  return bytes.length === 1 && first !== undefined && first < 0x80
    ? bytes
    : Buffer.concat([rlpLength(bytes.length, 0x80), bytes])
}

function rlpLength(length: number, offset: number): Uint8Array {
  if (length < 56) return new Uint8Array([offset + length])
  const size = integer(length)
  return Buffer.concat([new Uint8Array([offset + 55 + size.length]), size])
}
