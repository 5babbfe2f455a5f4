/**
 * The pieces of one publication on disk. Nothing leaves here unchecked: a piece is hashed when it is first read after
 * the start, so that bytes that rotted on disk are neither served to others nor handed to the importer (RULES.md R5.3).
 */
import { hash } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ChunkStore } from 'webtorrent'
import { PIECE_HASH_LENGTH, PIECE_LENGTH } from '../../wire/index.ts'
import { EngineError } from '../engine.ts'
import { PieceSet } from './piece-set.ts'

/** bytes; PROTOCOL.md §4.6. */
export const pieceLength = PIECE_LENGTH
/** bytes of a SHA-1 */
const hashLength = PIECE_HASH_LENGTH

/** What a torrent says about its two files; `data` is a whole number of pieces, so no piece lies in both. */
export interface TorrentLayout {
  /** 40 hex digits. */
  readonly infoHash: string
  /** bytes */
  readonly dataLength: number
  /** bytes */
  readonly indexLength: number
  /** SHA-1 of each piece, 20 bytes each, `data` first. */
  readonly pieces: Uint8Array
}

export interface PiecePlaces {
  readonly data: string
  readonly index: string
}

type FileName = keyof PiecePlaces

interface Span {
  readonly file: FileName
  readonly offset: number
  readonly length: number
}

export function pieceCount(layout: TorrentLayout): number {
  return layout.pieces.length / hashLength
}

/** Number of pieces that `data` takes: the index begins at this one. */
export function dataPieces(layout: TorrentLayout): number {
  return layout.dataLength / pieceLength
}

export function pieceHash(layout: TorrentLayout, index: number): Uint8Array {
  return layout.pieces.subarray(index * hashLength, (index + 1) * hashLength)
}

export function sha1(bytes: Uint8Array): Buffer {
  return hash('sha1', bytes, 'buffer')
}

/** Whether piece `index` of both torrents has the same bytes. */
export function samePiece(a: TorrentLayout, b: TorrentLayout, index: number): boolean {
  const one = pieceHash(a, index)
  return one.length === hashLength && Buffer.compare(one, pieceHash(b, index)) === 0
}

export class PieceFiles {
  readonly layout: TorrentLayout
  readonly places: PiecePlaces
  /** Pieces that are on disk and were right when last looked at. */
  readonly have: PieceSet
  /** Pieces hashed since the start; a subset of `have`. */
  readonly #checked: PieceSet
  readonly #handles = new Map<string, Promise<FileHandle>>()
  #busy = 0
  #idle: (() => void)[] = []
  /** Called when a piece that should be there turns out not to be; it is no longer in `have` then. */
  onCorrupt: (index: number) => void = () => {}

  constructor(layout: TorrentLayout, places: PiecePlaces, have: PieceSet) {
    this.layout = layout
    this.places = places
    this.have = have
    this.#checked = new PieceSet(have.length)
  }

  /** A piece that is there and right; null if it is not, and then it is not in `have` any more. */
  async read(index: number): Promise<Buffer | null> {
    if (!this.have.has(index)) return null
    const bytes = await this.#readRaw(index)
    if (bytes !== null && (this.#checked.has(index) || this.#matches(index, bytes))) {
      this.#checked.add(index)
      return bytes
    }
    this.have.delete(index)
    this.#checked.delete(index)
    this.onCorrupt(index)
    return null
  }

  /** Hashes those of `[from, to)` that are there and were not hashed yet; what is wrong leaves `have`. */
  async check(from: number, to: number): Promise<void> {
    for (let index = from; index < to; index += 1)
      if (this.have.has(index) && !this.#checked.has(index)) await this.read(index)
  }

  /** Looks on disk for a piece that nobody vouches for: hashes it, and takes it in if it is right. */
  async discover(index: number): Promise<boolean> {
    const bytes = await this.#readRaw(index)
    if (bytes === null || isHole(bytes, pieceHash(this.layout, index)) || !this.#matches(index, bytes)) return false
    this.have.add(index)
    this.#checked.add(index)
    return true
  }

  /** Stores a piece whose hash the caller has compared. */
  async write(index: number, bytes: Uint8Array): Promise<void> {
    const span = this.#span(index)
    if (bytes.length !== span.length) throw new EngineError('corrupt', `Piece ${index} has the wrong length.`)
    await this.#use(span.file, 'r+', async (handle) => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, span.offset + done)
        done += bytesWritten
      }
    })
    this.have.add(index)
    this.#checked.add(index)
  }

