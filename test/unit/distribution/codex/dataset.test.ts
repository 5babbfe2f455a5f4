import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  BlockTree,
  blockDigest,
  bytesToHex,
  codexCidText,
  DatasetHasher,
  decodeCodexCid,
  decodeManifest,
  describeDataset,
  encodeCodexCid,
  encodeManifest,
  hexToBytes,
  type ManifestFormat,
  manifestCidBytes,
  mimetypeOf,
  proofLength,
  proofRoot,
} from '../../../../src/main/wire/index.ts'
import { cidText, foreignDataset } from '../../../support/codex-bytes.ts'

function treeOf(data: Uint8Array): BlockTree {
  const hasher = new DatasetHasher()
  hasher.update(data)
  return hasher.finish()
}

function datasetOf(data: Uint8Array, filename: string | null, mimetype: string | null, format: ManifestFormat) {
  return describeDataset(treeOf(data), data.length, { filename, mimetype, format })
}

const text = (value: string) => Buffer.from(value)
const lp = 'TFAtMDAwOCBTdG9yYWdlIGV2aWRlbmNlIDIwMjYtMDYtMTc='
const hello = 'SGVsbG8gTFAtMDAwOCBTdG9yYWdlIQ=='

describe('datasets of real nodes (CODEX.md §4)', () => {
  it.each([
    ['some file contents', 'zDzSvJTezk7bJNQqFq8k1iHXY84psNuUfZVusA5bBQQUSuyzDSVL'],
    ['Hello World!', 'zDzSvJTf8JYwvysKPmG7BtzpbiAHfuwFMRphxm4hdvnMJ4XPJjKX'],
    ['hello from codex', 'zDzSvJTf7mGkC3yuiVGco7Qc6s4LA8edye9inT4w2QqHnfbuRvMr'],
    [lp, 'zDzSvJTfCLXLeX7R4p2YEafYmXUuwTZjPVq7GFCoz2tgofrzKEb1'],
    [hello, 'zDzSvJTf9BbHShCUrwWPeBp6E4rksmhUej5ZeGBXwQuH5gH73KaT'],
  ])('the tree of %j is theirs', (data, treeCid) => {
    for (const format of ['v0', 'storage03', 'codex'] as const)
      expect(datasetOf(text(data), null, null, format).treeCid).toBe(treeCid)
  })

  it.each([
    ['codex', 'payload', 'hello.txt', 'zDvZRwzmBEaJ338xaCHbKbGAJ4X41YyccS6eyorrYBbmPnWuLxCh'],
    ['codex', 'Hello World!', 'hello.txt', 'zDvZRwzmAkhzDRPH5EW242gJBNZ2T7aoH2v1fVH66FxXL4kSbvyM'],
    ['storage03', 'Hello World!', 'hello.txt', 'zDvZRwzm93r6pbHvCDtfXiLiLF96cXTiX5rkv1fWMLGfV1NJX8cr'],
    ['storage03', lp, 'lp0008-partials-evidence.txt', 'zDvZRwzmAZMxY7KEZyfyAHdXgTujdzPMVxo8GeEqWULkSRhCq7Xn'],
    ['storage03', hello, 'test-file.txt', 'zDvZRwzkzHHuj5vT9wLUiQP3tVr1ez7Dwzsc7juPEqwsn1kpnuN6'],
    [
      'v0',
      'lp-0008 agent storage skill\n',
      'lp0008-upload.txt',
      'zDvZRwzm6L91tfhtuGMSSt8ESiFX9eoHvWKfk2WczzaJCRUcUX4V',
    ],
  ] as const)('the %s manifest of %j is theirs', (format, data, filename, manifestCid) => {
    const dataset = datasetOf(text(data), filename, mimetypeOf(filename), format)
    expect(dataset.manifestCid).toBe(manifestCid)
    expect(decodeManifest(dataset.manifest)).toMatchObject({ format, filename, mimetype: 'text/plain' })
  })

  it.each([
    ['codex', 'zDvZRwzmCxgViNzZTjfWfz7L7oFkebSefkmHqhHpEoNKWAJs34yt'],
    ['storage03', 'zDvZRwzmAd7U19VKCxwXCVrXBfxTMeEHMbHv3bxbuaMBKhaJoa24'],
    ['v0', 'zDvZRwzkyBjQJDrJnq5eKHogY17C4XLC3g3bvh8dytG6S4obU5z7'],
  ] as const)('a dataset of two blocks has in %s the CID that it had before', (format, manifestCid) => {
    const names = ['archive-data.bin', 'application/octet-stream'] as const
    expect(datasetOf(new Uint8Array(70_000), ...names, format).manifestCid).toBe(manifestCid)
  })
})

