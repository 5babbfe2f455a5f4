/**
 * The publications of every community on this disk, our own and fetched ones alike (RULES.md R1.4):
 *
 *     {root}/{cid}.torrent               metainfo of our newest publication, for other programs
 *     {root}/{cid}/{n}/{cid}/data        hard-linked from publication to publication
 *     {root}/{cid}/{n}/{cid}/index       each publication's own
 *     {root}/{cid}/{n}/torrent           metainfo: length of both files, hash of each piece
 *     {root}/{cid}/{n}/state.json        pieces that need no second look at the next start
 *     {root}/{cid}/{n}/publication.json  only of those we made: what they were made from
 *     {root}/{cid}/.{n}.partial/         a publication being made; thrown away at the next start
 *
 * `data` only ever grows, and a torrent covers its own length of it: bytes appended for publication n+1 are in n's
 * file as well, where n's torrent never looks. Where that would not hold, `data` is copied instead.
 */
import { access, constants, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommunityId } from '../../../shared/domain.ts'
import { crashPoint } from '../../workers/crash-point.ts'
import { linkFile, syncFolder, writeDurably, writeSynced } from './durable.ts'
import { readLayout } from './metainfo.ts'
import { dataPieces, PieceFiles, pieceCount, pieceLength, samePiece, type TorrentLayout } from './piece-files.ts'
import { PieceSet } from './piece-set.ts'

export interface Publication {
  readonly communityId: CommunityId
  readonly number: number
  /** `{root}/{cid}/{n}` */
  readonly folder: string
  readonly layout: TorrentLayout
  /** Bencoded: `info` and nothing else. */
  readonly metainfo: Uint8Array
  readonly files: PieceFiles
  /** Pieces that were hashed, or written, before the last clean stop: the next start takes them as they are. */
  readonly trusted: PieceSet
}

/** A publication being made: everything in it becomes visible at once, by `commit`. */
export interface Draft {
  readonly communityId: CommunityId
  readonly number: number
  readonly folder: string
  readonly data: string
  readonly index: string
}

interface State {
  readonly clean: boolean
  readonly trusted: Uint8Array
}

const names = { metainfo: 'torrent', state: 'state.json' } as const

export class Library {
  readonly root: string
  readonly #communities = new Map<CommunityId, Promise<Publication[]>>()
  readonly #prepared = new Map<Publication, Promise<number>>()
  readonly #locks = new Map<CommunityId, Promise<unknown>>()

  constructor(root: string) {
    this.root = root
  }

