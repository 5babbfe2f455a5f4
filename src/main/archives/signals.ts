/** What this room tells the others: the signals of PROTOCOL.md §8 (shared/activity.ts), each with community and range. */
import type { SignalName } from '../../shared/activity.ts'
import type { CommunityId, EngineKind, Millis, Seconds } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { Partition } from './schedule.ts'

export interface ArchiveSignal {
  readonly name: SignalName
  readonly communityId: CommunityId
  readonly from: Seconds | null
  readonly to: Seconds | null
  readonly at: Millis
  /** A reason or a sentence; empty where the name says everything. */
  readonly detail: string
  /** Of `historyArchivesSeeding`: which engine offers the history now, and which does not. PROTOCOL.md §16. */
  readonly seeding: Readonly<Record<EngineKind, boolean>> | null
}

/** Progress of a download or an import; many a second, so kept apart from signals. */
export interface ArchiveProgress {
  readonly communityId: CommunityId
  readonly step: 'publish' | 'download' | 'import'
  readonly done: number
  readonly total: number
}

type Listener<T> = (value: T) => void

/** Hands signals and progress to whoever listens. A listener that throws stops nothing here. */
export class Signals {
  readonly #clock: Clock
  readonly #signals = new Set<Listener<ArchiveSignal>>()
  readonly #progress = new Set<Listener<ArchiveProgress>>()
  readonly #changed = new Set<Listener<CommunityId>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  on(listener: Listener<ArchiveSignal>): () => void {
    this.#signals.add(listener)
    return () => this.#signals.delete(listener)
  }

  onProgress(listener: Listener<ArchiveProgress>): () => void {
    this.#progress.add(listener)
    return () => this.#progress.delete(listener)
  }

  /** Something that is shown of a community's history is different now. */
  onChanged(listener: Listener<CommunityId>): () => void {
    this.#changed.add(listener)
    return () => this.#changed.delete(listener)
  }

  emit(
    name: Exclude<SignalName, 'historyArchivesSeeding'>,
    communityId: CommunityId,
    range: Partition | null = null,
    detail = '',
  ): void {
    this.#tell(name, communityId, range, detail, null)
  }

  /** A flag for each engine: those named have what they offer, and others can fetch it. */
  seeding(communityId: CommunityId, engines: readonly EngineKind[]): void {
    const flags = { torrent: engines.includes('torrent'), codex: engines.includes('codex') }
    this.#tell('historyArchivesSeeding', communityId, null, '', flags)
  }

  #tell(
    name: SignalName,
    communityId: CommunityId,
    range: Partition | null,
    detail: string,
    seeding: ArchiveSignal['seeding'],
  ): void {
    const { from = null, to = null } = range ?? {}
    tell(this.#signals, { name, communityId, from, to, at: this.#clock.now(), detail, seeding })
    this.changed(communityId)
  }

  changed(communityId: CommunityId): void {
    tell(this.#changed, communityId)
  }

  progress(progress: ArchiveProgress): void {
    tell(this.#progress, progress)
  }
}

function tell<T>(listeners: ReadonlySet<Listener<T>>, value: T): void {
  for (const listener of listeners) {
    try {
      listener(value)
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error))
    }
  }
}
