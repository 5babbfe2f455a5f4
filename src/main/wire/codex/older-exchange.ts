/**
 * What older nodes say to each other (CODEX.md §5), until they changed to `/storage/blockexc/1.0.0`: protobuf messages,
 * each behind its length as a varint, on `/codex/blockexc/1.0.0`. Manifests go the same way, as blocks of no tree.
 *
 * Message { 1 WantList { 1* Entry { 1 Address, 2 priority, 3 cancel, 4 type, 5 sendDontHave }, 2 full },
 * 3* Delivery { 1 CID, 2 data, 3 Address, 4 Proof }, 4* Presence { 1 Address, 2 type, 3 price }, 5 pendingBytes }
 *
 * Address { 1 leaf, 2 tree CID, 3 index, 4 CID }; Proof { 1 hash codec, 2 index, 3 leaves, 4* { 1 node } }
 */
import { concatBytes, joinBytes, plain } from '../bytes.ts'
import { WireError } from '../errors.ts'
import { malformed, orWireError } from '../protobuf/reader.ts'
import { DIGEST_BYTES, decodeCodexCid, encodeCodexCid, manifestCidBytes, manifestCidText, SHA2_256 } from './cids.ts'
import { asBytes, asNumber, bytesField, fields, numberField, type Value, varint } from './fields.ts'

export const OLDER_EXCHANGE_PROTOCOL = '/codex/blockexc/1.0.0'

/** bytes of one message: twenty of the largest blocks with their proofs, which is as much as nodes send at once. */
export const MAX_OLDER_MESSAGE = 12 * 1024 * 1024
/** Wants and presences in one message; nodes ask for all blocks of a dataset at once. */
const MAX_ENTRIES = 16_384
const MAX_DELIVERIES = 1024
/** No tree of `MAX_LEAVES` is as high. */
const MAX_PATH = 64

export interface BlockAddress {
  readonly kind: 'block'
  readonly root: Uint8Array
  readonly index: number
}
/** A manifest by the text of its CID. */
export interface ManifestAddress {
  readonly kind: 'manifest'
  readonly cid: string
}
export type OlderAddress = BlockAddress | ManifestAddress

export interface OlderWant {
  readonly address: OlderAddress
  /** Whether the block itself is wanted, or to know if it is there. */
  readonly wants: 'block' | 'presence'
  readonly cancel: boolean
  readonly sendDontHave: boolean
}

export interface OlderPresence {
  readonly address: OlderAddress
  readonly has: boolean
}

export interface OlderProof {
  readonly index: number
  readonly leaves: number
  /** From the bottom up, 32 bytes each. */
  readonly path: readonly Uint8Array[]
}

/** Nothing of it is verified. A block of a tree has a digest, from its CID, and a proof; a manifest has neither. */
export interface OlderDelivery {
  readonly address: OlderAddress
  readonly data: Uint8Array
  readonly digest: Uint8Array
  readonly proof: OlderProof | null
}

export interface OlderMessage {
  readonly wants: readonly OlderWant[]
  readonly deliveries: readonly OlderDelivery[]
  readonly presences: readonly OlderPresence[]
}

const wantTypes = ['block', 'presence'] as const
/** Nobody pays; but a price of no bytes is none, and then the presence counts for nothing. */
const noPrice = new Uint8Array(32)

/** A message behind its length, in parts so that blocks are not copied. */
export function encodeOlderMessage({ wants, deliveries, presences }: OlderMessage): Uint8Array[] {
  const entries = wants.map(({ address, wants: type, cancel, sendDontHave }) =>
    bytesField(
      1,
      concatBytes(
        addressField(1, address),
        numberField(2, 0),
        numberField(3, cancel ? 1 : 0),
        numberField(4, wantTypes.indexOf(type)),
        numberField(5, sendDontHave ? 1 : 0),
      ),
    ),
  )
  const parts = [bytesField(1, joinBytes([...entries, numberField(2, 0)]))]
  for (const delivery of deliveries) parts.push(...deliveryField(delivery))
  for (const { address, has } of presences)
    parts.push(
      bytesField(4, concatBytes(addressField(1, address), numberField(2, has ? 0 : 1), bytesField(3, noPrice))),
    )
  parts.push(numberField(5, 0))
  return [varint(parts.reduce((sum, { length }) => sum + length, 0)), ...parts]
}

/** @param body without its length. @throws {WireError} PROTOBUF, TOO_LARGE, BAD_CID */
export function decodeOlderMessage(body: Uint8Array): OlderMessage {
  const wants: OlderWant[] = []
  const deliveries: OlderDelivery[] = []
  const presences: OlderPresence[] = []
  orWireError(() => {
    for (const { id, value } of fields(body)) {
      if (id === 1) {
        for (const entry of fields(asBytes(value))) {
          if (entry.id === 1) push(wants, readWant(asBytes(entry.value)), MAX_ENTRIES)
        }
      } else if (id === 3) push(deliveries, readDelivery(asBytes(value)), MAX_DELIVERIES)
      else if (id === 4) push(presences, readPresence(asBytes(value)), MAX_ENTRIES)
    }
  })
  return { wants, deliveries, presences }
}

