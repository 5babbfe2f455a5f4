import { existsSync } from 'node:fs'
import { appendFile, mkdir, open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Library, type Publication } from '../../../src/main/distribution/torrent/library.ts'
import { infoMetainfo } from '../../../src/main/distribution/torrent/metainfo.ts'
import { publish } from '../../../src/main/distribution/torrent/publisher.ts'
import { paddedSize } from '../../../src/main/wire/index.ts'
import type { ArchiveId } from '../../../src/shared/domain.ts'
import { bytesOf, communityA, stage, temporaryFolder } from '../../support/torrent.ts'

const piece = 102_400

/** Publishes archives of these lengths on top of `previous`. */
async function add(library: Library, previous: Publication | null, lengths: readonly number[], seed = '') {
  const staging = temporaryFolder()
  const offset = previous === null ? 0 : previous.layout.dataLength / piece
  const staged = await Promise.all(
    lengths.map(async (length, index) => {
      const { file, bytes } = await stage(staging, offset + index, length, seed)
      return { id: `0x${seed}${offset + index}` as ArchiveId, file, bytes, size: paddedSize(length).size }
    }),
  )
  return await publish(library, {
    communityId: communityA,
    previous:
      previous === null ? null : { infoHash: previous.layout.infoHash, committedBytes: previous.layout.dataLength },
    staged,
    index: bytesOf(`index ${seed} ${offset} ${lengths.length}`, 300),
    trackers: [],
    createdBy: '',
  })
}

async function reopened(root: string): Promise<Publication[]> {
  return [...(await new Library(root).list(communityA))]
}

describe('the folders of publications', () => {
  it('R1.5 needs no second look at anything after an orderly stop', async () => {
    const root = temporaryFolder()
    const library = new Library(root)
    const { publication } = await add(library, null, [5 * piece, 10])
    await library.settle()
    const again = new Library(root)
    const found = await again.find(communityA, publication.layout.infoHash)
    if (found === null) throw new Error('not found')
    expect(await again.prepare(found)).toBe(0)
    expect(found.files.have.complete).toBe(true)
  })

  it('R1.5 hashes only the tail written since the last orderly stop', async () => {
    const root = temporaryFolder()
    const first = new Library(root)
    const { publication } = await add(first, null, [500 * piece - 10])
    await first.settle()
    const second = new Library(root)
    const before = await second.find(communityA, publication.layout.infoHash)
    await add(second, before, [2 * piece - 10])
    // No settle: the process was killed.
    const third = new Library(root)
    const newest = (await third.list(communityA)).at(-1)
    if (newest === undefined) throw new Error('not found')
    expect(newest.files.have.length).toBe(500 + 2 + 1)
    expect(await third.prepare(newest)).toBeLessThanOrEqual(3 * piece)
    expect(newest.files.have.complete).toBe(true)
  })

  it('R1.5 finds a torn tail: what was not written is not there', async () => {
    const root = temporaryFolder()
    const { publication } = await add(new Library(root), null, [5 * piece - 1])
    await truncate(publication.files.places.data, 3 * piece + 7)
    const library = new Library(root)
    const [found] = await library.list(communityA)
    if (found === undefined) throw new Error('not found')
    await library.prepare(found)
    expect([...found.files.have.missing()]).toEqual([3, 4])
  })

  it('throws away what a crash left half made, and skips what it does not know', async () => {
    const root = temporaryFolder()
    await add(new Library(root), null, [10])
    await mkdir(join(root, communityA, '.2.partial', communityA), { recursive: true })
    await mkdir(join(root, communityA, '3'))
    await writeFile(join(root, communityA, 'notes.txt'), '')
    expect((await reopened(root)).map(({ number }) => number)).toEqual([1])
    expect((await readdir(join(root, communityA))).toSorted()).toEqual(['1', '3', 'notes.txt'])
  })

  it('cuts off the tail of an unfinished publication, which nobody refers to', async () => {
    const library = new Library(temporaryFolder())
    const { publication } = await add(library, null, [10])
    await appendFile(publication.files.places.data, bytesOf('unfinished', 7 * piece + 3))
    const next = await add(library, publication, [20])
    expect((await stat(next.publication.files.places.data)).size).toBe(2 * piece)
    expect((await readFile(next.publication.files.places.data)).subarray(piece, piece + 20)).toEqual(bytesOf('1', 20))
  })

  it('removes one publication and leaves the bytes that another shares', async () => {
    const root = temporaryFolder()
    const library = new Library(root)
    const { publication: first } = await add(library, null, [10])
    const { publication: second } = await add(library, first, [20])
    await library.remove(first)
    expect(existsSync(first.folder)).toBe(false)
    expect((await readFile(second.files.places.data)).subarray(0, 10)).toEqual(bytesOf('0', 10))
    expect((await reopened(root)).map(({ number }) => number)).toEqual([2])
  })
})

