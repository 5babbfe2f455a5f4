/**
 * The Codex engine inside its thread: library, host and peers put together. What it is told crosses a message port, so
 * that everything here is plain values, signals and progress callbacks.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Connection, Libp2p } from '@libp2p/interface'
import type { ArchiveLink, CommunityId } from '../../../../shared/domain.ts'
import type { Clock } from '../../../clock.ts'
import { MAX_INDEX_BYTES, WireError } from '../../../wire/index.ts'
import { transfer } from '../../../workers/rpc.ts'
import {
  type ArchiveFile,
  type DatasetNode,
  EngineError,
  type EngineEvents,
  type EngineStatus,
  type HeldSet,
  type Rates,
  type StagedArchive,
  type StoredDataset,
} from '../../engine.ts'
import type { Waiter } from '../../torrent/shared-tasks.ts'
import { Acquaintances } from './acquaintances.ts'
import type { LinkRow } from './catalogue.ts'
import type { Dataset } from './dataset.ts'
import { Discovery } from './discovery.ts'
import { Fetching } from './fetching.ts'
import { Giving } from './giving.ts'
import { addressesOf, portOf, startHost } from './host.ts'
import { loadIdentity } from './identity.ts'
import { Library } from './library.ts'
import { LooseDatasets } from './loose.ts'
import { checked } from './manifests.ts'
import { Pace } from './pace.ts'
import { Protocols } from './protocols.ts'
import { type PublishCall, Publisher } from './publisher.ts'
import { looseDatasets, Seeding } from './seeding.ts'
import type { CallOptions, CodexSettings } from './settings.ts'
import { Swarm } from './swarm.ts'
import { type Wire, Wires } from './wires.ts'

type Emit = <K extends keyof EngineEvents>(event: K, value: EngineEvents[K]) => void

interface Parts {
  readonly library: Library
  readonly host: Libp2p
  readonly swarm: Swarm
  readonly acquaintances: Acquaintances
  readonly discovery: Discovery
  readonly seeding: Seeding
  readonly publisher: Publisher
  readonly loose: LooseDatasets
}

/** ms between two reports while something moves. */
const reportEvery = 250

export class CodexService {
  readonly #settings: CodexSettings
  readonly #clock: Clock
  readonly #emit: Emit
  readonly #fetching: Fetching
  readonly #stopping = new AbortController()
  /** What must end before the database may be closed. */
  readonly #running = new Set<Promise<unknown>>()
  readonly #counted = { downloaded: 0, uploaded: 0, hashed: 0 }
  readonly #moved = new Map<string, { readonly row: LinkRow; readonly dataset: Dataset }>()
  readonly #banned = new Set<string>()
  readonly #wires = new Wires()
  readonly #pace: { readonly download: Pace; readonly upload: Pace }
  #parts: Parts | null = null
  #cancelReport: (() => void) | null = null

