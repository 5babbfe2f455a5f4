/**
 * The external engine inside its thread: our own copies in the library that both Codex engines share, and a node that
 * somebody runs which carries them to others and brings what others have. It answers the calls that the embedded one
 * answers, so that engine.ts there is the outside of both.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readCodexNode } from '../../../../shared/codex-node.ts'
import type { ArchiveLink, CommunityId } from '../../../../shared/domain.ts'
import type { Clock } from '../../../clock.ts'
import { MAX_INDEX_BYTES } from '../../../wire/index.ts'
import { transfer } from '../../../workers/rpc.ts'
import {
  type ArchiveFile,
  EngineError,
  type EngineEvents,
  type EngineStatus,
  type HeldSet,
  type Rates,
  type StagedArchive,
} from '../../engine.ts'
import { SharedTasks, type TaskContext, type Waiter } from '../../torrent/shared-tasks.ts'
import type { LinkRow } from '../embedded/catalogue.ts'
import type { Dataset } from '../embedded/dataset.ts'
import { toEngineError } from '../embedded/errors.ts'
import { Library } from '../embedded/library.ts'
import { checked } from '../embedded/manifests.ts'
import { Pace } from '../embedded/pace.ts'
import { type PublishCall, Publisher, type Shelf } from '../embedded/publisher.ts'
import { Seeding } from '../embedded/seeding.ts'
import type { CodexService } from '../embedded/service.ts'
import type { CallOptions } from '../embedded/settings.ts'
import { fetchDataset } from './fetching.ts'
import { Keeper } from './keeper.ts'
import { describe, NodeLink } from './link.ts'
import { Introductions, nodeAddresses } from './peers.ts'
import { Placements } from './placements.ts'
import type { ExternalSettings } from './settings.ts'
import { lastFormat, shelfOfBoth } from './shelf.ts'
import { Turns } from './turns.ts'

type Emit = <K extends keyof EngineEvents>(event: K, value: EngineEvents[K]) => void

/** What the outside of a Codex engine asks of its thread. */
type Calls = Pick<
  CodexService,
  | ('start' | 'stop' | 'store' | 'publish' | 'openIndex' | 'fetch' | 'seed')
  | ('held' | 'addPeers' | 'remove' | 'providers' | 'limit')
>

interface Parts {
  readonly library: Library
  readonly placements: Placements
  readonly link: NodeLink
  readonly seeding: Seeding
  readonly keeper: Keeper
  readonly shelf: Shelf
  readonly publisher: Publisher
}

/** ms without progress after which a fetch is given up unless the caller says otherwise. */
const defaultTimeout = 60_000
/** ms between two reports while something moves. */
const reportEvery = 250
/** Datasets that are fetched through the node at once; the others wait in the order in which they were asked for. */
const fetchesAtOnce = 3

export class ExternalService implements Calls {
  readonly #settings: ExternalSettings
  readonly #clock: Clock
  readonly #emit: Emit
  readonly #fetches = new SharedTasks<Dataset>()
  readonly #stopping = new AbortController()
  readonly #running = new Set<Promise<unknown>>()
  readonly #aborts = new Map<number, Set<AbortController>>()
  readonly #counted = { downloaded: 0, uploaded: 0, hashed: 0 }
  readonly #moved = new Map<string, { readonly row: LinkRow; readonly done: number; readonly total: number }>()
  readonly #pace: { readonly download: Pace; readonly upload: Pace }
  readonly #introductions: Introductions
  readonly #turns = new Turns(fetchesAtOnce)
  #parts: Parts | null = null
  #cancelReport: (() => void) | null = null

  constructor(settings: ExternalSettings, clock: Clock, emit: Emit) {
    this.#settings = settings
    this.#clock = clock
    this.#emit = emit
    const paceOf = (limit: number) => new Pace(clock, limit < 0 ? null : limit)
    this.#pace = { download: paceOf(settings.downloadLimit), upload: paceOf(settings.uploadLimit) }
    this.#introductions = new Introductions(clock, settings.reach)
  }

