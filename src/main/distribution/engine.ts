/**
 * One way of moving archives between nodes. Upper layers never ask which one it is, and an engine never looks inside
 * the bytes it moves: index bytes are made and read by the `IndexCodec` of the layer that holds the community's keys.
 */
import type { ArchiveId, ArchiveLink, CommunityId, EngineKind, PieceMap, Seconds, Topic4 } from '../../shared/domain.ts'

export type Unsubscribe = () => void

/** Bytes `[offset, offset + size)` of the torrent's `data`; the last `padding` of them are zeros. PROTOCOL.md §4.6. */
export interface TorrentRange {
  readonly kind: 'torrent'
  readonly offset: number
  readonly size: number
  readonly padding: number
}
export interface CodexDataset {
  readonly kind: 'codex'
  readonly cid: string
}
export type Locator = TorrentRange | CodexDataset

export interface ArchiveEntry {
  readonly id: ArchiveId
  readonly from: Seconds
  readonly to: Seconds
  readonly topics: readonly Topic4[]
  readonly locator: Locator
}

/** An encoded (and, if need be, encrypted) archive, fsynced, waiting to be published. RULES.md R1.1 step 2. */
export interface StagedArchive {
  readonly file: string
  readonly bytes: number
  readonly from: Seconds
  readonly to: Seconds
  readonly topics: readonly Topic4[]
}

/** Everything published so far by one engine; the next publication continues it. */
export interface PublishedSet {
  readonly link: ArchiveLink
  readonly entries: readonly ArchiveEntry[]
  /** Length of `data` that the entries refer to; bytes after it are an unfinished publication's. */
  readonly committedBytes: number
}

/** What lies on this disk under a link. */
export interface HeldSet {
  readonly link: ArchiveLink
  /** Published by this engine, not fetched. */
  readonly made: boolean
  /** As far as is known every byte of it is here; whoever fetches it has it verified. */
  readonly whole: boolean
}

export interface IndexCodec {
  /** The entry's id, which depends on its locator. PROTOCOL.md §4.5. */
  identify(entry: Omit<ArchiveEntry, 'id'>): ArchiveId
  encode(entries: readonly ArchiveEntry[]): Promise<Uint8Array>
  /** @throws a wire error naming the first entry that lies. */
  decode(bytes: Uint8Array): Promise<readonly ArchiveEntry[]>
}

/** Where a complete and verified archive lies: `length` bytes at `offset` of `path`, padding excluded. */
export interface ArchiveFile {
  readonly path: string
  readonly offset: number
  readonly length: number
}

/** bytes/s; null: no limit. */
export interface Rates {
  readonly download: number | null
  readonly upload: number | null
}

/** `ip:port` or a multiaddr. */
export type PeerHint = string

export interface TaskOptions {
  readonly signal?: AbortSignal
  /** ms without progress after which a fetch is given up; the engine's own default if absent. */
  readonly timeout?: number
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void
}

export interface SeedStatus {
  readonly communityId: CommunityId
  readonly link: ArchiveLink
  readonly seeding: boolean
  readonly peers: number
  readonly bytesDone: number
  readonly bytesTotal: number
  /** bytes/s */
  readonly downloadRate: number
  readonly uploadRate: number
  readonly pieces: PieceMap
  /** What went wrong last and is not over; empty where all is well. */
  readonly trouble: string
}

/** What a node outside Chronicle says of itself. */
export interface NodeDescription {
  readonly address: string
  /** As the node gives it; empty where it says nothing. */
  readonly version: string
  readonly peerId: string
  /** Its signed peer record. */
  readonly spr: string
  /** bytes */
  readonly quota: number
  readonly used: number
}

export interface EngineStatus {
  readonly state: 'stopped' | 'starting' | 'running' | 'failed'
  /** What is wrong and what to do; also of one that runs, and tries on by itself. Empty where all is well. */
  readonly error: string
  /** The program that does the work, where it is not ours and was reached. */
  readonly node?: NodeDescription
  /** `ip:port` or multiaddrs that other nodes can dial. */
  readonly addresses: readonly PeerHint[]
  readonly transfers: readonly SeedStatus[]
  /** Totals since start, bytes. `hashed` is what publishing had to hash: new archives and the index, nothing old. */
  readonly downloaded: number
  readonly uploaded: number
  readonly hashed: number
}

export interface EngineEvents {
  status: EngineStatus
  progress: { communityId: CommunityId; link: ArchiveLink; done: number; total: number }
  'peer-banned': { communityId: CommunityId; peer: string; reason: string }
}

