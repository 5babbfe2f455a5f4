/**
 * The torrent engine inside its thread: folders, transfers and the client put together. What it is told crosses a
 * message port, so that everything here is plain values, signals and progress callbacks.
 */
import type { ArchiveLink, CommunityId } from '../../../shared/domain.ts'
import type { Clock } from '../../clock.ts'
import { crashPoint } from '../../workers/crash-point.ts'
import { transfer } from '../../workers/rpc.ts'
import { type ArchiveFile, EngineError, type EngineEvents, type EngineStatus, type SeedStatus } from '../engine.ts'
import { TorrentClient } from './client.ts'
import { toEngineError } from './errors.ts'
import { Library, type Publication } from './library.ts'
import { fetchMetainfo } from './metadata.ts'
import { checkCommunity, ownLink, type ReadLink, readLayout, readLink } from './metainfo.ts'
import { PeerBook } from './peer-book.ts'
import { dataPieces, pieceCount, pieceLength } from './piece-files.ts'
import { bytesHeld, isSuperseded, publish, type StagedFile } from './publisher.ts'
import type { TorrentSettings } from './settings.ts'
import { type Progress, SharedTasks, type TaskContext, type Waiter } from './shared-tasks.ts'
import { Transfer } from './transfer.ts'

export interface PublishCall {
  readonly communityId: CommunityId
  readonly previous: { readonly link: ArchiveLink; readonly committedBytes: number } | null
  readonly staged: readonly StagedFile[]
  readonly index: Uint8Array
}

export interface ByteRange {
  /** bytes */
  readonly offset: number
  /** bytes, a whole number of pieces */
  readonly size: number
  readonly padding: number
}

export interface CallOptions extends Waiter {
  /** ms without progress */
  readonly timeout?: number | undefined
}

export interface TorrentServiceEvents extends EngineEvents {
  /** The client broke: the thread is of no more use. */
  fatal: string
}

type Emit = <K extends keyof TorrentServiceEvents>(event: K, value: TorrentServiceEvents[K]) => void

interface Loaded {
  readonly transfer: Transfer
  readonly publication: Publication
  link: ArchiveLink
  seeding: boolean
}

/** ms without a piece, or without metainfo, after which a transfer is given up unless the caller says otherwise. */
const defaultTimeout = 60_000
/** ms between two reports while something moves. */
const reportEvery = 250
/** Corruption that comes back as often as this is not the peers' doing. */
const attempts = 3

export class TorrentService {
  readonly #settings: TorrentSettings
  readonly #clock: Clock
  readonly #emit: Emit
  readonly #library: Library
  readonly #peers: PeerBook
  readonly #loaded = new Map<string, Promise<Loaded>>()
  readonly #current = new Map<string, Loaded>()
  /** Info-hashes that are not to be served once nobody waits for them. */
  readonly #silent = new Set<string>()
  readonly #metainfo = new SharedTasks<Uint8Array>()
  readonly #indexes = new SharedTasks<Uint8Array<ArrayBuffer>>()
  readonly #archives = new SharedTasks<ArchiveFile>()
  #client: TorrentClient | null = null
  #error = ''
  #counted = { downloaded: 0, uploaded: 0, hashed: 0 }
  readonly #moved = new Set<Loaded>()
  #stopReport: (() => void) | null = null

  constructor(settings: TorrentSettings, clock: Clock, emit: Emit) {
    this.#settings = settings
    this.#clock = clock
    this.#emit = emit
    this.#library = new Library(settings.root)
    this.#peers = new PeerBook(settings.reach)
  }