  /** Makes the folder. @throws where it cannot be written. */
  async open(): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o700 })
    await access(this.root, constants.W_OK)
  }

  /** Runs `work` while nothing else changes this community's folders. */
  exclusive<T>(communityId: CommunityId, work: () => Promise<T>): Promise<T> {
    const before = this.#locks.get(communityId) ?? Promise.resolve()
    const run = before.then(work, work)
    this.#locks.set(
      communityId,
      run.catch(() => {}),
    )
    return run
  }

  /** A community's publications, oldest first. */
  async list(communityId: CommunityId): Promise<readonly Publication[]> {
    const known = this.#communities.get(communityId) ?? this.#scan(communityId)
    this.#communities.set(communityId, known)
    known.catch(() => this.#communities.delete(communityId))
    return await known
  }

  async find(communityId: CommunityId, infoHash: string): Promise<Publication | null> {
    const all = await this.list(communityId)
    return all.findLast((publication) => publication.layout.infoHash === infoHash) ?? null
  }

  /**
   * Makes `files.have` true, once for each start: what the last clean stop vouched for is taken as it is, what was
   * written since is hashed (RULES.md R1.5). Resolves to the bytes that had to be read for it.
   */
  prepare(publication: Publication): Promise<number> {
    const known = this.#prepared.get(publication) ?? this.#prepare(publication)
    this.#prepared.set(publication, known)
    known.catch(() => this.#prepared.delete(publication))
    return known
  }

  /** The folder for a torrent whose metainfo was just checked; shares what earlier publications have of it. */
  async adopt(communityId: CommunityId, metainfo: Uint8Array): Promise<Publication> {
    const layout = readLayout(metainfo, communityId)
    const earlier = await this.list(communityId)
    for (const publication of earlier) await this.prepare(publication)
    const draft = await this.draft(communityId)
    const base = bestBase(layout, earlier)
    const have = new PieceSet(pieceCount(layout))
    const trusted = new PieceSet(pieceCount(layout))
    if (base !== null) {
      const linked = (await this.mayShare(base, layout)) && (await linkFile(base.files.places.data, draft.data))
      const target = new PieceFiles(layout, { data: draft.data, index: draft.index }, have)
      for (const index of sharedPieces(layout, base)) {
        if (linked) {
          have.add(index)
          if (base.trusted.has(index)) trusted.add(index)
        } else {
          const bytes = await base.files.read(index)
          if (bytes !== null) await target.write(index, bytes)
        }
      }
      await target.sync()
      await target.close()
    }
    return await this.commit(draft, { metainfo, have, trusted })
  }

  /** Begins a publication; one left over by a crash is thrown away. */
  async draft(communityId: CommunityId): Promise<Draft> {
    const all = await this.list(communityId)
    const number = (all.at(-1)?.number ?? 0) + 1
    const folder = join(this.root, communityId, `.${number}.partial`)
    await rm(folder, { recursive: true, force: true })
    await mkdir(join(folder, communityId), { recursive: true, mode: 0o700 })
    const data = join(folder, communityId, 'data')
    return { communityId, number, folder, data, index: join(folder, communityId, 'index') }
  }

  async discard(draft: Draft): Promise<void> {
    await rm(draft.folder, { recursive: true, force: true })
  }

  /** Gives a draft its name. After this, and not before, it is found by `list`, also after a power cut. */
  async commit(
    draft: Draft,
    made: { readonly metainfo: Uint8Array; readonly have: PieceSet; readonly trusted: PieceSet },
  ): Promise<Publication> {
    const { communityId, number } = draft
    await writeSynced(join(draft.folder, names.metainfo), made.metainfo)
    await writeSynced(join(draft.folder, names.state), stateText({ clean: false, trusted: made.trusted.bytes() }))
    await syncFolder(join(draft.folder, communityId))
    await syncFolder(draft.folder)
    crashPoint('publication.rename:before')
    const folder = join(this.root, communityId, String(number))
    await rename(draft.folder, folder)
    await syncFolder(join(this.root, communityId))
    await syncFolder(this.root)
    crashPoint('publication.rename:after')
    const publication = this.#publication(communityId, number, made.metainfo, made.trusted, made.have)
    this.#prepared.set(publication, Promise.resolve(0))
    const all = await this.list(communityId)
    this.#communities.set(communityId, Promise.resolve([...all, publication]))
    return publication
  }

  /**
   * Whether a torrent of this layout may write into the same `data` file as `publication`: every torrent that shares
   * the file must agree with it on each piece that both cover.
   */
  async mayShare(publication: Publication, layout: TorrentLayout): Promise<boolean> {
    for (const other of await this.sharers(publication)) {
      const both = Math.min(dataPieces(layout), dataPieces(other.layout))
      for (let index = 0; index < both; index += 1) if (!samePiece(layout, other.layout, index)) return false
    }
    return true
  }

  /** The publications whose `data` is the same file on disk, `publication` among them. */
  async sharers(publication: Publication): Promise<readonly Publication[]> {
    const file = await identity(publication.files.places.data)
    const sharers: Publication[] = []
    for (const other of await this.list(publication.communityId))
      if (other === publication || (file !== null && (await identity(other.files.places.data)) === file))
        sharers.push(other)
    return sharers
  }

  /** Drops one publication's folder. Bytes that another publication shares stay, under that one's name. */
  async remove(publication: Publication): Promise<void> {
    const { communityId, folder } = publication
    const all = await this.list(communityId)
    this.#communities.set(communityId, Promise.resolve(all.filter((other) => other !== publication)))
    this.#prepared.delete(publication)
    await publication.files.close()
    // Renamed first, so that a crash leaves a whole folder or none.
    const doomed = join(this.root, communityId, `.${publication.number}.partial`)
    await rm(doomed, { recursive: true, force: true })
    await rename(folder, doomed)
    await syncFolder(join(this.root, communityId))
    await rm(doomed, { recursive: true, force: true })
  }

  /** A clean stop: after this, the next start takes every piece we have now as it is. */
  async settle(): Promise<void> {
    for (const publication of this.#prepared.keys()) {
      const { files, folder } = publication
      await files.sync()
      await files.close()
      await writeDurably(join(folder, names.state), stateText({ clean: true, trusted: files.have.bytes() }))
    }
    this.#prepared.clear()
    this.#communities.clear()
  }

  async #prepare(publication: Publication): Promise<number> {
    const { files, layout, trusted, folder } = publication
    const state = await readState(join(folder, names.state))
    const sizes = { data: await sizeOf(files.places.data), index: await sizeOf(files.places.index) }
    const first = dataPieces(layout)
    const onDisk = (index: number) =>
      index < first
        ? (index + 1) * pieceLength <= sizes.data
        : Math.min((index - first + 1) * pieceLength, layout.indexLength) <= sizes.index
    const vouched = new PieceSet(pieceCount(layout), state.trusted)
    let hashed = 0
    for (let index = 0; index < vouched.length; index += 1) {
      if (!onDisk(index)) continue
      if (vouched.has(index)) files.have.add(index)
      else if (!state.clean) {
        await files.discover(index)
        hashed += pieceLength
      }
    }
    for (let index = 0; index < vouched.length; index += 1) if (files.have.has(index)) trusted.add(index)
    await writeDurably(join(folder, names.state), stateText({ clean: false, trusted: trusted.bytes() }))
    return hashed
  }

  async #scan(communityId: CommunityId): Promise<Publication[]> {
    const base = join(this.root, communityId)
    const found: Publication[] = []
    for (const name of await readdir(base).catch(missingIsEmpty)) {
      if (/^\.\d+\.partial$/.test(name)) await rm(join(base, name), { recursive: true, force: true })
      if (!/^[1-9]\d*$/.test(name)) continue
      const metainfo = await readFile(join(base, name, names.metainfo)).catch(() => null)
      if (metainfo === null) continue
      const layout = readLayout(metainfo, communityId)
      const count = pieceCount(layout)
      found.push(this.#publication(communityId, Number(name), metainfo, new PieceSet(count), new PieceSet(count)))
    }
    return found.sort((a, b) => a.number - b.number)
  }

  #publication(
    communityId: CommunityId,
    number: number,
    metainfo: Uint8Array,
    trusted: PieceSet,
    have: PieceSet,
  ): Publication {
    const folder = join(this.root, communityId, String(number))
    const places = { data: join(folder, communityId, 'data'), index: join(folder, communityId, 'index') }
    const layout = readLayout(metainfo, communityId)
    return { communityId, number, folder, layout, metainfo, trusted, files: new PieceFiles(layout, places, have) }
  }
}

