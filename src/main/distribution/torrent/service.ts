/**
 * The torrent engine inside its thread: folders, transfers and the client put together. What it is told crosses a
 * message port, so that everything here is plain values, signals and progress callbacks.
 */
import type { ArchiveLink, CommunityId } from '../../../shared/domain.ts'
import type { Clock } from '../../clock.ts'
import { crashPoint } from '../../workers/crash-point.ts'
import { transfer } from '../../workers/rpc.ts'
import {
  type ArchiveFile,
  EngineError,
  type EngineEvents,
  type EngineStatus,
  type HeldSet,
  type Rates,
} from '../engine.ts'
import { TorrentClient } from './client.ts'
import { toEngineError } from './errors.ts'
import { Library, type Publication } from './library.ts'
import { type Loaded, LoadedTransfers, seedStatus } from './loaded-transfers.ts'
import { fetchMetainfo } from './metadata.ts'
import { checkCommunity, ownLink, type ReadLink, readLayout, readLink } from './metainfo.ts'
import { PeerBook } from './peer-book.ts'
import { dataPieces, pieceCount, pieceLength } from './piece-files.ts'
import { heldSets, publish, type StagedFile } from './publisher.ts'
import { Reporter } from './reporter.ts'
import type { TorrentSettings } from './settings.ts'
import { SharedTasks, type TaskContext, type Waiter } from './shared-tasks.ts'

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

/** ms without a piece, or without metainfo, after which a transfer is given up unless the caller says otherwise. */
const defaultTimeout = 60_000
/** Corruption that comes back as often as this is not the peers' doing. */
const attempts = 3

export class TorrentService {
  readonly #settings: TorrentSettings
  readonly #clock: Clock
  readonly #emit: Emit
  readonly #library: Library
  readonly #peers: PeerBook
  readonly #transfers: LoadedTransfers
  readonly #reporter: Reporter
  readonly #metainfo = new SharedTasks<Uint8Array>()
  readonly #indexes = new SharedTasks<Uint8Array<ArrayBuffer>>()
  readonly #archives = new SharedTasks<ArchiveFile>()
  #client: TorrentClient | null = null
  #error = ''

  constructor(settings: TorrentSettings, clock: Clock, emit: Emit) {
    this.#settings = settings
    this.#clock = clock
    this.#emit = emit
    this.#library = new Library(settings.root)
    this.#peers = new PeerBook(settings.reach)
    this.#reporter = new Reporter(
      clock,
      { status: (status) => emit('status', status), progress: (progress) => emit('progress', progress) },
      () => this.status(),
    )
    this.#transfers = new LoadedTransfers({
      library: this.#library,
      clock,
      peersOf: (communityId) => this.#peers.of(communityId),
      onMoved: (loaded) => this.#reporter.moved(loaded),
      onPayload: ({ down, up }) => {
        this.#reporter.counted.downloaded += down
        this.#reporter.counted.uploaded += up
      },
      onLost: (error) => this.#warn(error.message),
    })
  }

  async start(): Promise<void> {
    await this.#library.open()
    const client = await TorrentClient.start(this.#settings, {
      onFatal: (error) => this.#emit('fatal', error.message),
      onWarning: (text) => this.#warn(text),
      onBan: (peer, reason, infoHash) => this.#onBan(peer, reason, infoHash),
    })
    this.#client = client
    this.#transfers.begin(client)
    this.#reporter.now()
  }

  /** Unloads everything and notes on disk that it was stopped in order. A stopped service is not started again. */
  async stop(): Promise<void> {
    this.#reporter.end()
    await this.#transfers.end()
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
    this.#reporter.counted.hashed += made.hashed
    crashPoint('publish.seed:before')
    const link = this.#linkOf(made.publication)
    await this.#transfers.load(made.publication, link, { trackers: [], seeding: true })
    crashPoint('publish.seed:after')
    await this.#transfers.retire(made.publication, previous?.infoHash ?? null)
    this.#reporter.now()
    return { link }
  }

  /** Our link to what we hold of a link's torrent, with today's addresses. */
  async ownLink(communityId: CommunityId, link: ArchiveLink): Promise<ArchiveLink> {
    const { infoHash } = readLink(link, communityId, this.#settings)
    const publication = await this.#library.find(communityId, infoHash)
    if (publication === null) throw nothingHere()
    return this.#linkOf(publication)
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
    const publication = await this.#library.find(communityId, target.infoHash)
    if (!on) await this.#transfers.silence(target.infoHash, publication)
    else if (publication === null) throw nothingHere()
    else await this.#transfers.load(publication, link, { trackers: target.trackers, seeding: true })
    this.#reporter.now()
  }

  async held(communityId: CommunityId): Promise<readonly HeldSet[]> {
    return await heldSets(this.#library, communityId, (publication) => this.#linkOf(publication))
  }

  addPeers(communityId: CommunityId, hints: readonly string[]): void {
    this.#peers.add(communityId, hints)
    for (const { publication, transfer: running } of this.#transfers.all())
      if (publication.communityId === communityId && running.busy) running.dial()
  }

  async remove(communityId: CommunityId, link: ArchiveLink): Promise<void> {
    checkCommunity(communityId)
    const { infoHash } = readLink(link, communityId, this.#settings)
    await this.#library.exclusive(communityId, async () => {
      const publication = await this.#library.find(communityId, infoHash)
      if (publication === null) return
      await this.#transfers.unload(publication)
      await this.#library.remove(publication)
    })
    this.#reporter.now()
  }

  /** For each range, how many peers hold all of it; 0 for what is no range of this link's torrent. */
  async holders(
    communityId: CommunityId,
    link: ArchiveLink,
    ranges: readonly (Pick<ByteRange, 'offset' | 'size'> | null)[],
  ): Promise<number[]> {
    const { infoHash } = this.#target(communityId, link)
    const publication = await this.#library.find(communityId, infoHash)
    const running = publication === null ? undefined : this.#transfers.of(publication)?.transfer
    return ranges.map((range) => {
      if (range === null || running === undefined) return 0
      return running.holders(
        Math.floor(range.offset / pieceLength),
        Math.ceil((range.offset + range.size) / pieceLength),
      )
    })
  }

  limit(rates: Rates): void {
    this.#client?.limit(rates)
  }

  status(): EngineStatus {
    return {
      state: this.#client === null ? 'stopped' : 'running',
      error: this.#error,
      addresses: this.#client?.addresses ?? [],
      transfers: [...this.#transfers.all()].map(seedStatus),
      ...this.#reporter.counted,
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
        throw new EngineError(
          'corrupt',
          'The index was right when it came and wrong when it was read back from disk.',
          // The disk's fault, not the index's.
          { retryable: true },
        )
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
    const loaded = await this.#transfers.load(publication, link, { trackers: target.trackers, seeding: false })
    this.#reporter.now()
    try {
      const done = await work(loaded)
      this.#error = ''
      return done
    } catch (error) {
      throw toEngineError(error, 'fetch from peers')
    } finally {
      await this.#transfers.unloadIfSilent(publication)
      this.#reporter.now()
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
    for (const { publication } of this.#transfers.all())
      if (publication.layout.infoHash === infoHash)
        this.#emit('peer-banned', { communityId: publication.communityId, peer, reason })
  }

  #warn(text: string): void {
    this.#error = text
    this.#reporter.soon()
  }
}

function nothingHere(): EngineError {
  return new EngineError('not-found', 'Nothing of this link is on this disk.')
}
