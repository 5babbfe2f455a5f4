import { describe, expect, it } from 'vitest'
import {
  bytesToHex,
  concatBytes,
  decodeBlocksRequest,
  decodeControl,
  decodeResponseMeta,
  encodeBlocksRequest,
  encodeBlocksResponse,
  encodeCodexCid,
  encodeControl,
  encodeManifestRequest,
  encodeManifestResponse,
  FRAME_HEADER,
  hexToBytes,
  readFrameHeader,
} from '../../../../src/main/wire/index.ts'

const root = new Uint8Array(32).fill(0xaa)
const digest = new Uint8Array(32).fill(0xbb)
const node = new Uint8Array(32).fill(0xcc)
const treeCid = `01839a031220${'aa'.repeat(32)}`
const blockCid = `01829a031220${'bb'.repeat(32)}`
const hex = (...parts: readonly string[]) => parts.join('').replaceAll(' ', '')

describe('frames of the block exchange', () => {
  const request = hex(
    '55000000 01',
    '0807060504030201',
    '2600',
    treeCid,
    '02000000',
    '0000000000000000 0200000000000000',
    '0500000000000000 0100000000000000',
  )

  it('are, for a request, these bytes', () => {
    const value = {
      id: 0x0102030405060708n,
      root,
      ranges: [
        { start: 0, count: 2 },
        { start: 5, count: 1 },
      ],
    }
    const bytes = encodeBlocksRequest(value)
    expect(bytesToHex(bytes)).toBe(request)
    expect(readFrameHeader(bytes.subarray(0, FRAME_HEADER))).toEqual({ type: 1, length: 8 + 2 + 38 + 4 + 2 * 16 })
    expect(decodeBlocksRequest(bytes.subarray(FRAME_HEADER))).toEqual(value)
  })

  it('are, for a response, these bytes', () => {
    const data = new Uint8Array([1, 2, 3])
    const parts = encodeBlocksResponse(7n, root, [{ index: 4, digest, data, leaves: 9, path: [node, node] }])
    const proof = hex('1200000000000000 0400000000000000 0900000000000000 02000000', `2000${'cc'.repeat(32)}`.repeat(2))
    const meta = hex(
      '0700000000000000 2600',
      treeCid,
      '01000000',
      '0400000000000000 2600',
      blockCid,
      '03000000 6000',
      proof,
    )
    const bytes = concatBytes(...parts)
    expect(bytesToHex(bytes)).toBe(hex('d2000000 02 ca000000', meta, '010203'))
    const decoded = decodeResponseMeta(hexToBytes(meta))
    const block = { index: 4, digest, length: 3, provenIndex: 4, leaves: 9, path: [node, node] }
    expect(decoded).toEqual({ id: 7n, root, blocks: [block] })
  })

  it('that are cut off, too long or contradict themselves are refused, wherever it is', () => {
    const good = encodeBlocksRequest({ id: 1n, root, ranges: [{ start: 0, count: 1 }] }).subarray(FRAME_HEADER)
    for (let end = 0; end < good.length; end += 1) expect(() => decodeBlocksRequest(good.subarray(0, end))).toThrow()
    expect(() => decodeBlocksRequest(concatBytes(good, new Uint8Array(1)))).toThrow('other ranges')
    const [head = new Uint8Array()] = encodeBlocksResponse(7n, root, [
      { index: 4, digest, data: new Uint8Array(1), leaves: 9, path: [node] },
    ])
    const meta = head.subarray(FRAME_HEADER + 4)
    expect(decodeResponseMeta(meta).blocks).toHaveLength(1)
    for (let end = 0; end < meta.length; end += 1) expect(() => decodeResponseMeta(meta.subarray(0, end))).toThrow()
    expect(() => decodeResponseMeta(concatBytes(meta, new Uint8Array(1)))).toThrow('too many')
    const changed = (at: number, byte: number) => () => {
      const bytes = meta.slice()
      bytes[at] = byte
      decodeResponseMeta(bytes)
    }
    expect(changed(8, 37)).toThrow('37 bytes where there must be 38')
    expect(changed(11, 0x82)).toThrow('CID of a tree')
    expect(changed(48, 2)).toThrow('cut off')
    expect(changed(51, 0xff)).toThrow('cut off')
    expect(changed(57, 1)).toThrow('of no dataset')
    const proofAt = 8 + 2 + 38 + 4 + 8 + 2 + 38 + 4 + 2
    expect(changed(proofAt, 0x13)).toThrow('another hash')
    expect(changed(proofAt + 24, 65)).toThrow('65 nodes')
    expect(changed(proofAt + 28, 31)).toThrow('31 bytes')
    expect(() => readFrameHeader(new Uint8Array(5))).toThrow('at least its type')
  })

  it('of the manifest protocol are these bytes', () => {
    const cid = encodeCodexCid('manifest', digest)
    expect(bytesToHex(encodeManifestRequest(cid))).toBe(`260001819a031220${'bb'.repeat(32)}`)
    expect(bytesToHex(encodeManifestResponse(new Uint8Array([9, 8])))).toBe('03000000000908')
    expect(bytesToHex(encodeManifestResponse(null))).toBe('0100000001')
  })
})

