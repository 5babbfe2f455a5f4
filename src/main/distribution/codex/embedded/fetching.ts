/** Fetches whole datasets: the manifest, then the blocks; equal fetches are one, and a removed link ends its own. */
import type { ArchiveLink, CommunityId } from '../../../../shared/domain.ts'
import type { Clock } from '../../../clock.ts'
import type { Presence } from '../../../wire/index.ts'
import { EngineError } from '../../engine.ts'
import { SharedTasks, type TaskContext } from '../../torrent/shared-tasks.ts'
import type { LinkRow } from './catalogue.ts'
import type { Dataset } from './dataset.ts'
import { Download } from './download.ts'
import { toEngineError } from './errors.ts'
import type { Library } from './library.ts'
import { checked, fetchManifest } from './manifests.ts'
import type { Pace } from './pace.ts'
import type { Seeding } from './seeding.ts'
import type { CallOptions } from './settings.ts'
import type { Swarm } from './swarm.ts'
import type { Wire } from './wires.ts'

export interface FetchingOptions {
  readonly clock: Clock
  readonly pace: Pace
  readonly maxDatasetBytes: number
  /** @throws EngineError `unavailable` while the engine does not run */
  readonly open: () => { readonly library: Library; readonly seeding: Seeding; readonly swarm: Swarm }
  /** Runs what the database must stay open for. */
  readonly during: <T>(work: (stopping: AbortSignal) => Promise<T>) => Promise<T>
  readonly ban: (peer: string, reason: string, communities: readonly CommunityId[]) => void
  /** A peer does not follow the protocol, if that is what the error says. */
  readonly onGarbled: (peer: string, wire: Wire, error: unknown) => void
  /** A block came, and was kept. */
  readonly onKept: (row: LinkRow, dataset: Dataset, bytes: number) => void
  /** Something is no longer what was last reported. */
  readonly soon: () => void
}

/** ms without a block, or without a manifest, after which a fetch is given up unless the caller says otherwise. */
const defaultTimeout = 60_000
/** ms between two words of progress to whoever waits for a fetch */
const progressEvery = 20

export class Fetching {
  readonly #options: FetchingOptions
  readonly #fetches = new SharedTasks<Dataset>()
  readonly #downloads = new Map<string, Download>()
  readonly #aborts = new Map<number, Set<AbortController>>()

  constructor(options: FetchingOptions) {
    this.#options = options
  }

  /** A peer says that it has something. */
  hasNews(peer: string, presences: readonly Presence[]): void {
    for (const download of this.#downloads.values()) download.hasNews(peer, presences)
  }

  /** Ends every fetch under this link. */
  end(row: LinkRow, reason: EngineError): void {
    for (const controller of this.#aborts.get(row.id) ?? []) controller.abort(reason)
  }

  /** A dataset, every block of it verified, fetched as far as it is not here. */
  async whole(
    communityId: CommunityId,
    link: ArchiveLink,
    cid: string,
    maxBytes: number,
    options: CallOptions,
  ): Promise<Dataset> {
    const { open, during, soon } = this.#options
    const { library, seeding } = open()
    const known = checked(cid)
    const row = library.hold(communityId, checked(link), [known])
    const end = seeding.fetching(row)
    soon()
    const removed = new AbortController()
    const aborts = this.#aborts.get(row.id) ?? new Set()
    this.#aborts.set(row.id, aborts.add(removed))
    const signals = [removed.signal, ...(options.signal === undefined ? [] : [options.signal])]
    try {
      return await during(
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
      soon()
    }
  }

  async #fetchWhole(
    row: LinkRow,
    cid: string,
    maxBytes: number,
    { signal, progress }: TaskContext,
    timeout: number,
  ): Promise<Dataset> {
    const { clock, during, maxDatasetBytes, pace, open, onKept, onGarbled, ban } = this.#options
    const { library, seeding, swarm } = open()
    const { community } = row
    const onFault = (peer: string, reason: string) => ban(peer, reason, [community])
    const follow = swarm.follow.bind(swarm, community)
    try {
      let dataset = library.datasetOf(cid)
      if (dataset === null) {
        const limit = Math.min(maxBytes, maxDatasetBytes)
        const options = { clock, timeout, maxBytes: limit, signal, follow, onFault, onGarbled }
        const { manifest, bytes } = await fetchManifest(cid, options)
        dataset = library.adopt(cid, bytes, manifest)
        seeding.changed()
      }
      const whole = dataset
      if (whole.size > maxBytes) throw new EngineError('too-large', `An index of ${whole.size} bytes is refused.`)
      if (!whole.check()) {
        seeding.changed()
        const tell = () => progress({ done: whole.bytesHeld, total: whole.size })
        tell()
        const told = this.#paced(tell)
        const download = new Download({
          dataset: whole,
          clock,
          pace,
          timeout,
          signal,
          follow,
          onFault,
          onBlock: (peer, count) => {
            seeding.received(whole, peer, count)
            onKept(row, whole, count)
            told()
          },
          noteProgress: () => library.noteProgress(whole),
        })
        this.#downloads.set(whole.key, download)
        await during(() => download.run()).finally(() => this.#downloads.delete(whole.key))
        await during(() => library.complete(whole))
      }
      progress({ done: whole.size, total: whole.size })
      return whole
    } catch (error) {
      throw toEngineError(error, 'fetch from peers')
    }
  }

  /** Calls it as often as is asked, but not more often than a person could see. */
  #paced(tell: () => void): () => void {
    let waiting = false
    return () => {
      if (waiting) return
      waiting = true
      this.#options.clock.setTimer(progressEvery, () => {
        waiting = false
        tell()
      })
    }
  }
}