describe('datasets of many blocks', () => {
  // By another program: foreignDataset shares no code with what it is compared with.
  it.each([1, 65_535, 65_536, 65_537, 131_072, 131_073, 196_608, 31_000_000])('of %i bytes have its CIDs', (size) => {
    const data = Buffer.alloc(size)
    for (let at = 0, state = size; at < size; at += 509) {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      data[at] = state >> 16
    }
    const tree = treeOf(data)
    const names = { filename: 'archive-data.bin', mimetype: mimetypeOf('archive-data.bin') }
    const formats = size < 1_000_000 ? (['v0', 'storage03', 'codex'] as const) : (['v0'] as const)
    for (const format of formats) {
      const other = foreignDataset(data, { format })
      const ours = describeDataset(tree, size, { ...names, format })
      expect(ours).toMatchObject({ treeCid: cidText(other.treeCid), manifestCid: other.cid })
      expect(Buffer.from(ours.manifest)).toEqual(other.manifest)
      expect(decodeManifest(other.manifest)).toMatchObject({ ...names, size, format })
    }
  })
})

describe('trees', () => {
  /** The definition, written down once more and as plainly as can be. */
  function rootOf(layer: Buffer[], bottom = true): Buffer {
    if (!bottom && layer.length === 1) return layer[0] ?? Buffer.alloc(0)
    const next: Buffer[] = []
    for (let i = 0; i < layer.length; i += 2) {
      const right = layer[i + 1]
      const key = (bottom ? 1 : 0) + (right === undefined ? 2 : 0)
      const parts = [layer[i] ?? Buffer.alloc(0), right ?? Buffer.alloc(32), Buffer.of(key)]
      next.push(createHash('sha256').update(Buffer.concat(parts)).digest())
    }
    return rootOf(next, false)
  }
  const leavesOf = (count: number) =>
    Array.from({ length: count }, (_, i) => createHash('sha256').update(`block ${i}`).digest())

  it('have the root that the definition gives, and a proof for each leaf, for any number of leaves', () => {
    for (let count = 1; count <= 70; count += 1) {
      const leaves = leavesOf(count)
      const tree = BlockTree.of(leaves)
      expect(Buffer.from(tree.root)).toEqual(rootOf(leaves))
      for (const [index, leaf] of leaves.entries()) {
        const path = tree.proof(index)
        expect(path).toHaveLength(proofLength(count))
        expect(proofRoot(leaf, index, count, path)).toEqual(tree.root)
      }
    }
  })

  it('refuse a proof of another leaf, place or size', () => {
    const leaves = leavesOf(13)
    const tree = BlockTree.of(leaves)
    const leaf = (index: number) => leaves[index] ?? Buffer.alloc(32)
    expect(proofRoot(leaf(4), 5, 13, tree.proof(4))).not.toEqual(tree.root)
    expect(proofRoot(leaf(5), 4, 13, tree.proof(4))).not.toEqual(tree.root)
    expect(proofRoot(leaf(12), 12, 14, tree.proof(12))).not.toEqual(tree.root)
    expect(proofRoot(leaf(4), 4, 17, tree.proof(4))).toBeNull()
    expect(proofRoot(leaf(4), 13, 13, tree.proof(4))).toBeNull()
    expect(proofRoot(leaf(4), -1, 13, tree.proof(4))).toBeNull()
    expect(proofRoot(leaf(4), 4, 13, tree.proof(4).slice(1))).toBeNull()
    expect(proofRoot(leaf(4), 4, 13, [...tree.proof(4).slice(1), new Uint8Array(31)])).toBeNull()
    expect(proofRoot(leaf(4), 4, 2 ** 40, tree.proof(4))).toBeNull()
  })

  it('are filled in by proofs, whatever their order, and then prove to others what they hold', () => {
    const leaves = leavesOf(11)
    const whole = BlockTree.of(leaves)
    const part = new BlockTree(11)
    for (const index of [10, 3, 0]) {
      const digest = leaves[index] ?? Buffer.alloc(32)
      expect(part.absorb(index, digest, whole.proof(index), whole.root)).toBe(true)
    }
    const kept = new BlockTree(11, part.nodes.slice())
    for (const index of [0, 3, 10]) {
      expect(kept.proof(index)).toEqual(whole.proof(index))
      expect(kept.leaf(index)).toEqual(whole.leaf(index))
    }
    const before = part.nodes.slice()
    expect(part.absorb(5, leaves[6] ?? Buffer.alloc(32), whole.proof(5), whole.root)).toBe(false)
    expect(part.nodes).toEqual(before)
    for (const [index, digest] of leaves.entries()) part.absorb(index, digest, whole.proof(index), whole.root)
    for (const index of leaves.keys()) expect(part.proof(index)).toEqual(whole.proof(index))
  })

  it('prove whatever they hold, in whatever order it came', () => {
    for (let count = 1; count <= 33; count += 1) {
      const leaves = leavesOf(count)
      const whole = BlockTree.of(leaves)
      const part = new BlockTree(count)
      // A permutation that visits leaves far from each other.
      const order = leaves.map((_, i) => (i * 7 + 3) % count).filter((index, i, all) => all.indexOf(index) === i)
      for (const [step, index] of order.entries()) {
        expect(part.absorb(index, leaves[index] ?? Buffer.alloc(32), whole.proof(index), whole.root)).toBe(true)
        for (const held of order.slice(0, step + 1)) expect(part.proof(held)).toEqual(whole.proof(held))
      }
    }
  })

  it('refuse a wrong proof of a block that an earlier one has proven', () => {
    const leaves = leavesOf(13)
    const whole = BlockTree.of(leaves)
    const part = new BlockTree(13)
    const absorb = (index: number, path: readonly Uint8Array[]) =>
      part.absorb(index, leaves[index] ?? Buffer.alloc(32), path, whole.root)
    expect(absorb(2, whole.proof(2))).toBe(true)
    for (const index of [2, 3, 1, 12])
      for (const layer of whole.proof(index).keys()) {
        const path = whole.proof(index).map((node) => node.slice())
        path[layer]?.set([1 + (path[layer]?.[9] ?? 0)], 9)
        expect(absorb(index, path)).toBe(false)
      }
    expect(absorb(3, whole.proof(3))).toBe(true)
  })

  it('of nothing, of too much, or of other nodes are refused', () => {
    expect(() => new DatasetHasher().finish()).toThrow('at least one byte')
    expect(() => BlockTree.of([])).toThrow('at least one leaf')
    expect(() => new BlockTree(2 ** 20 + 1)).toThrow('leaves')
    expect(() => new BlockTree(3, new Uint8Array(32))).toThrow('not the nodes')
  })

  it('do not depend on the sizes in which the bytes come', () => {
    const data = Buffer.alloc(196_700, 'chronicle')
    for (const size of [1, 65_535, 65_536, 65_537, 131_072, 196_608]) {
      const part = data.subarray(0, size)
      const blocks = Array.from({ length: Math.ceil(size / 65_536) }, (_, i) =>
        blockDigest(part.subarray(i * 65_536, (i + 1) * 65_536)),
      )
      const whole = BlockTree.of(blocks)
      for (const step of [size, 1000, 65_536, 70_001]) {
        const hasher = new DatasetHasher()
        for (let offset = 0; offset < size; offset += step) hasher.update(part.subarray(offset, offset + step))
        expect(hasher.finish().root).toEqual(whole.root)
        expect(hasher.size).toBe(size)
      }
    }
  })

  it('hash the last block with the zeros that fill it', () => {
    expect(blockDigest(text('abc'))).toEqual(blockDigest(Buffer.concat([text('abc'), Buffer.alloc(65_533)])))
    expect(treeOf(text('abc')).root).toEqual(treeOf(Buffer.concat([text('abc'), Buffer.alloc(1)])).root)
  })
})

