/** The engines of a profile, and which of them are used for what. RULES.md §5. */
import type { EngineState, Settings } from '../../shared/contract.ts'
import type { CommunityId, EngineKind, Transfer } from '../../shared/domain.ts'
import type { EnginesPort } from '../archives/index.ts'
import type { DistributionEngine, EngineStatus, Rates } from '../distribution/index.ts'
import { preferenceOf } from './settings.ts'

type Preference = Pick<Settings, 'distribution' | 'distributionFallback'>

export class Engines implements EnginesPort {
  readonly #engines: readonly DistributionEngine[]
  #preference: Preference
  readonly #failed: (engine: EngineKind, error: unknown) => void
  #limits: Rates = { download: null, upload: null }
  readonly #told = new Map<EngineKind, Rates>()

  constructor(
    engines: readonly DistributionEngine[],
    preference: Preference,
    failed: (engine: EngineKind, error: unknown) => void,
  ) {
    this.#engines = engines
    this.#preference = preference
    this.#failed = failed
    for (const engine of engines) engine.on('status', () => this.#share())
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

  prefer(preference: Preference): void {
    this.#preference = preference
  }

  preference() {
    return preferenceOf(this.#preference)
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
    const { distribution } = this.#preference
    return distribution === 'both' || distribution === kind
  }

  /** What all engines together may take and give. One that has nothing to do leaves its share to the others. */
  limit({ downloadLimit, uploadLimit }: Pick<Settings, 'downloadLimit' | 'uploadLimit'>): void {
    this.#limits = { download: downloadLimit, upload: uploadLimit }
    this.#share()
  }

  addPeers(communityId: CommunityId, hints: readonly string[]): void {
    for (const engine of this.running()) engine.addPeers(communityId, hints)
  }

  states(): EngineState[] {
    return this.#engines.map((engine) => {
      const { state, error, addresses, node = null } = engine.status()
      return { engine: engine.kind, state, trouble: error, addresses: [...addresses], node }
    })
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

  #share(): void {
    const busy = this.#engines.map((engine) => activityOf(engine.status()))
    for (const [at, engine] of this.#engines.entries()) {
      const rates = {
        download: shareOf(
          this.#limits.download,
          busy.map(({ download }) => download),
          at,
        ),
        upload: shareOf(
          this.#limits.upload,
          busy.map(({ upload }) => upload),
          at,
        ),
      }
      const told = this.#told.get(engine.kind)
      if (told?.download === rates.download && told.upload === rates.upload) continue
      this.#told.set(engine.kind, rates)
      engine.limit(rates)
    }
  }
}

/** In which directions something moves, or is about to. */
function activityOf({ transfers }: EngineStatus): { readonly download: boolean; readonly upload: boolean } {
  return {
    download: transfers.some(({ downloadRate }) => downloadRate > 0),
    upload: transfers.some(({ uploadRate }) => uploadRate > 0),
  }
}

/** The engine `at`'s part of a limit: it is divided among those that are busy, or among all if it is not one of them. */
export function shareOf(limit: number | null, busy: readonly boolean[], at: number): number | null {
  if (limit === null) return null
  const others = busy.filter((isBusy, index) => isBusy && index !== at).length
  return Math.floor(limit / (others + 1))
}