  constructor(settings: CodexSettings, clock: Clock, emit: Emit) {
    this.#settings = settings
    this.#clock = clock
    this.#emit = emit
    const paceOf = (limit: number) => new Pace(clock, limit < 0 ? null : limit)
    this.#pace = { download: paceOf(settings.downloadLimit), upload: paceOf(settings.uploadLimit) }
    this.#fetching = new Fetching({
      clock,
      pace: this.#pace.download,
      maxDatasetBytes: settings.maxDatasetBytes,
      open: () => this.#open(),
      during: (work) => this.#during(work),
      ban: (peer, reason, communities) => this.#ban(peer, reason, communities),
      onGarbled: (peer, wire, error) => this.#onGarbled(peer, wire, error),
      onKept: (row, dataset, bytes) => {
        this.#counted.downloaded += bytes
        this.#moved.set(dataset.key, { row, dataset })
        this.#soon()
      },
      soon: () => this.#soon(),
    })
  }

  async start(): Promise<{ readonly port: number }> {
    const library = await Library.open(this.#settings.root)
    try {
      const key = await loadIdentity(join(this.#settings.root, 'identity.key'))
      const noted = Number(library.catalogue.note('port'))
      const lastPort = noted > 0 ? noted : null
      const isBanned = (peer: string) => this.#banned.has(peer)
      const host = await startHost({ settings: this.#settings, key, lastPort, isBanned })
      const port = portOf(host)
      library.catalogue.setNote('port', String(port))
      await this.#compose(library, host)
      this.#report()
      return { port }
    } catch (error) {
      library.close()
      throw error
    }
  }

  async stop(): Promise<void> {
    const parts = this.#parts
    this.#cancelReport?.()
    this.#stopping.abort(new EngineError('aborted', 'The Codex engine stops.'))
    for (const pace of Object.values(this.#pace)) pace.end()
    await Promise.allSettled(this.#running)
    this.#parts = null
    parts?.acquaintances.end()
    parts?.discovery.end()
    parts?.swarm.end()
    await parts?.host.stop()
    parts?.library.close()
  }

  /** Stores staged archives, each a dataset. @returns their CIDs, in the same order */
  async store(communityId: CommunityId, staged: readonly StagedArchive[], options: Waiter = {}): Promise<string[]> {
    const { publisher } = this.#open()
    return await this.#during(async (stopping) => {
      const signal = options.signal === undefined ? stopping : AbortSignal.any([stopping, options.signal])
      return await publisher.orAbandon(communityId, () => publisher.store(communityId, staged, { ...options, signal }))
    })
  }

  /** Makes a publication of archives that are all here, and serves it. */
  async publish(call: PublishCall): Promise<{ readonly link: ArchiveLink }> {
    const { publisher } = this.#open()
    const row = await this.#during((signal) =>
      publisher.orAbandon(call.communityId, () => publisher.publish(call, signal)),
    )
    this.#report()
    return { link: row.cid as ArchiveLink }
  }

  async openIndex(communityId: CommunityId, link: ArchiveLink, options: CallOptions = {}): Promise<Uint8Array> {
    const dataset = await this.#fetching.whole(communityId, link, link, MAX_INDEX_BYTES, options)
    const bytes = await readFile(dataset.path)
    const copy = new Uint8Array(bytes)
    return transfer(copy, [copy.buffer])
  }

  async fetch(
    communityId: CommunityId,
    link: ArchiveLink,
    cid: string,
    options: CallOptions = {},
  ): Promise<ArchiveFile> {
    const dataset = await this.#fetching.whole(communityId, link, cid, this.#settings.maxDatasetBytes, options)
    return { path: dataset.path, offset: 0, length: dataset.size }
  }

  async seed(communityId: CommunityId, link: ArchiveLink, on: boolean): Promise<void> {
    const { library, seeding, acquaintances, discovery } = this.#open()
    const row = library.catalogue.link(communityId, checked(link))
    const here = row !== null && library.catalogue.manifest(row.cid) !== null
    if (here) seeding.seed(row, on)
    if (here && on) {
      acquaintances.greet(communityId)
      discovery.provide()
    } else if (on) throw new EngineError('not-found', 'Nothing of this link is on this disk.')
    this.#report()
  }

  held(communityId: CommunityId): readonly HeldSet[] {
    return this.#open().library.catalogue.heldSets(communityId)
  }

  addPeers(communityId: CommunityId, hints: readonly string[]): void {
    this.#parts?.swarm.addHints(communityId, hints)
  }

  /**
   * Forgets a link. A newer link of the community takes over its archives, because later sets go on from earlier ones.
   * What we published ourselves stays until such a link is there: it may be the only copy.
   */
  async remove(communityId: CommunityId, link: ArchiveLink): Promise<void> {
    const { library, seeding } = this.#open()
    const row = library.catalogue.link(communityId, checked(link))
    if (row === null) return
    this.#fetching.end(row, new EngineError('aborted', 'The link was removed.'))
    await this.#during(async () => {
      const newer = library.catalogue.links(communityId).filter(({ id }) => id > row.id)
      const heir = newer.findLast(({ published }) => published >= row.published) ?? null
      seeding.forget(row)
      if (row.published === 0 || heir !== null) await library.dropLink(row, heir)
      seeding.changed()
    })
    this.#report()
  }

  /** Peers of the community that can be asked now; which of its datasets they have they say only when asked. */
  providers(communityId: CommunityId): number {
    return this.#parts?.swarm.sessionsOf(communityId).length ?? 0
  }

  async putDataset(file: string, options: Waiter = {}): Promise<StoredDataset> {
    const { loose } = this.#open()
    return await this.#during(async (stopping) => {
      const signal = options.signal === undefined ? stopping : AbortSignal.any([stopping, options.signal])
      return await loose.put(file, { ...options, signal })
    })
  }

  async getDataset(cid: string, options: CallOptions = {}): Promise<ArchiveFile> {
    return await this.#open().loose.get(cid, this.#settings.maxDatasetBytes, options)
  }

  hasDataset(cid: string): boolean {
    return this.#open().loose.has(cid)
  }

  async removeDataset(cid: string): Promise<void> {
    const { loose } = this.#open()
    await this.#during(() => loose.remove(cid))
  }

  debug(): DatasetNode {
    return this.#open().loose.debug()
  }

  limit({ download, upload }: Rates): void {
    this.#pace.download.set(download)
    this.#pace.upload.set(upload)
  }

  status(): EngineStatus {
    const parts = this.#parts
    const connected = new Set(parts?.host.getPeers().map(String) ?? [])
    return {
      state: parts === null ? 'stopped' : 'running',
      error: '',
      addresses: parts === null ? [] : addressesOf(parts.host, this.#settings.addresses),
      transfers: parts?.seeding.status(connected) ?? [],
      ...this.#counted,
    }
  }

  async #compose(library: Library, host: Libp2p): Promise<void> {
    const clock = this.#clock
    const seeding = new Seeding(library, () => clock.now())
    const wires = this.#wires
    const onGarbled = (peer: string, wire: Wire, error: unknown) => this.#onGarbled(peer, wire, error)
    const giving: Giving = new Giving({
      host,
      clock,
      shelves: seeding,
      pace: this.#pace.upload,
      wires,
      onGarbled,
      onGiven: (peer, dataset, bytes) => {
        this.#counted.uploaded += bytes
        seeding.given(dataset, peer, bytes)
        this.#soon()
      },
      onNews: (peer, presences) => this.#fetching.hasNews(peer, presences),
      sayTo: (peer, presences) => {
        const session = swarm.sessionWith(peer)
        session?.tell(presences).catch(() => {})
        return session !== null
      },
    })
    const { reach, window } = this.#settings
    const protocols = new Protocols({ host, clock, window, giving, wires, onGarbled })
    const open = (connection: Connection) => protocols.open(connection)
    const onFollowed = (community: CommunityId) => {
      acquaintances.followed(community)
      discovery.followed(community)
    }
    const onJoined = (community: CommunityId) => acquaintances.joined(community)
    const peers = { host, clock, reach, wires, onGarbled }
    const swarm: Swarm = new Swarm({ ...peers, open, onFollowed, onJoined }, this.#banned)
    const [shelves, notes] = [seeding, library.catalogue]
    const acquaintances: Acquaintances = new Acquaintances({ ...peers, swarm, shelves, notes })
    const discovery: Discovery = new Discovery({ host, clock, settings: this.#settings, swarm, shelves })
    for (const part of [protocols, acquaintances, discovery]) await part.begin()
    const publisher = new Publisher(library, seeding, this.#settings, (bytes) => {
      this.#counted.hashed += bytes
    })
    const loose = new LooseDatasets({ library, host, swarm, seeding, fetching: this.#fetching }, this.#settings)
    this.#parts = { loose, library, host, swarm, acquaintances, discovery, seeding, publisher }
  }

  /** Runs what the database must stay open for. */
  async #during<T>(work: (stopping: AbortSignal) => Promise<T>): Promise<T> {
    this.#stopping.signal.throwIfAborted()
    const running = work(this.#stopping.signal)
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }

  #ban(peer: string, reason: string, communities: readonly CommunityId[]): void {
    const { swarm } = this.#open()
    if (this.#banned.has(peer)) return
    swarm.ban(peer)
    const concerned = new Set([...communities, ...swarm.communitiesOf(peer)])
    concerned.delete(looseDatasets)
    for (const communityId of concerned) this.#emit('peer-banned', { communityId, peer, reason })
  }

  /** A peer is not listened to in a protocol that it does not follow, and banned if it speaks no other. */
  #onGarbled(peer: string, wire: Wire, error: unknown): void {
    if (!(error instanceof WireError) || this.#parts === null || !this.#wires.refuse(peer, wire)) return
    const { swarm } = this.#parts
    const ban = () => {
      if (this.#parts !== null) this.#ban(peer, `does not follow the protocol: ${error.message}`, [])
    }
    swarm.leave(peer, wire).then((speaksAnother) => {
      if (!speaksAnother) ban()
    }, ban)
  }

  #open(): Parts {
    if (this.#parts === null) throw new EngineError('unavailable', 'The Codex engine is not running.')
    return this.#parts
  }

  #soon(): void {
    if (this.#stopping.signal.aborted || this.#cancelReport !== null) return
    this.#cancelReport = this.#clock.setTimer(reportEvery, () => this.#report())
  }

  #report(): void {
    if (this.#stopping.signal.aborted || this.#parts === null) return
    this.#cancelReport?.()
    this.#cancelReport = null
    for (const { row, dataset } of this.#moved.values()) {
      const { community: communityId, cid } = row
      if (communityId === looseDatasets) continue
      const [done, total] = [dataset.bytesHeld, dataset.size]
      this.#emit('progress', { communityId, link: cid as ArchiveLink, done, total })
    }
    this.#moved.clear()
    const status = this.status()
    this.#emit('status', status)
    // Rates fall to zero only if somebody looks again.
    if (status.transfers.some(({ downloadRate, uploadRate }) => downloadRate + uploadRate > 0)) this.#soon()
  }
}