/** The same for the same address. */
export function olderAddressText(address: OlderAddress): string {
  return address.kind === 'manifest' ? address.cid : `${Buffer.from(address.root).toString('hex')} ${address.index}`
}

function push<T>(list: T[], value: T | null, most: number): void {
  if (value === null) return
  if (list.length >= most) throw new WireError('TOO_LARGE', `a message names more than ${most} blocks`)
  list.push(value)
}

/** Null for what nothing of ours can answer: a block by itself, of no tree. */
function readWant(bytes: Uint8Array): OlderWant | null {
  const found = { cancel: false, sendDontHave: false }
  let type: OlderWant['wants'] = 'block'
  let address: OlderAddress | null = null
  for (const { id, value } of fields(bytes)) {
    if (id === 1) address = readAddress(asBytes(value))
    else if (id === 3) found.cancel = asNumber(value) !== 0
    else if (id === 4) type = wantTypes[asNumber(value)] ?? 'presence'
    else if (id === 5) found.sendDontHave = asNumber(value) !== 0
  }
  return address === null ? null : { address, wants: type, ...found }
}

function readPresence(bytes: Uint8Array): OlderPresence | null {
  let address: OlderAddress | null = null
  let has = true
  for (const { id, value } of fields(bytes)) {
    if (id === 1) address = readAddress(asBytes(value))
    else if (id === 2) has = asNumber(value) === 0
  }
  return address === null ? null : { address, has }
}

function readDelivery(bytes: Uint8Array): OlderDelivery | null {
  let cid = new Uint8Array()
  let data: Uint8Array = new Uint8Array()
  let address: OlderAddress | null = null
  let proof: OlderProof | null = null
  for (const { id, value } of fields(bytes)) {
    if (id === 1) cid = asPlain(value)
    else if (id === 2) data = asBytes(value)
    else if (id === 3) address = readAddress(asBytes(value))
    else if (id === 4) proof = readProof(asBytes(value))
  }
  if (address === null) return null
  const digest = decodeCodexCid(address.kind, cid)
  return { address, data, digest, proof }
}

/** Null for a CID that is not a manifest's: of no tree there is nothing else. */
function readAddress(bytes: Uint8Array): OlderAddress | null {
  let [leaf, index] = [false, 0]
  let [tree, cid] = [new Uint8Array(), new Uint8Array()]
  for (const { id, value } of fields(bytes)) {
    if (id === 1) leaf = asNumber(value) !== 0
    else if (id === 2) tree = asPlain(value)
    else if (id === 3) index = asNumber(value)
    else if (id === 4) cid = asPlain(value)
  }
  if (leaf) return { kind: 'block', root: decodeCodexCid('tree', tree), index }
  try {
    return { kind: 'manifest', cid: manifestCidText(decodeCodexCid('manifest', cid)) }
  } catch {
    return null
  }
}

function readProof(bytes: Uint8Array): OlderProof {
  let [codec, index, leaves] = [0, 0, 0]
  const path: Uint8Array[] = []
  for (const { id, value } of fields(bytes)) {
    if (id === 1) codec = asNumber(value)
    else if (id === 2) index = asNumber(value)
    else if (id === 3) leaves = asNumber(value)
    else if (id === 4) {
      let node = new Uint8Array()
      for (const part of fields(asBytes(value))) if (part.id === 1) node = asPlain(part.value)
      if (node.length !== DIGEST_BYTES) throw malformed(`a node of ${node.length} bytes`)
      push(path, plain(node), MAX_PATH)
    }
  }
  if (codec !== SHA2_256) throw malformed('a proof is of another hash')
  return { index, leaves, path }
}

const asPlain = (value: Value) => new Uint8Array(asBytes(value))

function deliveryField({ address, data, digest, proof }: OlderDelivery): Uint8Array[] {
  const head = concatBytes(bytesField(1, encodeCodexCid(address.kind, digest)), varint(2 * 8 + 2), varint(data.length))
  const proofField = proof === null ? [] : [bytesField(4, proofBytes(proof))]
  const tail = joinBytes([addressField(3, address), ...proofField])
  const length = head.length + data.length + tail.length
  return [concatBytes(varint(3 * 8 + 2), varint(length), head), data, tail]
}

function proofBytes({ index, leaves, path }: OlderProof): Uint8Array {
  const nodes = path.map((node) => bytesField(4, bytesField(1, node)))
  return joinBytes([numberField(1, SHA2_256), numberField(2, index), numberField(3, leaves), ...nodes])
}

function addressField(id: number, address: OlderAddress): Uint8Array {
  if (address.kind === 'manifest')
    return bytesField(id, concatBytes(numberField(1, 0), bytesField(4, manifestCidBytes(address.cid))))
  const tree = bytesField(2, encodeCodexCid('tree', address.root))
  return bytesField(id, concatBytes(numberField(1, 1), tree, numberField(3, address.index)))
}