  /** The node need not be there. */
  async start(): Promise<{ readonly port: number }> {
    const library = await Library.open(this.#settings.root)
    try {
      const parts = this.#compose(library, Placements.open(join(this.#settings.root, 'external.sqlite')))
      this.#parts = parts
      await this.#introductions.enter(this.#settings.peers)
      await parts.link.start()
      parts.keeper.start()
    } catch (error) {
      this.#parts = null
      library.close()
      throw error
    }
    this.#report()
    return { port: 0 }
  }

  /** What the node was given stays there, and is served by it. */
  async stop(): Promise<void> {
    const parts = this.#parts
    this.#cancelReport?.()
    this.#stopping.abort(new EngineError('aborted', 'The Codex engine stops.'))
    for (const pace of Object.values(this.#pace)) pace.end()
    await Promise.all([parts?.keeper.stop(), parts?.link.stop()])
    await Promise.allSettled(this.#running)
    this.#parts = null
    parts?.placements.close()
    parts?.library.close()
  }

  async store(communityId: CommunityId, staged: readonly StagedArchive[], options: Waiter = {}): Promise<string[]> {
    const { publisher } = this.#open()
    return await this.#during(async (stopping) => {
      const signal = options.signal === undefined ? stopping : AbortSignal.any([stopping, options.signal])
      return await publisher.orAbandon(communityId, () => publisher.store(communityId, staged, { ...options, signal }))
    })
  }

  /** Archives and index are in the node before the link is there. RULES.md R1.7. */
  async publish(call: PublishCall): Promise<{ readonly link: ArchiveLink }> {
    const { publisher, keeper } = this.#open()
    const row = await this.#during((signal) =>
      publisher.orAbandon(call.communityId, async () => {
        await keeper.place(call.archives, signal)
        const made = await publisher.publish(call, signal)
        await keeper.serve(made, signal)
        return made
      }),
    )
    this.#report()
    return { link: row.cid as ArchiveLink }
  }

  async openIndex(communityId: CommunityId, link: ArchiveLink, options: CallOptions = {}): Promise<Uint8Array> {
    const dataset = await this.#whole(communityId, link, link, MAX_INDEX_BYTES, options)
    const copy = new Uint8Array(await readFile(dataset.path))
    return transfer(copy, [copy.buffer])
  }

  async fetch(
    communityId: CommunityId,
    link: ArchiveLink,
    cid: string,
    options: CallOptions = {},
  ): Promise<ArchiveFile> {
    const dataset = await this.#whole(communityId, link, cid, this.#settings.maxDatasetBytes, options)
    return { path: dataset.path, offset: 0, length: dataset.size }
  }

  /** On: resolves when the node has what is here of the link; where that fails it is tried again by itself. */
  async seed(communityId: CommunityId, link: ArchiveLink, on: boolean): Promise<void> {
    const { library, seeding, keeper } = this.#open()
    const row = library.catalogue.link(communityId, checked(link))
    if (row === null || library.catalogue.manifest(row.cid) === null) {
      if (on) throw new EngineError('not-found', 'Nothing of this link is on this disk.')
      return
    }
    seeding.seed(row, on)
    this.#soon()
    if (on) await this.#during((signal) => keeper.serve(row, signal))
    else await this.#during(() => keeper.quiet(row))
    this.#report()
  }

  held(communityId: CommunityId): readonly HeldSet[] {
    return this.#open().library.catalogue.heldSets(communityId)
  }

  addPeers(communityId: CommunityId, hints: readonly string[]): void {
    this.#introductions.add(communityId, hints)
    this.#introduce([communityId])
  }

  /** As in the embedded engine; what nothing of ours holds any more, the node lets go of, too. */
  async remove(communityId: CommunityId, link: ArchiveLink): Promise<void> {
    const { library, seeding, keeper, shelf } = this.#open()
    const row = library.catalogue.link(communityId, checked(link))
    if (row === null) return
    for (const controller of this.#aborts.get(row.id) ?? [])
      controller.abort(new EngineError('aborted', 'The link was removed.'))
    await this.#during(async () => {
      const newer = library.catalogue.links(communityId).filter(({ id }) => id > row.id)
      const heir = newer.findLast(({ published }) => published >= row.published) ?? null
      seeding.forget(row)
      keeper.forget(row)
      if (row.published === 0 || heir !== null) await shelf.dropLink(row, heir)
      seeding.changed()
    })
    this.#report()
  }

  /** A node does not say which of its peers have what. */
  providers(): number {
    return 0
  }

  limit({ download, upload }: Rates): void {
    this.#pace.download.set(download)
    this.#pace.upload.set(upload)
  }

  status(): EngineStatus {
    const parts = this.#parts
    const facts = parts?.link.facts ?? null
    const { origin, reach, addresses } = this.#settings
    const onThisMachine = readCodexNode(origin)?.onThisMachine === true
    const transfers = parts?.seeding.status(new Set()) ?? []
    return {
      state: parts === null ? 'stopped' : 'running',
      error: parts === null ? '' : parts.link.trouble || parts.keeper.trouble,
      ...(facts === null ? {} : { node: describe(origin, facts) }),
      addresses: facts === null ? [] : nodeAddresses(facts.info, { reach, addresses, onThisMachine }),
      // A node that is away offers nothing to anybody.
      transfers: transfers.map((each) => ({ ...each, seeding: each.seeding && facts !== null })),
      ...this.#counted,
    }
  }