/** A dataset that somebody put in: its CID is what it is asked for by. */
export interface StoredDataset {
  readonly cid: string
  /** bytes */
  readonly size: number
}

/** What a node of Logos Storage says of itself to whoever looks for what is wrong. */
export interface DatasetNode {
  readonly peer: string
  readonly addresses: readonly PeerHint[]
  /** Multiaddrs of those it is connected to. */
  readonly connections: readonly PeerHint[]
  /** Datasets on this disk, whole or in part, archives included. */
  readonly datasets: number
}

/** Datasets by themselves, by their CIDs, of whatever they are made; PROTOCOL.md §4.7. All fail with an EngineError. */
export interface DatasetClient {
  /** Takes a file in; from then on it is given to whoever asks. The file itself is no longer needed. */
  upload(file: string, options?: TaskOptions): Promise<StoredDataset>
  /** Fetches a dataset, every byte of it verified, into the node; from then on it is given to others, too. */
  fetch(cid: string, options?: TaskOptions): Promise<ArchiveFile>
  /** Fetches it and copies it to a file of the caller's, which must not be there yet. @returns its length, bytes */
  download(cid: string, to: string, options?: TaskOptions): Promise<number>
  /** Whether every byte of it is here: more than that its manifest is. */
  has(cid: string): Promise<boolean>
  /** Lets go of it; what an archive needs stays. */
  remove(cid: string): Promise<void>
  /** Names peers that may be asked. */
  connect(hints: readonly PeerHint[]): void
  debug(): Promise<DatasetNode>
}

export interface DistributionEngine {
  readonly kind: EngineKind
  /** Only where datasets can travel by themselves. */
  readonly datasets?: DatasetClient
  start(): Promise<void>
  stop(): Promise<void>
  /**
   * Continues `previous` with the staged archives, all or nothing; entries get their locators, and so their ids, here.
   * Safe to repeat after a crash at any instant: the same call ends in the same set. RULES.md R1.1 step 3.
   * The new set is served when this resolves. `previous` stays, and is served, until the publication after this one;
   * what is older and wholly contained in the new goes. With nothing staged: `previous` with today's addresses in its link.
   * @throws EngineError `not-found` or `corrupt` where `previous` is not here, whole: it must be fetched first
   */
  publish(
    communityId: CommunityId,
    previous: PublishedSet | null,
    staged: readonly StagedArchive[],
    codec: IndexCodec,
    options?: TaskOptions,
  ): Promise<PublishedSet>
  /** The index behind a link, exactly its bytes; the caller decodes them. */
  openIndex(communityId: CommunityId, link: ArchiveLink, options?: TaskOptions): Promise<Uint8Array>
  /** One archive, every byte verified; resumes what is there, joins an equal fetch already running. Archives come in the
   *  order in which they were asked for. The file stays until the link is removed. */
  fetch(communityId: CommunityId, link: ArchiveLink, entry: ArchiveEntry, options?: TaskOptions): Promise<ArchiveFile>
  /** Serves what this node holds of a link, or stops serving it; off, it may still be fetched. Never deletes. What was
   *  fetched is served from then on unless it was turned off. @throws EngineError `not-found`. RULES.md R1.7. */
  seed(communityId: CommunityId, link: ArchiveLink, on: boolean): Promise<void>
  /** For each archive of a link, how many connected peers hold all of it, as far as they said. */
  holders(communityId: CommunityId, link: ArchiveLink, archives: readonly Locator[]): Promise<readonly number[]>
  /** Every link of a community of which something is on this disk, oldest first; known to the caller or not. R1.2. */
  held(communityId: CommunityId): Promise<readonly HeldSet[]>
  addPeers(communityId: CommunityId, hints: readonly PeerHint[]): void
  /** Forgets a link, known or not; its files go only when no other link of the community uses them. */
  remove(communityId: CommunityId, link: ArchiveLink): Promise<void>
  /** Takes effect at once, and again whenever the engine starts. */
  limit(rates: Rates): void
  status(): EngineStatus
  on<K extends keyof EngineEvents>(event: K, listener: (value: EngineEvents[K]) => void): Unsubscribe
}

export type EngineErrorCode =
  | 'not-found'
  | 'timeout'
  | 'aborted'
  | 'corrupt'
  | 'too-large'
  | 'no-space'
  | 'unsupported'
  | 'unavailable'

export class EngineError extends Error {
  readonly code: EngineErrorCode
  readonly retryable: boolean
  constructor(code: EngineErrorCode, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'EngineError'
    this.code = code
    this.retryable = options.retryable ?? (code === 'timeout' || code === 'unavailable' || code === 'not-found')
  }
}
