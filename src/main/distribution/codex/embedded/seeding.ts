/** Which links are served and fetched right now, and how much of them is here: what peers may have, and what is reported. */
import type { ArchiveLink, CommunityId } from '../../../../shared/domain.ts'
import { bytesToHex } from '../../../wire/index.ts'
import type { SeedStatus } from '../../engine.ts'
import { pieceMap } from '../../piece-map.ts'
import type { LinkRow } from './catalogue.ts'
import type { Dataset } from './dataset.ts'
import type { Shelves } from './giving.ts'
import type { Library } from './library.ts'

/** In the place of a community: datasets that belong to none. Nobody is told of them as of a community's. */
export const looseDatasets = 'datasets' as CommunityId

interface Totals {
  /** bytes */
  done: number
  readonly total: number
  readonly datasets: readonly Dataset[]
}

interface Live {
  readonly row: LinkRow
  readonly link: ArchiveLink
  seeding: boolean
  /** Fetches under way. */
  fetches: number
  readonly peers: Set<string>
  /** Null until somebody asks, and after something changed. */
  totals: Totals | null
  /** Totals since it came, and at the last report, bytes. */
  down: number
  up: number
  reported: { down: number; up: number; at: number; downloadRate: number; uploadRate: number }
}

/** ms over which a rate is taken, at least */
const rateOver = 500
const cachedAtMost = 1000

export class Seeding implements Shelves {
  readonly #library: Library
  readonly #now: () => number
  readonly #live = new Map<number, Live>()
  /** By root: asked for with every request of a peer. */
  readonly #found = new Map<string, Dataset | null>()
  /** By key of a dataset: asked for with every block. */
  readonly #holders = new Map<string, readonly Live[]>()

  constructor(library: Library, now: () => number) {
    this.#library = library
    this.#now = now
  }

  seed(row: LinkRow, on: boolean): void {
    const live = this.#of(row)
    live.seeding = on
    live.totals = null
    this.#settle(live)
  }

  /** A fetch under this link begins; call what it gives when it ends. */
  fetching(row: LinkRow): () => void {
    const live = this.#of(row)
    live.fetches += 1
    live.totals = null
    this.#forgetFound()
    return () => {
      live.fetches -= 1
      this.#settle(live)
    }
  }

  isFetching(row: LinkRow): boolean {
    return (this.#live.get(row.id)?.fetches ?? 0) > 0
  }

  forget(row: LinkRow): void {
    this.#live.delete(row.id)
    this.changed()
  }

  /** What links hold, or what of it is here, is no longer what it was. */
  changed(): void {
    this.#forgetFound()
    for (const live of this.#live.values()) live.totals = null
  }

  received(dataset: Dataset, peer: string | null, bytes: number): void {
    for (const live of this.#liveWith(dataset)) {
      live.down += bytes
      if (live.totals !== null) live.totals.done += bytes
      if (peer !== null) live.peers.add(peer)
    }
  }

  given(dataset: Dataset, peer: string, bytes: number): void {
    const [live] = this.#liveWith(dataset)
    if (live === undefined) return
    live.up += bytes
    live.peers.add(peer)
  }

  byRoot(root: Uint8Array): Dataset | null {
    const name = bytesToHex(root)
    const before = this.#found.get(name)
    if (before !== undefined) return before
    const served = this.#library.datasetsOfRoot(root).filter((dataset) => this.#liveWith(dataset).length > 0)
    const found = served.toSorted((a, b) => b.have.count - a.have.count)[0] ?? null
    if (this.#found.size > cachedAtMost) this.#found.clear()
    this.#found.set(name, found)
    return found
  }

  manifest(cid: string): Uint8Array | null {
    const live = this.#library.catalogue.holders(cid).some(({ id }) => this.#live.has(id))
    return live ? (this.#library.catalogue.manifest(cid)?.bytes ?? null) : null
  }

  communities(): CommunityId[] {
    return [...new Set([...this.#live.values()].map(({ row }): CommunityId => row.community))]
  }

  linksOf(community: CommunityId): string[] {
    const rows = [...this.#live.values()].map(({ row }) => row).filter((row) => row.community === community)
    return rows.toSorted((a, b) => a.id - b.id).map(({ cid }) => cid)
  }

  communityOf(cid: string): CommunityId | null {
    const live = this.#library.catalogue.holders(cid).find(({ id }) => this.#live.has(id))
    return live?.community ?? null
  }

  status(connected: ReadonlySet<string>): SeedStatus[] {
    const ofCommunities = [...this.#live.values()].filter(({ row }) => row.community !== looseDatasets)
    return ofCommunities.map((live) => {
      const totals = this.#totals(live)
      for (const peer of live.peers) if (!connected.has(peer)) live.peers.delete(peer)
      const { downloadRate, uploadRate } = this.#rates(live)
      const communityId: CommunityId = live.row.community
      return {
        communityId,
        link: live.link,
        seeding: live.seeding,
        peers: live.peers.size,
        bytesDone: totals.done,
        bytesTotal: totals.total,
        downloadRate,
        uploadRate,
        pieces: pieceMap(totals.datasets.map(({ have }) => have)),
        trouble: '',
      }
    })
  }

  #of(row: LinkRow): Live {
    const known = this.#live.get(row.id)
    if (known !== undefined) return known
    const live: Live = {
      row,
      link: row.cid as ArchiveLink,
      seeding: false,
      fetches: 0,
      peers: new Set(),
      totals: null,
      down: 0,
      up: 0,
      reported: { down: 0, up: 0, at: this.#now(), downloadRate: 0, uploadRate: 0 },
    }
    this.#live.set(row.id, live)
    this.#forgetFound()
    return live
  }

  #settle(live: Live): void {
    if (!live.seeding && live.fetches === 0) this.#live.delete(live.row.id)
    this.#forgetFound()
  }

  #liveWith(dataset: Dataset): readonly Live[] {
    const known = this.#holders.get(dataset.key)
    if (known !== undefined) return known
    const rows = this.#library.catalogue.holdersOfDataset(dataset.key)
    const found = rows.flatMap(({ id }) => this.#live.get(id) ?? [])
    if (this.#holders.size > cachedAtMost) this.#holders.clear()
    this.#holders.set(dataset.key, found)
    return found
  }

  #forgetFound(): void {
    this.#found.clear()
    this.#holders.clear()
  }

  #totals(live: Live): Totals {
    if (live.totals !== null) return live.totals
    const datasets = new Set(
      this.#library.catalogue.held(live.row).flatMap((cid) => this.#library.datasetOf(cid) ?? []),
    )
    const totals = { done: 0, total: 0, datasets: [...datasets] }
    for (const dataset of datasets) {
      totals.done += dataset.bytesHeld
      totals.total += dataset.size
    }
    live.totals = totals
    return totals
  }

  /** bytes/s */
  #rates(live: Live): { readonly downloadRate: number; readonly uploadRate: number } {
    const { reported, down, up } = live
    const at = this.#now()
    const elapsed = at - reported.at
    if (elapsed >= rateOver) {
      const downloadRate = Math.round(((down - reported.down) * 1000) / elapsed)
      const uploadRate = Math.round(((up - reported.up) * 1000) / elapsed)
      live.reported = { down, up, at, downloadRate, uploadRate }
    }
    return live.reported
  }
}
