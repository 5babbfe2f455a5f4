/**
 * Makes a publication from the one before it and the archives that are new (RULES.md R1.1 step 3, R1.4). What it costs
 * follows what is new: old pieces are neither read nor hashed, their hashes are taken from the last metainfo.
 *
 * Each step is durable before the next begins, and the publication shows only when its folder gets its name. A crash
 * before that leaves a draft and a tail behind `data`, both thrown away by the next attempt; a crash after it leaves
 * the finished publication, which the next attempt recognizes and returns.
 */
import { type FileHandle, open, readFile, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchiveId, ArchiveLink, CommunityId } from '../../../shared/domain.ts'
import { crashPoint } from '../../workers/crash-point.ts'
import { EngineError, type HeldSet } from '../engine.ts'
import { copyStart, linkFile, writeDurably, writeSynced } from './durable.ts'
import type { Draft, Library, Publication } from './library.ts'
import { checkCommunity, infoMetainfo, torrentFile } from './metainfo.ts'
import { dataPieces, pieceCount, pieceHash, pieceLength, samePiece, sha1 } from './piece-files.ts'
import { PieceSet } from './piece-set.ts'

/** Where a test may kill the process; each is passed as `NAME:before` and `NAME:after`. RULES.md R8.2. */
export const publishCrashPoints = [
  'publish.data',
  'publish.append',
  'publish.index',
  'publish.metainfo',
  'publication.rename',
  'publish.torrent-file',
  'publish.seed',
] as const

export interface StagedFile {
  readonly id: ArchiveId
  readonly file: string
  /** bytes, without padding */
  readonly bytes: number
  /** bytes, a whole number of pieces: the archive and the zeros after it. */
  readonly size: number
}

export interface PublishRequest {
  readonly communityId: CommunityId
  readonly previous: { readonly infoHash: string; readonly committedBytes: number } | null
  readonly staged: readonly StagedFile[]
  readonly index: Uint8Array
  /** Written into `{root}/{cid}.torrent`; no part of the info-hash. */
  readonly trackers: readonly string[]
  readonly createdBy: string
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined
}

export interface Published {
  readonly publication: Publication
  /** Bytes that were hashed: the new archives with their padding, and the index. */
  readonly hashed: number
}

/** What a publication was made from: a repeated call with the same is given the same. */
interface Recorded {
  readonly previous: string | null
  readonly committedBytes: number
  readonly archives: readonly ArchiveId[]
}

const recordName = 'publication.json'
const batch = 10 * pieceLength

export async function publish(library: Library, request: PublishRequest): Promise<Published> {
  const before = request.previous === null ? null : await continued(library, request.communityId, request.previous)
  const record = recordOf(request)
  const finished = await finishedAlready(library, before, request, record)
  const made = finished ?? (await make(library, before, request, record))
  crashPoint('publish.torrent-file:before')
  await writeDurably(join(library.root, `${request.communityId}.torrent`), torrentFile(made.publication, request))
  crashPoint('publish.torrent-file:after')
  return made
}

/** The publication to continue, whole up to its committed length. */
async function continued(
  library: Library,
  communityId: CommunityId,
  previous: { readonly infoHash: string; readonly committedBytes: number },
): Promise<Publication> {
  const publication = await library.find(communityId, previous.infoHash)
  if (publication === null)
    throw new EngineError('not-found', 'The publication to continue is not on this disk: fetch all of it first.')
  await library.prepare(publication)
  const { committedBytes } = previous
  const whole = committedBytes % pieceLength === 0 && committedBytes <= publication.layout.dataLength
  if (!whole || !publication.files.have.hasAll(0, committedBytes / pieceLength))
    throw new EngineError('corrupt', 'Some bytes of the publication to continue are missing: fetch all of it first.')
  return publication
}