/** The earlier publication with most of a torrent's data; null where none has any. */
function bestBase(layout: TorrentLayout, earlier: readonly Publication[]): Publication | null {
  let best: Publication | null = null
  let most = 0
  for (const publication of earlier) {
    const count = [...sharedPieces(layout, publication)].length
    if (count < most || count === 0) continue
    best = publication
    most = count
  }
  return best
}

/** Data pieces that `base` has and that are the same in both torrents. */
function* sharedPieces(layout: TorrentLayout, base: Publication): Generator<number> {
  const both = Math.min(dataPieces(layout), dataPieces(base.layout))
  for (let index = 0; index < both; index += 1)
    if (base.files.have.has(index) && samePiece(layout, base.layout, index)) yield index
}

function stateText(state: State): string {
  return `${JSON.stringify({ clean: state.clean, trusted: Buffer.from(state.trusted).toString('hex') })}\n`
}

/** A state that cannot be read vouches for nothing: every piece is looked at. */
async function readState(path: string): Promise<State> {
  const text = await readFile(path, 'utf8').catch(() => '')
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && 'clean' in value && 'trusted' in value)
      return { clean: value.clean === true, trusted: Buffer.from(String(value.trusted), 'hex') }
  } catch {
    // falls through
  }
  return { clean: false, trusted: new Uint8Array() }
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null)
  return found?.size ?? 0
}

async function identity(path: string): Promise<string | null> {
  const found = await stat(path, { bigint: true }).catch(() => null)
  return found === null ? null : `${found.dev}:${found.ino}`
}

function missingIsEmpty(error: unknown): string[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
  throw error
}