  /** Exactly the index's bytes; null while a piece of it is missing. */
  async readIndex(): Promise<Uint8Array<ArrayBuffer> | null> {
    const bytes = new Uint8Array(this.layout.indexLength)
    const first = dataPieces(this.layout)
    for (let index = first; index < this.have.length; index += 1) {
      const piece = await this.read(index)
      if (piece === null) return null
      bytes.set(piece, (index - first) * pieceLength)
    }
    return bytes
  }

  /** Waits until the disk has everything written so far. */
  async sync(): Promise<void> {
    for (const [key, opened] of this.#handles) if (key.startsWith('r+')) await (await opened).datasync()
  }

  /** Waits for what is under way and closes the files; the next use opens them again. */
  async close(): Promise<void> {
    if (this.#busy > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
    const handles = [...this.#handles.values()]
    this.#handles.clear()
    for (const opened of handles) await opened.then((handle) => handle.close()).catch(() => {})
  }

  /** The form in which webtorrent reads and writes pieces. Its `close` leaves the files open: they are ours. */
  chunkStore(): ChunkStore {
    const get = (index: number, done: (error: Error | null, bytes?: Uint8Array) => void): void => {
      this.read(index).then(
        (bytes) => (bytes === null ? done(new Error(`Piece ${index} is not here.`)) : done(null, bytes)),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      )
    }
    return {
      chunkLength: pieceLength,
      put: (index, bytes, done = () => {}) => {
        this.write(index, bytes).then(
          () => done(null),
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
        )
      },
      get: (
        index: number,
        part: { offset?: number; length?: number } | null | ((error: Error | null, bytes?: Uint8Array) => void),
        done?: (error: Error | null, bytes?: Uint8Array) => void,
      ) => {
        if (typeof part === 'function') get(index, part)
        else
          get(index, (error, bytes) => {
            const offset = part?.offset ?? 0
            if (bytes === undefined) done?.(error)
            else done?.(null, bytes.subarray(offset, part?.length === undefined ? undefined : offset + part.length))
          })
      },
      close: (done = () => {}) => done(null),
      destroy: (done = () => {}) => done(null),
    }
  }

  #matches(index: number, bytes: Uint8Array): boolean {
    return Buffer.compare(sha1(bytes), pieceHash(this.layout, index)) === 0
  }

  #span(index: number): Span {
    const first = dataPieces(this.layout)
    if (index < first) return { file: 'data', offset: index * pieceLength, length: pieceLength }
    const offset = (index - first) * pieceLength
    return { file: 'index', offset, length: Math.min(pieceLength, this.layout.indexLength - offset) }
  }

  async #readRaw(index: number): Promise<Buffer | null> {
    const { file, offset, length } = this.#span(index)
    const bytes = Buffer.allocUnsafeSlow(length)
    try {
      return await this.#use(file, 'r', async (handle) => {
        for (let done = 0; done < length; ) {
          const { bytesRead } = await handle.read(bytes, done, length - done, offset + done)
          if (bytesRead === 0) return null
          done += bytesRead
        }
        return bytes
      })
    } catch (error) {
      // A file that is gone, or a sector that cannot be read, is a piece that is not there: it is fetched again.
      const code = error instanceof Error && 'code' in error ? error.code : ''
      if (code === 'ENOENT' || code === 'EIO' || code === 'EINVAL') return null
      throw error
    }
  }

  async #use<T>(file: FileName, mode: 'r' | 'r+', work: (handle: FileHandle) => Promise<T>): Promise<T> {
    this.#busy += 1
    try {
      return await work(await this.#open(file, mode))
    } finally {
      this.#busy -= 1
      if (this.#busy === 0) for (const idle of this.#idle.splice(0)) idle()
    }
  }

  #open(file: FileName, mode: 'r' | 'r+'): Promise<FileHandle> {
    const key = `${mode} ${file}`
    const known = this.#handles.get(key)
    if (known !== undefined) return known
    const opened = openOrCreate(this.places[file], mode)
    this.#handles.set(key, opened)
    opened.catch(() => this.#handles.delete(key))
    return opened
  }
}

const zeros = Buffer.alloc(pieceLength)
const zeroHash = sha1(zeros)

/** A whole piece of zeros is one never written, unless zeros are what it should hold; saves hashing gigabytes of them. */
function isHole(bytes: Uint8Array, expected: Uint8Array): boolean {
  return bytes.length === pieceLength && zeros.equals(bytes) && !zeroHash.equals(expected)
}

async function openOrCreate(path: string, mode: 'r' | 'r+'): Promise<FileHandle> {
  try {
    return await open(path, mode)
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!missing || mode === 'r') throw error
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    return await open(path, 'w+', 0o644)
  }
}
