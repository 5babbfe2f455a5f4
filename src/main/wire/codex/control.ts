/**
 * Control messages of `/storage/blockexc/1.0.0` (CODEX.md §5): who wants to know which blocks are where, and the answer.
 *
 * Message { 1 WantList { 1* Entry { 1 Address { 1 tree CID, 2 index }, 2 priority, 3 cancel, 4 type, 5 sendDontHave,
 * 6 rangeCount, 7 downloadId }, 2 full }, 4* Presence { 1 Address, 2 kind, 3* Range { 1 start, 2 count },
 * 4 downloadId } }
 */
import { concatBytes, joinBytes } from '../bytes.ts'
import { WireError } from '../errors.ts'
import { malformed, orWireError } from '../protobuf/reader.ts'
import { decodeCodexCid, encodeCodexCid } from './cids.ts'
import { type BlockRange, frameHeader, frameTypes } from './exchange.ts'
import { asBigInt, asBytes, asNumber, bytesField, fields, numberField } from './fields.ts'

/** bytes; nodes allow 16 MiB, which 1024 entries do not fill. */
export const MAX_CONTROL_BYTES = 1024 * 1024
const MAX_ENTRIES = 1024

/** "Which of these blocks have you?" */
export interface WantHave {
  readonly root: Uint8Array
  readonly start: number
  readonly count: number
  readonly cancel: boolean
  /** Whether a peer that has none is to say so. */
  readonly sendDontHave: boolean
  /** Chosen by who asks; the answer names it. */
  readonly downloadId: bigint
}

export interface Presence {
  readonly root: Uint8Array
  readonly kind: 'none' | 'ranges' | 'complete'
  readonly ranges: readonly BlockRange[]
  readonly downloadId: bigint
}

export interface Control {
  readonly wants: readonly WantHave[]
  readonly presences: readonly Presence[]
}

const kinds = ['none', 'ranges', 'complete'] as const

/** A whole frame. */
export function encodeControl({ wants, presences }: Control): Uint8Array {
  const entries = wants.map((want) =>
    bytesField(
      1,
      concatBytes(
        address(want.root, want.start),
        numberField(2, 0),
        numberField(3, want.cancel ? 1 : 0),
        numberField(4, 0),
        numberField(5, want.sendDontHave ? 1 : 0),
        numberField(6, want.count),
        numberField(7, want.downloadId),
      ),
    ),
  )
  const answers = presences.map((presence) =>
    bytesField(
      4,
      concatBytes(
        address(presence.root, 0),
        numberField(2, kinds.indexOf(presence.kind)),
        ...presence.ranges.map(({ start, count }) =>
          bytesField(3, concatBytes(numberField(1, start), numberField(2, count))),
        ),
        numberField(4, presence.downloadId),
      ),
    ),
  )
  const list = bytesField(1, joinBytes([...entries, numberField(2, 0)]))
  const body = joinBytes([...(wants.length > 0 ? [list] : []), ...answers])
  return concatBytes(frameHeader(frameTypes.control, body.length), body)
}

/** @throws {WireError} PROTOBUF, TOO_LARGE, BAD_CID */
export function decodeControl(body: Uint8Array): Control {
  const wants: WantHave[] = []
  const presences: Presence[] = []
  orWireError(() => {
    for (const { id, value } of fields(body)) {
      if (id === 1) {
        for (const entry of fields(asBytes(value))) {
          if (entry.id === 1) wants.push(readWant(asBytes(entry.value)))
          if (wants.length > MAX_ENTRIES) throw tooMany()
        }
      } else if (id === 4) presences.push(readPresence(asBytes(value)))
      if (presences.length > MAX_ENTRIES) throw tooMany()
    }
  })
  return { wants, presences }
}

function readWant(bytes: Uint8Array): WantHave {
  const found = { root: new Uint8Array(), start: 0, count: 1, cancel: false, sendDontHave: false, downloadId: 0n }
  for (const { id, value } of fields(bytes)) {
    if (id === 1) Object.assign(found, readAddress(asBytes(value)))
    else if (id === 3) found.cancel = asNumber(value) !== 0
    else if (id === 5) found.sendDontHave = asNumber(value) !== 0
    else if (id === 6) found.count = Math.max(1, asNumber(value))
    else if (id === 7) found.downloadId = asBigInt(value)
  }
  if (found.root.length === 0) throw malformed('a want names no tree')
  return found
}

function readPresence(bytes: Uint8Array): Presence {
  let root = new Uint8Array()
  let kind: Presence['kind'] = 'none'
  let downloadId = 0n
  const ranges: BlockRange[] = []
  for (const { id, value } of fields(bytes)) {
    if (id === 1) root = new Uint8Array(readAddress(asBytes(value)).root)
    else if (id === 2) kind = kinds[asNumber(value)] ?? 'none'
    else if (id === 4) downloadId = asBigInt(value)
    else if (id === 3) {
      const range = { start: 0, count: 0 }
      for (const part of fields(asBytes(value))) {
        if (part.id === 1) range.start = asNumber(part.value)
        else if (part.id === 2) range.count = asNumber(part.value)
      }
      ranges.push(range)
      if (ranges.length > MAX_ENTRIES) throw tooMany()
    }
  }
  if (root.length === 0) throw malformed('a presence names no tree')
  return { root, kind, ranges, downloadId }
}

function readAddress(bytes: Uint8Array): { readonly root: Uint8Array; readonly start: number } {
  let [root, start] = [new Uint8Array(), 0]
  for (const { id, value } of fields(bytes)) {
    if (id === 1) root = new Uint8Array(decodeCodexCid('tree', asBytes(value)))
    else if (id === 2) start = asNumber(value)
  }
  return { root, start }
}

function tooMany(): WireError {
  return new WireError('TOO_LARGE', `a control message has at most ${MAX_ENTRIES} entries`)
}

function address(root: Uint8Array, index: number): Uint8Array {
  return bytesField(1, concatBytes(bytesField(1, encodeCodexCid('tree', root)), numberField(2, index)))
}