describe('control messages', () => {
  const address = hex(`0a2a 0a26`, treeCid, '10 05')

  it('are, for a want, these bytes, and keep an id of 64 bits', () => {
    const id = 0xfedcba9876543210n
    const want = { root, start: 5, count: 300, cancel: false, sendDontHave: true, downloadId: id }
    const entry = hex(address, '1000 1800 2000 2801 30ac02', '38 90e4d0b287d3aeeefe01')
    const list = hex('0a', (entry.length / 2).toString(16), entry, '1000')
    const bytes = encodeControl({ wants: [want], presences: [] })
    expect(bytesToHex(bytes.subarray(FRAME_HEADER))).toBe(hex('0a', (list.length / 2).toString(16), list))
    expect(decodeControl(bytes.subarray(FRAME_HEADER))).toEqual({ wants: [want], presences: [] })
  })

  it('say after they were read what they said before', () => {
    const presences = (['none', 'ranges', 'complete'] as const).map((kind) => ({
      root,
      kind,
      ranges: kind === 'none' ? [] : [{ start: 3, count: 4 }],
      downloadId: 12n,
    }))
    const bytes = encodeControl({ wants: [], presences })
    expect(decodeControl(bytes.subarray(FRAME_HEADER))).toEqual({ wants: [], presences })
  })

  it('leave out what is not known, and take what is left out for its default', () => {
    const entry = hex(`0a28 0a26`, treeCid, '4801')
    const list = hex('0a', (entry.length / 2).toString(16), entry)
    const { wants } = decodeControl(hexToBytes(hex('0a', (list.length / 2).toString(16), list, '7a00')))
    expect(wants).toEqual([{ root, start: 0, count: 1, cancel: false, sendDontHave: false, downloadId: 0n }])
  })

  it('that are no protobuf, of another type, of another tree or too many are refused', () => {
    const control = (text: string) => () => decodeControl(hexToBytes(hex(text)))
    expect(control('0aff')).toThrow(expect.objectContaining({ code: 'PROTOBUF' }))
    expect(control('0800')).toThrow(expect.objectContaining({ code: 'PROTOBUF' }))
    expect(control('0a02 0a00')).toThrow('names no tree')
    expect(control('2200')).toThrow('names no tree')
    expect(control(`0a2e 0a2c 0a2a 0a26 01829a031220${'aa'.repeat(32)} 1005`)).toThrow('CID of a tree')
    const entry = hex('0a2c', address)
    const many = hexToBytes(entry.repeat(1025))
    const varint = (value: number) => Uint8Array.of((value & 0x7f) | 0x80, ((value >> 7) & 0x7f) | 0x80, value >> 14)
    expect(() => decodeControl(concatBytes(Uint8Array.of(0x0a), varint(many.length), many))).toThrow('at most 1024')
  })
})