  #compose(library: Library, placements: Placements): Parts {
    const clock = this.#clock
    const seeding = new Seeding(library, () => clock.now())
    const link = new NodeLink(this.#settings, clock, {
      found: ({ info }) => {
        placements.belongTo(info.id)
        this.#introductions.forgetTold()
        this.#introduce(this.#introductions.communities)
        keeper.look()
      },
      changed: () => this.#soon(),
    })
    const keeper: Keeper = new Keeper({
      ...{ library, placements, link, clock, pace: this.#pace, settings: this.#settings },
      onSent: (bytes) => {
        this.#counted.uploaded += bytes
        this.#soon()
      },
      onChange: () => this.#soon(),
    })
    const { maxDatasetBytes } = this.#settings
    const settings = {
      maxDatasetBytes,
      get format() {
        return lastFormat(placements)
      },
    }
    const shelf = shelfOfBoth({ library, placements, keeper, stopping: this.#stopping.signal })
    const publisher = new Publisher(shelf, seeding, settings, (bytes) => {
      this.#counted.hashed += bytes
    })
    return { library, placements, link, seeding, keeper, shelf, publisher }
  }

  async #whole(
    communityId: CommunityId,
    link: ArchiveLink,
    cid: string,
    maxBytes: number,
    options: CallOptions,
  ): Promise<Dataset> {
    const { library, seeding } = this.#open()
    const known = checked(cid)
    const row = library.hold(communityId, checked(link), [known])
    const end = seeding.fetching(row)
    this.#soon()
    const removed = new AbortController()
    const aborts = this.#aborts.get(row.id) ?? new Set()
    this.#aborts.set(row.id, aborts.add(removed))
    const signals = [removed.signal, ...(options.signal === undefined ? [] : [options.signal])]
    try {
      return await this.#during(
        async (stopping) =>
          await this.#fetches.join(
            known,
            (context) => this.#fetchWhole(row, known, maxBytes, context, options.timeout ?? defaultTimeout),
            { ...options, signal: AbortSignal.any([stopping, ...signals]) },
          ),
      )
    } finally {
      aborts.delete(removed)
      if (aborts.size === 0) this.#aborts.delete(row.id)
      end()
      this.#soon()
    }
  }

  async #fetchWhole(
    row: LinkRow,
    cid: string,
    maxBytes: number,
    { signal, progress }: TaskContext,
    timeout: number,
  ): Promise<Dataset> {
    const { library, seeding, link, keeper } = this.#open()
    const leave = await this.#turns.take(signal)
    try {
      const here = library.datasetOf(cid)
      if (here !== null && here.size > maxBytes)
        throw new EngineError('too-large', `A dataset of ${here.size} bytes is refused.`)
      if (here?.check() === true) {
        progress({ done: here.size, total: here.size })
        return here
      }
      const parts = { library, link, clock: this.#clock, pace: this.#pace.download, settings: this.#settings }
      const dataset = await fetchDataset(parts, {
        ...{ cid, timeout, signal, maxBytes: Math.min(maxBytes, this.#settings.maxDatasetBytes) },
        before: () => this.#introduce([row.community]),
        progress: (now) => {
          this.#moved.set(cid, { row, ...now })
          progress(now)
          this.#soon()
        },
        received: (of, bytes) => {
          this.#counted.downloaded += bytes
          seeding.received(of, null, bytes)
        },
      })
      await keeper.seen(row, cid)
      seeding.changed()
      progress({ done: dataset.size, total: dataset.size })
      return dataset
    } catch (error) {
      seeding.changed()
      throw toEngineError(error, 'fetch through the Codex node')
    } finally {
      leave()
    }
  }

  #introduce(communities: readonly CommunityId[]): void {
    const { client, facts } = this.#parts?.link ?? { client: null, facts: null }
    if (client === null || facts === null) return
    void this.#during((signal) => this.#introductions.introduce(client, facts.info.id, communities, signal)).catch(
      () => {},
    )
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
    for (const { row, done, total } of this.#moved.values())
      this.#emit('progress', { communityId: row.community, link: row.cid as ArchiveLink, done, total })
    this.#moved.clear()
    const status = this.status()
    this.#emit('status', status)
    if (status.transfers.some(({ downloadRate, uploadRate }) => downloadRate + uploadRate > 0)) this.#soon()
  }
}
