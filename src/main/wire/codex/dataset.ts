/** From bytes to a dataset: blocks, tree, manifest and CIDs, exactly as a Logos Storage node computes them. CODEX.md §4. */
import { createHash, type Hash, hash } from 'node:crypto'
import { plain } from '../bytes.ts'
import { WireError } from '../errors.ts'
import { codexCidText, encodeCodexCid } from './cids.ts'
import { BLOCK_SIZE, encodeManifest, type ManifestFormat, manifestCidOf } from './manifest.ts'
import { BlockTree } from './tree.ts'

/** Digest of a block, which is filled up with zeros before it is hashed. @param bytes at most `blockSize` of them */
export function blockDigest(bytes: Uint8Array, blockSize = BLOCK_SIZE): Uint8Array {
  if (bytes.length === blockSize) return plain(hash('sha256', bytes, 'buffer'))
  const rest = new Uint8Array(blockSize - bytes.length)
  return plain(createHash('sha256').update(bytes).update(rest).digest())
}

/** Takes a dataset piece by piece, in whatever sizes it comes. */
export class DatasetHasher {
  readonly #blockSize: number
  readonly #digests: Uint8Array[] = []
  #open: Hash | null = null
  /** Bytes in the open block. */
  #filled = 0
  #size = 0

  constructor(blockSize = BLOCK_SIZE) {
    this.#blockSize = blockSize
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size
  }

  update(bytes: Uint8Array): void {
    this.#size += bytes.length
    for (let offset = 0; offset < bytes.length; ) {
      const part = bytes.subarray(offset, offset + this.#blockSize - this.#filled)
      offset += part.length
      if (part.length === this.#blockSize) {
        this.#digests.push(hash('sha256', part, 'buffer'))
        continue
      }
      this.#open = (this.#open ?? createHash('sha256')).update(part)
      this.#filled += part.length
      if (this.#filled === this.#blockSize) this.#close()
    }
  }

  /** @throws {WireError} BAD_VALUE if there were no bytes: a dataset has at least one block. */
  finish(): BlockTree {
    if (this.#size === 0) throw new WireError('BAD_VALUE', 'nothing is no dataset: it has at least one byte')
    if (this.#open !== null) {
      this.#open.update(new Uint8Array(this.#blockSize - this.#filled))
      this.#close()
    }
    return BlockTree.of(this.#digests)
  }

  #close(): void {
    if (this.#open !== null) this.#digests.push(this.#open.digest())
    this.#open = null
    this.#filled = 0
  }
}

export interface DatasetNames {
  /** Both are part of the manifest's CID, not of the tree's. */
  readonly filename: string | null
  readonly mimetype: string | null
  readonly format?: ManifestFormat
}

export interface DescribedDataset {
  readonly manifest: Uint8Array
  /** What a dataset is asked for by. */
  readonly manifestCid: string
  readonly treeCid: string
}

/** Manifest and CIDs of a dataset. @throws {WireError} BAD_MANIFEST for names that no node accepts */
export function describeDataset(tree: BlockTree, size: number, names: DatasetNames): DescribedDataset {
  const { filename, mimetype, format = 'v0' } = names
  const manifest = encodeManifest({ root: tree.root, blockSize: BLOCK_SIZE, size, filename, mimetype }, format)
  return {
    manifest,
    manifestCid: manifestCidOf(manifest),
    treeCid: codexCidText(encodeCodexCid('tree', tree.root)),
  }
}

const mimetypes: Readonly<Record<string, string>> = {
  bin: 'application/octet-stream',
  css: 'text/css',
  csv: 'text/csv',
  gif: 'image/gif',
  htm: 'text/html',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  txt: 'text/plain',
  webm: 'video/webm',
  webp: 'image/webp',
  xml: 'application/xml',
  zip: 'application/zip',
}

/** By the extension, as a node does it that is given a file; null, as there, for one that is not known. */
export function mimetypeOf(filename: string): string | null {
  const dot = filename.lastIndexOf('.')
  if (dot <= 0) return null
  const extension = filename.slice(dot + 1).toLowerCase()
  return Object.hasOwn(mimetypes, extension) ? (mimetypes[extension] ?? null) : null
}