async function make(
  library: Library,
  before: Publication | null,
  request: PublishRequest,
  record: Recorded,
): Promise<Published> {
  const draft = await library.draft(request.communityId)
  const committed = record.committedBytes
  let shared = false
  try {
    crashPoint('publish.data:before')
    shared = await startData(library, before, draft, committed)
    crashPoint('publish.data:after')
    crashPoint('publish.append:before')
    const fresh = await append(draft.data, committed, request)
    crashPoint('publish.append:after')
    crashPoint('publish.index:before')
    await writeSynced(draft.index, request.index)
    crashPoint('publish.index:after')
    const kept = committed / pieceLength
    const pieces = Buffer.concat([
      before?.layout.pieces.subarray(0, kept * 20) ?? new Uint8Array(),
      ...fresh,
      ...hashesOf(request.index),
    ])
    const dataLength = committed + fresh.length * pieceLength
    const metainfo = infoMetainfo(request.communityId, { dataLength, indexLength: request.index.length, pieces })
    const trusted = new PieceSet(pieces.length / 20)
    for (let index = 0; index < kept; index += 1) if (before?.trusted.has(index)) trusted.add(index)
    crashPoint('publish.metainfo:before')
    await writeSynced(join(draft.folder, recordName), recordText(record))
    crashPoint('publish.metainfo:after')
    request.signal?.throwIfAborted()
    const publication = await library.commit(draft, { metainfo, have: PieceSet.full(trusted.length), trusted })
    return { publication, hashed: fresh.length * pieceLength + request.index.length }
  } catch (error) {
    // Only while the draft has no name yet: after that, its bytes are a publication's.
    if ((await stat(draft.folder).catch(() => null)) !== null) {
      await library.discard(draft).catch(() => {})
      // A full disk gets its space back at once; otherwise the next attempt would cut the tail off.
      if (shared && before !== null) await truncate(before.files.places.data, committed).catch(() => {})
    }
    throw error
  }
}

/**
 * Puts the committed bytes at the start of the draft's `data`: the same file under a second name where no other
 * publication refers to the bytes behind them, else a copy. True if it is the same file.
 */
async function startData(
  library: Library,
  before: Publication | null,
  draft: Draft,
  committed: number,
): Promise<boolean> {
  if (before === null) {
    await writeSynced(draft.data, new Uint8Array())
    return false
  }
  const source = before.files.places.data
  const { size } = await stat(source)
  if (size < committed) throw new EngineError('corrupt', 'The published data is shorter than what was published.')
  const sharers = await library.sharers(before)
  const tailFree = sharers.every((publication) => publication.layout.dataLength <= committed)
  if (!tailFree || !(await linkFile(source, draft.data))) {
    await copyStart(source, draft.data, committed)
    return false
  }
  if (size > committed) await truncate(draft.data, committed)
  return true
}

/** Writes the staged archives with their padding behind `committed` and gives the hash of each new piece. */
async function append(data: string, committed: number, request: PublishRequest): Promise<Buffer[]> {
  const hashes: Buffer[] = []
  const total = request.staged.reduce((sum, { size }) => sum + size, 0)
  const target = await open(data, 'r+')
  try {
    for (const staged of request.staged) {
      for await (const bytes of paddedChunks(staged)) {
        request.signal?.throwIfAborted()
        const at = committed + hashes.length * pieceLength
        hashes.push(...hashesOf(bytes))
        await writeFully(target, bytes, at)
        request.onProgress?.({ done: hashes.length * pieceLength, total })
      }
    }
    await target.sync()
  } finally {
    await target.close()
  }
  return hashes
}

/** A staged archive and its padding, in chunks of whole pieces. The chunk is reused: take what you need of it. */
async function* paddedChunks(staged: StagedFile): AsyncGenerator<Uint8Array> {
  const source = await open(staged.file, 'r')
  try {
    const { size } = await source.stat()
    if (size !== staged.bytes)
      throw new EngineError(
        'corrupt',
        `The staged archive ${staged.file} has ${size} bytes instead of ${staged.bytes}.`,
      )
    const buffer = Buffer.alloc(Math.min(batch, staged.size))
    for (let offset = 0; offset < staged.size; offset += batch) {
      const chunk = buffer.subarray(0, Math.min(batch, staged.size - offset))
      const wanted = Math.min(chunk.length, Math.max(0, staged.bytes - offset))
      await readFully(source, chunk.subarray(0, wanted), offset)
      chunk.fill(0, wanted)
      yield chunk
    }
  } finally {
    await source.close()
  }
}

