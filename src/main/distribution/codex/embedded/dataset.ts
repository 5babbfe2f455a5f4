/**
 * A dataset on disk: a flat file of its true length, in which block i begins at i times the block size, and in memory
 * its tree and the set of its blocks. Reads and writes are synchronous: they take tens of microseconds in a thread that
 * has little else to do, and waiting for the thread pool would take longer.
 */
import { closeSync, fdatasync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { BlockTree, blockDigest, equalBytes } from '../../../wire/index.ts'
import { EngineError } from '../../engine.ts'
import { PieceSet } from '../../torrent/piece-set.ts'
import type { DatasetRow } from './catalogue.ts'
import type { OpenFile, OpenFiles } from './open-files.ts'

const sync = promisify(fdatasync)
/** bytes of a download after which the disk begins to be waited for, so that little is left to wait for at its end. */
const syncEvery = 16 * 1024 * 1024

export class Dataset implements OpenFile {
  readonly key: string
  readonly path: string
  readonly root: Uint8Array
  /** bytes */
  readonly size: number
  /** bytes */
  readonly blockSize: number
  readonly tree: BlockTree
  readonly have: PieceSet
  /** Whether all blocks were found right since this was loaded: a file may change while nobody looks. */
  #checked = false
  /** Blocks found right in the file as it was at `#stamp`. */
  #right: PieceSet
  #stamp = ''
  readonly #open: OpenFiles
  #descriptor: number | null = null
  /** How often each descriptor is being waited for; one that was let go of meanwhile is closed after that. */
  readonly #syncing = new Map<number, number>()
  /** bytes written since the disk was last waited for */
  #unsynced = 0
  #failure: unknown = null

  constructor(row: DatasetRow, path: string, open: OpenFiles) {
    this.#open = open
    this.key = row.key
    this.path = path
    this.root = row.root
    this.size = row.size
    this.blockSize = row.blockSize
    const blocks = Math.ceil(row.size / row.blockSize)
    this.tree = new BlockTree(blocks, new Uint8Array(row.nodes))
    this.have = new PieceSet(blocks, row.have)
    this.#right = new PieceSet(blocks)
  }

  get blocks(): number {
    return this.have.length
  }

  /** bytes that are here */
  get bytesHeld(): number {
    const last = this.blocks - 1
    return this.have.count * this.blockSize - (this.have.has(last) ? this.blockSize - this.lengthOf(last) : 0)
  }

  /** bytes of a block that are the dataset's own; the rest of the last one are zeros. */
  lengthOf(index: number): number {
    return Math.min(this.blockSize, this.size - index * this.blockSize)
  }

  /** Reads each block that is said to be here, and takes back what is not true. @returns whether all of it is here */
  check(): boolean {
    if (this.#checked && this.have.complete) return true
    for (let index = 0; index < this.blocks; index += 1) this.read(index)
    this.#checked = this.have.complete
    return this.#checked
  }

  /**
   * A block with its zeros, verified; null if it is not here, or no longer right. What was right is not hashed again
   * until somebody has touched the file: to many peers, much is given many times.
   */
  read(index: number): Uint8Array | null {
    if (!this.have.has(index)) return null
    const bytes = Buffer.allocUnsafe(this.blockSize)
    const length = this.lengthOf(index)
    bytes.fill(0, length)
    const whole = this.#readInto(bytes.subarray(0, length), index * this.blockSize)
    if (whole && this.#isRight(index, bytes)) return bytes
    this.have.delete(index)
    return null
  }

  /** Keeps a block whose proof the tree has absorbed. @param bytes with its zeros */
  write(index: number, bytes: Uint8Array): void {
    const part = bytes.subarray(0, this.lengthOf(index))
    const descriptor = this.#opened('r+') ?? this.create()
    for (let done = 0; done < part.length; )
      done += writeSync(descriptor, part, done, part.length - done, index * this.blockSize + done)
    this.have.add(index)
    this.#unsynced += part.length
    if (this.#unsynced >= syncEvery && this.#syncing.size === 0) this.sync().catch(() => {}) // the last one tells
  }

  /** Makes the file, with nothing in it, as long as it will be. */
  create(): number {
    const descriptor = openSync(this.path, 'w+', 0o600)
    ftruncateSync(descriptor, this.size)
    this.close()
    this.#descriptor = descriptor
    this.#open.used(this)
    return descriptor
  }

  /** Waits until the disk has what was written. @throws whatever went wrong with that, now or before */
  async sync(): Promise<void> {
    const descriptor = this.#opened('r+')
    if (descriptor === null) throw new EngineError('not-found', `The file of a dataset is gone: ${this.path}.`)
    this.#syncing.set(descriptor, (this.#syncing.get(descriptor) ?? 0) + 1)
    this.#unsynced = 0
    try {
      await sync(descriptor)
      // A disk tells of a failure once, and then as if nothing had been.
      if (this.#failure !== null) throw this.#failure
    } catch (error) {
      this.#failure ??= error
      throw error
    } finally {
      const others = (this.#syncing.get(descriptor) ?? 1) - 1
      if (others > 0) this.#syncing.set(descriptor, others)
      else this.#syncing.delete(descriptor)
      if (others === 0 && this.#descriptor !== descriptor) closeSync(descriptor)
    }
  }

  /** The whole file was put there by somebody else, with this tree. */
  becomeComplete(tree: BlockTree): void {
    this.close()
    this.tree.nodes.set(tree.nodes)
    for (let index = 0; index < this.blocks; index += 1) this.have.add(index)
    this.#checked = true
    if (this.#opened('r') === null) return
    this.#lookAtFile()
    for (let index = 0; index < this.blocks; index += 1) this.#right.add(index)
  }

  /** Lets go of the file; the next read or write opens it again. */
  close(): void {
    const descriptor = this.#descriptor
    this.#descriptor = null
    this.#open.closed(this)
    if (descriptor !== null && !this.#syncing.has(descriptor)) closeSync(descriptor)
  }

  row(complete: boolean): DatasetRow {
    const { key, root, size, blockSize } = this
    return { key, root, size, blockSize, have: this.have.bytes(), nodes: this.tree.nodes, complete: complete ? 1 : 0 }
  }

  #isRight(index: number, bytes: Uint8Array): boolean {
    this.#lookAtFile()
    if (this.#right.has(index)) return true
    const right = equalBytes(blockDigest(bytes, this.blockSize), this.tree.leaf(index))
    if (right) this.#right.add(index)
    return right
  }

  /** Whether anybody, we included, has written to the file: then nothing is known of it any more. */
  #lookAtFile(): void {
    if (this.#descriptor === null) return
    const { mtimeMs, ctimeMs, size, ino } = fstatSync(this.#descriptor)
    const stamp = `${mtimeMs} ${ctimeMs} ${size} ${ino}`
    if (stamp === this.#stamp) return
    this.#stamp = stamp
    this.#right = new PieceSet(this.blocks)
  }

  #readInto(bytes: Uint8Array, position: number): boolean {
    const descriptor = this.#opened('r')
    if (descriptor === null) return false
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(descriptor, bytes, done, bytes.length - done, position + done)
      if (read === 0) return false
      done += read
    }
    return true
  }

  /** Null if the file is not there. Opened for both where that is allowed, so that one descriptor is enough. */
  #opened(least: 'r' | 'r+'): number | null {
    if (this.#descriptor !== null) {
      this.#open.used(this)
      return this.#descriptor
    }
    for (const mode of least === 'r' ? ['r+', 'r'] : ['r+']) {
      try {
        this.#descriptor = openSync(this.path, mode)
        this.#open.used(this)
        return this.#descriptor
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : ''
        if (code === 'ENOENT') return null
        if (mode === least) throw error
      }
    }
    return null
  }
}