describe('a torrent of somebody else', () => {
  /** Metainfo that begins with `base`'s data and goes on with `more` pieces. */
  function continued(base: Publication, kept: number, more: number): Uint8Array {
    const pieces = Buffer.concat([base.layout.pieces.subarray(0, kept * 20), bytesOf('hashes', (more + 1) * 20)])
    return infoMetainfo(communityA, { dataLength: (kept + more) * piece, indexLength: 10, pieces })
  }

  it('shares the file and the pieces of the one it continues', async () => {
    const library = new Library(temporaryFolder())
    const { publication: base } = await add(library, null, [3 * piece - 1])
    const next = await library.adopt(communityA, continued(base, 3, 2))
    expect([...next.files.have.missing()]).toEqual([3, 4, 5])
    expect((await stat(next.files.places.data)).ino).toBe((await stat(base.files.places.data)).ino)
  })

  it('gets a file of its own, with the pieces that are the same, where it goes another way', async () => {
    const library = new Library(temporaryFolder())
    const { publication: base } = await add(library, null, [3 * piece - 1])
    const fork = await library.adopt(communityA, continued(base, 2, 5))
    expect([...fork.files.have.missing()]).toEqual([2, 3, 4, 5, 6, 7])
    expect((await stat(fork.files.places.data)).ino).not.toBe((await stat(base.files.places.data)).ino)
    expect(await fork.files.read(1)).toEqual(bytesOf('0', 3 * piece - 1).subarray(piece, 2 * piece))
    const handle = await open(fork.files.places.data, 'r+')
    await handle.write(Buffer.from('other bytes'), 0, 11, 2 * piece)
    await handle.close()
    await base.files.check(0, 3)
    expect(base.files.have.complete).toBe(true)
  })

  it('shares nothing with one whose file a third already continues in its own way', async () => {
    const library = new Library(temporaryFolder())
    const { publication: first } = await add(library, null, [2 * piece - 1])
    const { publication: second } = await add(library, first, [10])
    const other = await library.adopt(communityA, continued(first, 2, 3))
    expect([...other.files.have.missing()]).toEqual([2, 3, 4, 5])
    expect((await stat(other.files.places.data)).ino).not.toBe((await stat(second.files.places.data)).ino)
  })
})

describe('the pieces on disk', () => {
  it('R5.3 are hashed when first read, and are gone when they are wrong', async () => {
    const { publication } = await add(new Library(temporaryFolder()), null, [3 * piece - 1])
    const { files } = publication
    const corrupt: number[] = []
    files.onCorrupt = (index) => corrupt.push(index)
    const handle = await open(files.places.data, 'r+')
    await handle.write(Buffer.from('!'), 0, 1, piece + 5)
    await handle.close()
    await files.check(0, 3)
    expect(corrupt).toEqual([1])
    expect(await files.read(1)).toBeNull()
    expect([...files.have.missing()]).toEqual([1])
    await files.write(1, bytesOf('0', 3 * piece - 1).subarray(piece, 2 * piece))
    expect(files.have.complete).toBe(true)
    expect(corrupt).toEqual([1])
  })

  it('of the index come without anything behind them', async () => {
    const { publication } = await add(new Library(temporaryFolder()), null, [10])
    await appendFile(publication.files.places.index, 'an old and longer index')
    expect(await publication.files.readIndex()).toEqual(new Uint8Array(bytesOf('index  0 1', 300)))
  })

  it('that are zeros are told from holes', async () => {
    const root = temporaryFolder()
    const library = new Library(root)
    // An exact multiple of the piece length gets a whole piece of padding.
    const { publication } = await add(library, null, [2 * piece])
    expect(publication.layout.dataLength).toBe(3 * piece)
    await truncate(publication.files.places.data, piece)
    await truncate(publication.files.places.data, 3 * piece)
    const again = new Library(root)
    const [found] = await again.list(communityA)
    if (found === undefined) throw new Error('not found')
    await again.prepare(found)
    expect([...found.files.have.missing()]).toEqual([1])
  })

  it('cannot be written on a full disk, and the error says so', async () => {
    const { publication } = await add(new Library(temporaryFolder()), null, [10])
    const places = { ...publication.files.places, data: '/dev/full' }
    const { PieceFiles } = await import('../../../src/main/distribution/torrent/piece-files.ts')
    const { PieceSet } = await import('../../../src/main/distribution/torrent/piece-set.ts')
    const files = new PieceFiles(publication.layout, places, new PieceSet(2))
    await expect(files.write(0, new Uint8Array(piece))).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(files.have.count).toBe(0)
  })
})

describe('publishing', () => {
  it('hashes the new archives with their padding and the index, and nothing old', async () => {
    const library = new Library(temporaryFolder())
    const first = await add(library, null, [100 * piece - 1])
    expect(first.hashed).toBe(100 * piece + 300)
    const second = await add(library, first.publication, [10, 2 * piece])
    expect(second.hashed).toBe((1 + 3) * piece + 300)
  })

  it('reads nothing old either: pieces that rotted meanwhile do not stop it', async () => {
    const library = new Library(temporaryFolder())
    const first = await add(library, null, [3 * piece - 1])
    const handle = await open(first.publication.files.places.data, 'r+')
    await handle.write(Buffer.from('!'), 0, 1, 5)
    await handle.close()
    const second = await add(library, first.publication, [10])
    expect(second.publication.layout.pieces.subarray(0, 60)).toEqual(first.publication.layout.pieces.subarray(0, 60))
  })

  it('is cancelled by its signal and leaves no trace', async () => {
    const root = temporaryFolder()
    const library = new Library(root)
    const { file, bytes } = await stage(temporaryFolder(), 0, 30 * piece - 1)
    const controller = new AbortController()
    const cancelled = publish(library, {
      communityId: communityA,
      previous: null,
      staged: [{ id: '0x0' as ArchiveId, file, bytes, size: 30 * piece }],
      index: bytesOf('index', 10),
      trackers: [],
      createdBy: '',
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done >= 20 * piece) controller.abort()
      },
    })
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' })
    expect(await readdir(join(root, communityA))).toEqual([])
  })
})
