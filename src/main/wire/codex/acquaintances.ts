/**
 * What nodes of ours tell each other on `/chronicle/codex-peers/1.0.0`: who else has, or fetches, the same. Others do
 * not know this protocol, and lose nothing by it. A stream for each question; either side says one message, u16 length
 * (little-endian) ‖ protobuf:
 *
 * Question { 1 port at which the asker can be dialled, 0 if not at all, 2* CID of a manifest of a community }
 * Answer { 1* multiaddr as text, with its peer id }
 *
 * A node that serves one of the manifests knows by it which community is meant, and nobody else learns anything.
 */
import { concatBytes, joinBytes } from '../bytes.ts'
import { WireError } from '../errors.ts'
import { orWireError } from '../protobuf/reader.ts'
import { decodeCodexCid, manifestCidBytes, manifestCidText } from './cids.ts'
import { asBytes, asNumber, bytesField, fields, numberField } from './fields.ts'

export const ACQUAINTANCE_PROTOCOL = '/chronicle/codex-peers/1.0.0'

/** bytes */
export const MAX_ACQUAINTANCE_BYTES = 4096
/** Manifests that one question names, and addresses that one answer gives. */
export const MAX_ASKED_MANIFESTS = 8
export const MAX_TOLD_ADDRESSES = 16
/** bytes: an IPv6 address with port and peer id has about 110. */
const MAX_ADDRESS_BYTES = 160

export interface AcquaintanceQuestion {
  /** TCP; 0 if the asker cannot be dialled. At which address, the one who is asked sees for itself. */
  readonly port: number
  readonly manifests: readonly string[]
}

/** A whole message. */
export function encodeAcquaintanceQuestion({ port, manifests }: AcquaintanceQuestion): Uint8Array {
  const named = manifests.slice(-MAX_ASKED_MANIFESTS).map((cid) => bytesField(2, manifestCidBytes(cid)))
  return withLength(concatBytes(numberField(1, port), ...named))
}

/** A whole message. */
export function encodeAcquaintanceAnswer(addresses: readonly string[]): Uint8Array {
  const text = new TextEncoder()
  const fields = addresses.map((address) => text.encode(address)).filter(({ length }) => length <= MAX_ADDRESS_BYTES)
  return withLength(joinBytes(fields.slice(0, MAX_TOLD_ADDRESSES).map((bytes) => bytesField(1, bytes))))
}

/** @param body without its length. @throws {WireError} PROTOBUF, TOO_LARGE, BAD_CID */
export function decodeAcquaintanceQuestion(body: Uint8Array): AcquaintanceQuestion {
  let port = 0
  const manifests: string[] = []
  orWireError(() => {
    for (const { id, value } of fields(body)) {
      if (id === 1) port = asNumber(value)
      else if (id === 2)
        push(manifests, manifestCidText(decodeCodexCid('manifest', asBytes(value))), MAX_ASKED_MANIFESTS)
    }
  })
  return { port: port <= 65_535 ? port : 0, manifests }
}

/** Nothing of it is checked but its size. @param body without its length. @throws {WireError} PROTOBUF, TOO_LARGE */
export function decodeAcquaintanceAnswer(body: Uint8Array): string[] {
  const addresses: string[] = []
  const text = new TextDecoder()
  orWireError(() => {
    for (const { id, value } of fields(body)) {
      if (id !== 1) continue
      const bytes = asBytes(value)
      if (bytes.length > MAX_ADDRESS_BYTES) throw new WireError('TOO_LARGE', `an address of ${bytes.length} bytes`)
      push(addresses, text.decode(bytes), MAX_TOLD_ADDRESSES)
    }
  })
  return addresses
}

function push<T>(list: T[], value: T, most: number): void {
  if (list.length >= most) throw new WireError('TOO_LARGE', `more than ${most} in one message`)
  list.push(value)
}

function withLength(body: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(body.length & 0xff, body.length >> 8), body)
}