describe('CIDs', () => {
  it('are of one codec each, and refuse another codec, version, hash or length', () => {
    const digest = new Uint8Array(32).fill(7)
    for (const codec of ['manifest', 'block', 'tree'] as const) {
      const cid = encodeCodexCid(codec, digest)
      expect(decodeCodexCid(codec, cid)).toEqual(digest)
      for (const other of ['manifest', 'block', 'tree'] as const)
        if (other !== codec) expect(() => decodeCodexCid(other, cid)).toThrow('not the CID')
      for (const at of [0, 4, 5]) {
        const changed = cid.slice()
        changed[at] = (changed[at] ?? 0) + 1
        expect(() => decodeCodexCid(codec, changed)).toThrow('not the CID')
      }
      expect(() => decodeCodexCid(codec, cid.subarray(1))).toThrow('not the CID')
    }
    expect(() => encodeCodexCid('block', new Uint8Array(20))).toThrow('32 bytes')
    const link = codexCidText(encodeCodexCid('manifest', digest))
    expect(manifestCidBytes(link)).toEqual(encodeCodexCid('manifest', digest))
    expect(() => manifestCidBytes(codexCidText(encodeCodexCid('tree', digest)))).toThrow('CID of a manifest')
    expect(() => manifestCidBytes('../../etc/passwd')).toThrow('CID')
  })
})