/**
 * The publication that an earlier attempt at this very call finished, if there is one: made from the same, and holding
 * the same bytes, so that the staged files are hashed and compared.
 */
async function finishedAlready(
  library: Library,
  before: Publication | null,
  request: PublishRequest,
  record: Recorded,
): Promise<Published | null> {
  for (const publication of (await library.list(request.communityId)).toReversed()) {
    if (publication.number <= (before?.number ?? 0)) return null
    if (!(await madeFrom(publication, record))) continue
    await library.prepare(publication)
    if (!publication.files.have.complete) continue
    const hashed = await sameArchives(publication, request)
    if (hashed !== null) return { publication, hashed }
  }
  return null
}

async function madeFrom(publication: Publication, record: Recorded): Promise<boolean> {
  // Both were written by the same code from the same fields, so equal records are equal texts.
  const text = await readFile(join(publication.folder, recordName), 'utf8').catch(() => '')
  return text === recordText(record)
}

/** Everything of a community that is on this disk, oldest first. */
export function heldSets(
  library: Library,
  communityId: CommunityId,
  linkOf: (publication: Publication) => ArchiveLink,
): Promise<HeldSet[]> {
  checkCommunity(communityId)
  return library.exclusive(communityId, async () => {
    const held: HeldSet[] = []
    for (const publication of await library.list(communityId)) {
      await library.prepare(publication)
      const made = (await stat(join(publication.folder, recordName)).catch(() => null)) !== null
      held.push({ link: linkOf(publication), made, whole: publication.files.have.complete })
    }
    return held
  })
}

async function sameArchives(publication: Publication, request: PublishRequest): Promise<number | null> {
  let piece = (request.previous?.committedBytes ?? 0) / pieceLength
  let hashed = 0
  for (const staged of request.staged)
    for await (const bytes of paddedChunks(staged))
      for (const found of hashesOf(bytes)) {
        hashed += pieceLength
        if (!found.equals(pieceHash(publication.layout, piece))) return null
        piece += 1
      }
  return piece === dataPieces(publication.layout) ? hashed : null
}

function recordOf({ previous, staged }: PublishRequest): Recorded {
  return {
    previous: previous?.infoHash ?? null,
    committedBytes: previous?.committedBytes ?? 0,
    archives: staged.map(({ id }) => id),
  }
}

function recordText({ previous, committedBytes, archives }: Recorded): string {
  return `${JSON.stringify({ previous, committedBytes, archives })}\n`
}

function hashesOf(bytes: Uint8Array): Buffer[] {
  const hashes: Buffer[] = []
  for (let offset = 0; offset < bytes.length; offset += pieceLength)
    hashes.push(sha1(bytes.subarray(offset, offset + pieceLength)))
  return hashes
}

async function readFully(source: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await source.read(target, done, target.length - done, position + done)
    if (bytesRead === 0) throw new EngineError('corrupt', 'A staged archive became shorter while it was read.')
    done += bytesRead
  }
}

async function writeFully(target: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await target.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** Whether every byte of `old`'s data is in `made` as well: it can go, and nothing is lost. */
export function isSuperseded(old: Publication, made: Publication): boolean {
  if (old.layout.dataLength > made.layout.dataLength) return false
  for (let index = 0; index < dataPieces(old.layout); index += 1)
    if (!samePiece(old.layout, made.layout, index)) return false
  return true
}

/** bytes that a publication holds now, of those its torrent covers. */
export function bytesHeld({ files, layout }: Publication): number {
  const last = pieceCount(layout) - 1
  const lastLength = layout.dataLength + layout.indexLength - last * pieceLength
  return files.have.count * pieceLength - (files.have.has(last) ? pieceLength - lastLength : 0)
}
