/** The engines of a profile, and which of them are used for what. RULES.md §5. */
import type { Settings } from '../../shared/contract.ts'
import type { CommunityId, EngineKind, Transfer } from '../../shared/domain.ts'
import type { EnginesPort } from '../archives/index.ts'
import type { DistributionEngine } from '../distribution/index.ts'
import { preferenceOf } from './settings.ts'

type Distribution = Settings['distribution']

export class Engines implements EnginesPort {
  readonly #engines: readonly DistributionEngine[]
  #distribution: Distribution
  readonly #failed: (engine: EngineKind, error: unknown) => void

  constructor(
    engines: readonly DistributionEngine[],
    distribution: Distribution,
    failed: (engine: EngineKind, error: unknown) => void,
  ) {
    this.#engines = engines
    this.#distribution = distribution
    this.#failed = failed
  }

  /** Starts all of them; one that cannot start is told of and leaves the others alone. R5.1. */
  async start(): Promise<void> {
    await Promise.all(
      this.#engines.map((engine) => engine.start().catch((error: unknown) => this.#failed(engine.kind, error))),
    )
  }

  async stop(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.stop()))
  }

  prefer(distribution: Distribution): void {
    this.#distribution = distribution
  }

  preference() {
    return preferenceOf(this.#distribution)
  }

  running(): readonly DistributionEngine[] {
    return this.#engines.filter((engine) => engine.status().state === 'running')
  }

  wanted(): readonly EngineKind[] {
    return this.#engines.map(({ kind }) => kind).filter((kind) => this.#wants(kind))
  }

  /** Torrent links are the primary ones: every generation of members can follow them. */
  publishing(): readonly DistributionEngine[] {
    return this.running()
      .filter(({ kind }) => this.#wants(kind))
      .toSorted((a, b) => Number(b.kind === 'torrent') - Number(a.kind === 'torrent'))
  }

  #wants(kind: EngineKind): boolean {
    return this.#distribution === 'both' || this.#distribution === kind
  }

  addPeers(communityId: CommunityId, hints: readonly string[]): void {
    for (const engine of this.running()) engine.addPeers(communityId, hints)
  }

  transfers(): Transfer[] {
    return this.#engines.flatMap((engine) =>
      engine.status().transfers.map((transfer) => ({ ...transfer, engine: engine.kind })),
    )
  }

  /** Bytes since start, all engines together. */
  totals(): { readonly downloaded: number; readonly uploaded: number; readonly hashed: number } {
    const totals = { downloaded: 0, uploaded: 0, hashed: 0 }
    for (const engine of this.#engines) {
      const status = engine.status()
      totals.downloaded += status.downloaded
      totals.uploaded += status.uploaded
      totals.hashed += status.hashed
    }
    return totals
  }

  /** Where other nodes reach this one's engines: `x.pe`, extension 1002. */
  addresses(): string[] {
    return this.running().flatMap((engine) => [...engine.status().addresses])
  }

  /** Tells `listener` of every change, not more often than the engines do. */
  onStatus(listener: () => void): () => void {
    const ends = this.#engines.map((engine) => engine.on('status', listener))
    return () => {
      for (const end of ends) end()
    }
  }
}