  async start(): Promise<{ readonly port: number }> {
    await this.#library.open()
    this.#client = await TorrentClient.start(this.#settings, {
      onFatal: (error) => this.#emit('fatal', error.message),
      onWarning: (text) => {
        this.#error = text
        this.#report()
      },
      onBan: (peer, reason, infoHash) => this.#onBan(peer, reason, infoHash),
    })
    this.#reportNow()
    return { port: this.#client.port }
  }

  /** Unloads everything and notes on disk that it was stopped in order. */
  async stop(): Promise<void> {
    this.#stopReport?.()
    for (const loading of [...this.#loaded.values()])
      await loading.then(({ transfer: running }) => running.stop()).catch(() => {})
    this.#loaded.clear()
    this.#current.clear()
    await this.#client?.stop()
    this.#client = null
    await this.#library.settle()
  }

  async publish(call: PublishCall, options: Waiter = {}): Promise<{ readonly link: ArchiveLink }> {
    const { communityId } = call
    checkCommunity(communityId)
    const previous =
      call.previous === null
        ? null
        : {
            infoHash: readLink(call.previous.link, communityId, this.#settings).infoHash,
            committedBytes: call.previous.committedBytes,
          }
    const made = await this.#library.exclusive(communityId, () =>
      publish(this.#library, {
        ...call,
        previous,
        trackers: this.#settings.discovery.trackers,
        createdBy: this.#settings.createdBy,
        ...options,
      }),
    )
    this.#counted.hashed += made.hashed
    crashPoint('publish.seed:before')
    const link = this.#linkOf(made.publication)
    this.#silent.delete(made.publication.layout.infoHash)
    await this.#load(made.publication, link, [], true)
    crashPoint('publish.seed:after')
    await this.#retire(made.publication, previous?.infoHash ?? null)
    this.#reportNow()
    return { link }
  }

  /** Our link to what we hold of a link's torrent, with today's addresses. */
  async ownLink(communityId: CommunityId, link: ArchiveLink): Promise<ArchiveLink> {
    return this.#linkOf(await this.#held(communityId, readLink(link, communityId, this.#settings)))
  }

  async openIndex(communityId: CommunityId, link: ArchiveLink, options: CallOptions = {}): Promise<Uint8Array> {
    const target = this.#target(communityId, link)
    const bytes = await this.#indexes.join(
      `${communityId} ${target.infoHash}`,
      (context) => this.#fetchIndex(communityId, link, target, context, options.timeout ?? defaultTimeout),
      options,
    )
    const copy = bytes.slice() // several may have waited, and each buffer is moved only once
    return transfer(copy, [copy.buffer])
  }

  async fetch(
    communityId: CommunityId,
    link: ArchiveLink,
    range: ByteRange,
    options: CallOptions = {},
  ): Promise<ArchiveFile> {
    const target = this.#target(communityId, link)
    return await this.#archives.join(
      `${communityId} ${target.infoHash} ${range.offset} ${range.size}`,
      (context) => this.#fetchArchive(communityId, link, target, range, context, options.timeout ?? defaultTimeout),
      options,
    )
  }

  async seed(communityId: CommunityId, link: ArchiveLink, on: boolean): Promise<void> {
    const target = this.#target(communityId, link)
    if (on) {
      this.#silent.delete(target.infoHash)
      await this.#load(await this.#held(communityId, target), link, target.trackers, true)
    } else {
      this.#silent.add(target.infoHash)
      const publication = await this.#library.find(communityId, target.infoHash)
      const loaded = publication === null ? undefined : await this.#loaded.get(publication.folder)
      if (loaded !== undefined) {
        loaded.seeding = false
        await this.#unloadIfSilent(loaded.publication)
      }
    }
    this.#reportNow()
  }

  addPeers(communityId: CommunityId, hints: readonly string[]): void {
    this.#peers.add(communityId, hints)
    for (const { publication, transfer: running } of this.#current.values())
      if (publication.communityId === communityId && running.busy) running.dial()
  }

  async remove(communityId: CommunityId, link: ArchiveLink): Promise<void> {
    checkCommunity(communityId)
    const { infoHash } = readLink(link, communityId, this.#settings)
    await this.#library.exclusive(communityId, async () => {
      const publication = await this.#library.find(communityId, infoHash)
      if (publication === null) return
      await this.#unload(publication)
      await this.#library.remove(publication)
    })
    this.#reportNow()
  }

  status(): EngineStatus {
    return {
      state: this.#client === null ? 'stopped' : 'running',
      error: this.#error,
      addresses: this.#client?.addresses ?? [],
      transfers: [...this.#current.values()].map(seedStatus),
      ...this.#counted,
    }
  }

  async #fetchIndex(
    communityId: CommunityId,
    link: ArchiveLink,
    target: ReadLink,
    { signal, progress }: TaskContext,
    timeout: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return await this.#with(
      communityId,
      link,
      target,
      { signal, timeout },
      async ({ publication, transfer: running }) => {
        const { layout, files } = publication
        const [from, to] = [dataPieces(layout), pieceCount(layout)]
        const total = layout.indexLength
        const onPiece = (missing: number) => progress({ done: Math.max(0, total - missing * pieceLength), total })
        for (let attempt = 0; attempt < attempts; attempt += 1) {
          await running.want(from, to, { signal, timeout, urgent: true, onPiece })
          const bytes = await files.readIndex()
          if (bytes !== null) return bytes
        }
        throw new EngineError('corrupt', 'The index was right when it came and wrong when it was read back from disk.')
      },
    )
  }

  async #fetchArchive(
    communityId: CommunityId,
    link: ArchiveLink,
    target: ReadLink,
    { offset, size, padding }: ByteRange,
    { signal, progress }: TaskContext,
    timeout: number,
  ): Promise<ArchiveFile> {
    return await this.#with(
      communityId,
      link,
      target,
      { signal, timeout },
      async ({ publication, transfer: running }) => {
        const { layout, files } = publication
        const whole = offset % pieceLength === 0 && size % pieceLength === 0
        if (!whole || offset < 0 || size <= 0 || padding < 0 || padding > size || offset + size > layout.dataLength)
          throw new EngineError('corrupt', 'The archive is said to lie where this torrent has no data.')
        const onPiece = (missing: number) => progress({ done: size - missing * pieceLength, total: size })
        const [from, to] = [offset / pieceLength, (offset + size) / pieceLength]
        await running.want(from, to, { signal, timeout, urgent: false, onPiece })
        await files.sync()
        return { path: files.places.data, offset, length: size - padding }
      },
    )
  }

  /** Runs a fetch on the loaded torrent of a link, getting its metainfo first where that is not here. */
  async #with<T>(
    communityId: CommunityId,
    link: ArchiveLink,
    target: ReadLink,
    options: { readonly signal: AbortSignal; readonly timeout: number },
    work: (loaded: Loaded) => Promise<T>,
  ): Promise<T> {
    const publication =
      (await this.#library.find(communityId, target.infoHash)) ?? (await this.#discover(communityId, target, options))
    const loaded = await this.#load(publication, link, target.trackers, false)
    try {
      return await work(loaded)
    } catch (error) {
      throw toEngineError(error, 'fetch from peers')
    } finally {
      await this.#unloadIfSilent(publication)
      this.#reportNow()
    }
  }

  /** Asks peers for a torrent's metainfo, checks it, and makes its folder. */
  async #discover(
    communityId: CommunityId,
    target: ReadLink,
    options: { readonly signal: AbortSignal; readonly timeout: number },
  ): Promise<Publication> {
    const client = this.#running()
    const metainfo = await this.#metainfo.join(
      `${communityId} ${target.infoHash}`,
      ({ signal }) =>
        fetchMetainfo(client, this.#clock, target, {
          signal,
          timeout: options.timeout,
          peers: () => this.#peers.of(communityId),
          accept: (bytes) => readLayout(bytes, communityId),
        }),
      options,
    )
    return await this.#library.exclusive(
      communityId,
      async () =>
        (await this.#library.find(communityId, target.infoHash)) ?? (await this.#library.adopt(communityId, metainfo)),
    )
  }

  async #load(
    publication: Publication,
    link: ArchiveLink,
    trackers: readonly string[],
    seeding: boolean,
  ): Promise<Loaded> {
    const key = publication.folder
    const known = this.#loaded.get(key) ?? this.#begin(publication, link, trackers)
    this.#loaded.set(key, known)
    known.catch(() => this.#loaded.delete(key))
    const loaded = await known
    loaded.link = link
    if (seeding) loaded.seeding = true
    return loaded
  }

  async #begin(publication: Publication, link: ArchiveLink, trackers: readonly string[]): Promise<Loaded> {
    const client = this.#running()
    await this.#library.prepare(publication)
    const running = new Transfer(client, publication, {
      clock: this.#clock,
      trackers,
      peers: () => this.#peers.of(publication.communityId),
      events: {
        onChange: () => this.#touch(loaded),
        onPayload: ({ down, up }) => {
          this.#counted.downloaded += down
          this.#counted.uploaded += up
          this.#touch(loaded)
        },
        onLost: (error) => {
          this.#error = error.message
          this.#unload(publication).catch(() => {})
        },
      },
    })
    const loaded: Loaded = { transfer: running, publication, link, seeding: false }
    await running.start()
    this.#current.set(publication.folder, loaded)
    this.#reportNow()
    return loaded
  }

  async #unload(publication: Publication): Promise<void> {
    const loading = this.#loaded.get(publication.folder)
    this.#loaded.delete(publication.folder)
    this.#current.delete(publication.folder)
    const loaded = await loading?.catch(() => null)
    await loaded?.transfer.stop()
    this.#report()
  }

  async #unloadIfSilent(publication: Publication): Promise<void> {
    const loaded = this.#current.get(publication.folder)
    if (loaded === undefined || !this.#silent.has(publication.layout.infoHash) || loaded.transfer.busy) return
    await this.#unload(publication)
  }

  /**
   * Drops publications that the new one has made superfluous: those before the one it continues. That one stays, and
   * is served, until the next: members may be in the middle of it, and a crash may bring the caller back to it.
   */
  async #retire(made: Publication, previousHash: string | null): Promise<void> {
    if (previousHash === null) return
    await this.#library.exclusive(made.communityId, async () => {
      const before = await this.#library.find(made.communityId, previousHash)
      for (const old of await this.#library.list(made.communityId)) {
        if (before === null || old.number >= before.number || !isSuperseded(old, made)) continue
        if (this.#current.get(old.folder)?.transfer.busy === true) continue
        await this.#unload(old)
        await this.#library.remove(old)
      }
    })
  }

  async #held(communityId: CommunityId, { infoHash }: ReadLink): Promise<Publication> {
    const publication = await this.#library.find(communityId, infoHash)
    if (publication === null) throw new EngineError('not-found', 'Nothing of this link is on this disk.')
    return publication
  }

  #target(communityId: CommunityId, link: ArchiveLink): ReadLink {
    checkCommunity(communityId)
    const target = readLink(link, communityId, this.#settings)
    this.#peers.add(communityId, target.peers)
    return target
  }

  #linkOf(publication: Publication): ArchiveLink {
    return ownLink(publication.layout.infoHash, publication.communityId, {
      trackers: this.#settings.discovery.trackers,
      peers: this.#running().addresses,
    })
  }

  #running(): TorrentClient {
    if (this.#client === null) throw new EngineError('unavailable', 'The torrent engine is not running.')
    return this.#client
  }

  #onBan(peer: string, reason: string, infoHash: string): void {
    for (const { publication } of this.#current.values())
      if (publication.layout.infoHash === infoHash)
        this.#emit('peer-banned', { communityId: publication.communityId, peer, reason })
  }

  #touch(loaded: Loaded): void {
    this.#moved.add(loaded)
    this.#report()
  }

  /** Reports soon; many changes make one report. */
  #report(): void {
    if (this.#client === null || this.#stopReport !== null) return
    this.#stopReport = this.#clock.setTimer(reportEvery, () => this.#reportNow())
  }

  #reportNow(): void {
    this.#stopReport?.()
    this.#stopReport = null
    for (const { publication, link } of this.#moved) {
      const { communityId, layout } = publication
      const total = layout.dataLength + layout.indexLength
      this.#emit('progress', { communityId, link, done: bytesHeld(publication), total })
    }
    const moving = this.#moved.size > 0
    this.#moved.clear()
    this.#emit('status', this.status())
    if (moving) this.#report() // rates fall to zero only if somebody looks again
  }
}

function seedStatus({ publication, transfer: running, link, seeding }: Loaded): SeedStatus {
  const { communityId, layout } = publication
  const { peers, down, up } = running.rates
  return {
    communityId,
    link,
    seeding,
    peers,
    bytesDone: bytesHeld(publication),
    bytesTotal: layout.dataLength + layout.indexLength,
    downloadRate: down,
    uploadRate: up,
  }
}

export type { Progress }