describe('manifests', () => {
  const root = new Uint8Array(32).fill(0xab)
  const plain = { root, blockSize: 65_536, size: 70_000, filename: null, mimetype: null }
  const tree = `01839a031220${'ab'.repeat(32)}`

  it.each([
    ['v0', `0800 1226${tree} 18808004 20f0a204 28829a03 3012 3802`],
    ['codex', `0a26${tree} 10808004 18f0a204 20829a03 2812 3002`],
    ['storage03', `0a26${tree} 10808004 18f0a204 20829a03 2812 3002`],
  ] as const)('are in %s these bytes', (format, header) => {
    const bytes = encodeManifest(plain, format)
    const hex = header.replaceAll(' ', '')
    expect(bytesToHex(bytes)).toBe(`0a${(hex.length / 2).toString(16)}${hex}`)
    const read = format === 'storage03' ? 'codex' : format
    expect(decodeManifest(bytes)).toEqual({ ...plain, format: read })
  })

  it.each([
    ['a filename', { filename: 'a.bin' }, '20f0a204 28829a03 3012 3802 4205612e62696e'],
    [
      'both names',
      { filename: 'a.txt', mimetype: 'text/plain' },
      '20f0a204 28829a03 3012 3802 4205612e747874 4a0a746578742f706c61696e',
    ],
    ['5 GiB', { size: 5 * 2 ** 30 }, '208080808014 28829a03 3012 3802'],
  ])('with %s are these bytes, too', (_what, change, rest) => {
    const hex = `0800 1226${tree} 18808004 ${rest}`.replaceAll(' ', '')
    const bytes = encodeManifest({ ...plain, ...change })
    expect(bytesToHex(bytes)).toBe(`0a${(hex.length / 2).toString(16)}${hex}`)
    expect(decodeManifest(bytes)).toEqual({ ...plain, ...change, format: 'v0' })
  })

  it.each(['v0', 'storage03', 'codex'] as const)('in %s say the same after they were read', (format) => {
    for (const [filename, mimetype] of [
      ['archive-data.bin', 'application/octet-stream'],
      ['ä week.bin', null],
      [null, 'text/plain; charset=utf-8'],
    ] as const) {
      const manifest = { ...plain, size: 5 * 2 ** 30, filename, mimetype }
      const { format: read, ...rest } = decodeManifest(encodeManifest(manifest, format))
      if (format !== 'codex' || filename !== null) expect(rest).toEqual(manifest)
      if (filename !== null) expect(read).toBe(format)
    }
  })

  it.each([
    ['a block size that is no power of two', { blockSize: 65_535 }],
    ['blocks that are too small', { blockSize: 2048 }],
    ['blocks that are too large', { blockSize: 2 ** 20 }],
    ['no bytes', { size: 0 }],
    ['more blocks than anything has', { size: 2 ** 40 }],
    ['a path as filename', { filename: '../../.ssh/authorized_keys' }],
    ['a path of Windows as filename', { filename: 'C:\\autoexec.bat' }],
    ['the folder above as filename', { filename: '..' }],
    ['control characters in the filename', { filename: 'a\nb' }],
    ['an empty filename', { filename: '' }],
    ['a filename that is too long', { filename: 'ä'.repeat(128) }],
    ['a mimetype that is none', { mimetype: 'text' }],
  ])('with %s are neither written nor read', (_what, change) => {
    expect(() => encodeManifest({ ...plain, ...change })).toThrow(expect.objectContaining({ code: 'BAD_MANIFEST' }))
    expect(() => decodeManifest(forged({ ...plain, ...change }))).toThrow(
      expect.objectContaining({ code: 'BAD_MANIFEST' }),
    )
  })

  it('of another version, codec, hash or CID version are refused', () => {
    const good = bytesToHex(forged(plain))
    expect(decodeManifest(hexToBytes(good))).toMatchObject({ size: 70_000 })
    const changed = (from: string, to: string) => () => decodeManifest(hexToBytes(good.replace(from, to)))
    expect(changed('0a3a0800', '0a3a0801')).toThrow('version is 1')
    expect(changed('28829a03', '28819a03')).toThrow('another codec')
    expect(changed('3012', '3013')).toThrow('another codec')
    expect(changed('3802', '3801')).toThrow('another codec')
    expect(changed('01839a03', '01829a03')).toThrow('not the CID of a tree')
  })

  it('that are cut off, too long, empty or erasure-coded are refused', () => {
    const good = forged(plain)
    for (let end = 0; end < good.length; end += 1) expect(() => decodeManifest(good.subarray(0, end))).toThrow()
    expect(() => decodeManifest(new Uint8Array(65_537))).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }))
    const coded = `0a${(0x38 + 6).toString(16)}0a26${tree}1080800418f0a20420829a03281230023a0408031002`
    expect(() => decodeManifest(hexToBytes(coded))).toThrow(expect.objectContaining({ code: 'ERASURE_CODED' }))
  })

  /** A v0 manifest with whatever it is told to hold. */
  function forged(manifest: {
    root: Uint8Array
    blockSize: number
    size: number
    filename: string | null
    mimetype: string | null
  }) {
    const varint = (value: number): number[] => {
      const bytes: number[] = []
      for (let rest = value; ; rest = Math.floor(rest / 128)) {
        if (rest < 128) return [...bytes, rest]
        bytes.push((rest % 128) | 128)
      }
    }
    const delimited = (id: number, bytes: Uint8Array) => [id * 8 + 2, ...varint(bytes.length), ...bytes]
    const header = [
      [8, 0],
      delimited(2, hexToBytes(`01839a031220${bytesToHex(manifest.root)}`)),
      [24, ...varint(manifest.blockSize)],
      [32, ...varint(manifest.size)],
      [40, ...varint(0xcd02)],
      [48, 0x12],
      [56, 2],
      manifest.filename === null ? [] : delimited(8, text(manifest.filename)),
      manifest.mimetype === null ? [] : delimited(9, text(manifest.mimetype)),
    ].flat()
    return Uint8Array.from(delimited(1, Uint8Array.from(header)))
  }
})

describe('mimetypes', () => {
  it.each([
    ['archive-data.bin', 'application/octet-stream'],
    ['README.TXT', 'text/plain'],
    ['a.b.json', 'application/json'],
    ['file.unheard-of', null],
    ['file', null],
    ['.bin', null],
    ['file.constructor', null],
  ])('%s is %s', (filename, mimetype) => expect(mimetypeOf(filename)).toBe(mimetype))
})
