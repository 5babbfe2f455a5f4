/**
 * What to download, in which order. Pure: verified index entries, what is here and what is wanted go in; an ordered list
 * comes out. Newest first, and a partition comes whole from one flavour or whole from the other. PROTOCOL.md §6.3,
 * RULES.md R5.2.
 */
import type { ArchiveId, ArchiveState, EngineKind, Millis, Seconds } from '../../shared/domain.ts'
import type { ArchiveEntry } from '../distribution/engine.ts'

/** An entry that is not believed; the good ones of its index go on. */
export interface RefusedEntry {
  /** What it stands under in the index: a stranger's word. */
  readonly key: string
  readonly reason: string
  /** A sentence. */
  readonly detail: string
}

/** The newest index of one flavour. */
export interface FlavourIndex {
  readonly engine: EngineKind
  /** Clock of the link that led to it. */
  readonly clock: Millis
  readonly entries: readonly ArchiveEntry[]
  readonly refused: readonly RefusedEntry[]
}

export type Wanted =
  | { readonly kind: 'all' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'range'; readonly from: Seconds; readonly to: Seconds }

export interface PlanPreference {
  readonly first: EngineKind | 'both'
  /** False: only the engine named `first` is ever used. */
  readonly fallback: boolean
}

/** Whether anything is taken from this engine at all. RULES.md R5.1. */
export const isAllowed = ({ first, fallback }: PlanPreference, engine: EngineKind): boolean =>
  fallback || first === 'both' || first === engine

export interface PlanInput {
  readonly indexes: readonly FlavourIndex[]
  /** Archives known here, by id. */
  readonly held: ReadonlyMap<ArchiveId, ArchiveState>
  readonly wanted: Wanted
  readonly preference: PlanPreference
  /** `partitionKey`s of what an engine has failed to bring often enough to try the other one. */
  readonly failing: ReadonlySet<string>
  /** The same of what is being fetched now, or soon again. */
  readonly underWay: ReadonlySet<string>
}

export interface PlannedFetch {
  readonly engine: EngineKind
  readonly entry: ArchiveEntry
}

export type SkipReason = 'here' | 'not-wanted' | 'quarantined' | 'other-flavour'

export interface Skipped extends PlannedFetch {
  readonly reason: SkipReason
}

export interface DownloadPlan {
  /** Newest first. */
  readonly fetch: readonly PlannedFetch[]
  readonly skipped: readonly Skipped[]
}

/** Names one engine's share of a partition. */
export const partitionKey = (engine: EngineKind, range: { readonly from: Seconds; readonly to: Seconds }): string =>
  `${engine}:${range.from}-${range.to}`

const here: ReadonlySet<ArchiveState> = new Set([
  'published',
  'downloaded',
  'importing',
  'imported',
  'waiting-for-key',
] satisfies ArchiveState[])

/** One flavour's entries of one partition. */
interface Share {
  readonly engine: EngineKind
  readonly clock: Millis
  readonly entries: ArchiveEntry[]
  /** Its index lies somewhere. We cannot know about which partition. */
  readonly doubtful: boolean
}

interface Judged extends Share {
  readonly complete: boolean
  readonly troubled: boolean
  readonly begun: boolean
}

const position = (entry: ArchiveEntry): number => (entry.locator.kind === 'torrent' ? entry.locator.offset : 0)

/** Newest range first; within a range the last written chunk, which holds the newest messages, first. */
function newestFirst(a: PlannedFetch, b: PlannedFetch): number {
  return (
    b.entry.to - a.entry.to ||
    b.entry.from - a.entry.from ||
    position(b.entry) - position(a.entry) ||
    (a.entry.id < b.entry.id ? -1 : 1)
  )
}

function judge(share: Share, all: readonly Share[], input: PlanInput): Judged {
  const states = share.entries.map((entry) => input.held.get(entry.id))
  const first = share.entries[0]
  const key = first === undefined ? '' : partitionKey(share.engine, first)
  const failing = input.failing.has(key)
  // Downloaded, but its engine no longer says where: only in the history it is safe from that.
  const outOfReach = failing && states.some((state) => state === 'downloaded' || state === 'importing')
  const lacking = share.doubtful && all.some((other) => other.entries.length > share.entries.length)
  return {
    ...share,
    complete: !lacking && !outOfReach && states.every((state) => state !== undefined && here.has(state)),
    troubled: lacking || failing || states.includes('quarantined'),
    begun: input.underWay.has(key) || states.some((state) => state !== undefined && here.has(state)),
  }
}

/**
 * The flavour a partition is taken from. A complete one stands, unless a newer index lists more archives for the range
 * (late messages); else one without trouble, then the one already begun, the preferred one, and the newest. What has begun
 * goes on: an index that comes a moment later would have the same partition fetched and imported twice.
 */
function choose(shares: readonly Judged[], preference: PlanPreference): Judged | undefined {
  const most = (than: Judged) =>
    shares.some((other) => other.clock > than.clock && other.entries.length > than.entries.length)
  const complete = shares.find((share) => share.complete && !most(share))
  if (complete) return complete
  const rank = (share: Judged): number[] => [
    share.troubled ? 1 : 0,
    share.begun && !share.complete ? 0 : 1,
    share.engine === preference.first ? 0 : 1,
    -share.clock,
  ]
  return [...shares].sort((a, b) => {
    const [x, y] = [rank(a), rank(b)]
    for (const [i, value] of x.entries()) {
      const difference = value - (y[i] ?? 0)
      if (difference !== 0) return difference
    }
    return a.engine < b.engine ? -1 : 1
  })[0]
}

export function isWanted(wanted: Wanted, range: { from: Seconds; to: Seconds }, newest: Seconds): boolean {
  if (wanted.kind === 'all') return true
  if (wanted.kind === 'latest') return range.to === newest
  return range.from < wanted.to && wanted.from < range.to
}

/** Entries looked at between two moments at which other work may have its turn: about a millisecond. */
const AT_ONCE = 500

/** Entries are new by their ids, never by how many there are (PROTOCOL.md §13.3). */
export function planDownload(input: PlanInput): DownloadPlan {
  const steps = planSteps(input)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** The same in steps, for whoever must not be kept busy: an index may name ten thousand archives. */
export function* planSteps(input: PlanInput): Generator<void, DownloadPlan, void> {
  const partitions = new Map<string, { from: Seconds; to: Seconds; shares: Share[] }>()
  let looked = 0
  const isTurn = () => {
    looked += 1
    return looked % AT_ONCE === 0
  }
  for (const { engine, clock, entries, refused } of input.indexes) {
    for (const entry of entries) {
      if (isTurn()) yield
      const key = `${entry.from}-${entry.to}`
      const partition = partitions.get(key) ?? { from: entry.from, to: entry.to, shares: [] }
      partitions.set(key, partition)
      let share = partition.shares.find((one) => one.engine === engine)
      if (share === undefined) {
        share = { engine, clock, entries: [], doubtful: refused.length > 0 }
        partition.shares.push(share)
      }
      // Added to, never copied: a liar's index may put all of its entries into one partition.
      share.entries.push(entry)
    }
  }
  const mayCome = ({ engine }: Share) => isAllowed(input.preference, engine)
  let newest = 0 as Seconds
  for (const { to, shares } of partitions.values()) if (to > newest && shares.some(mayCome)) newest = to
  const fetch: PlannedFetch[] = []
  const skipped: Skipped[] = []
  for (const partition of partitions.values()) {
    const { shares } = partition
    // What is whole here stands, whatever may be used from now on.
    const judged = shares.map((share) => judge(share, shares, input))
    const usable = judged.filter((share) => share.complete || mayCome(share))
    const chosen = choose(usable, input.preference)
    const wanted = isWanted(input.wanted, partition, newest)
    for (const { engine, entries } of shares) {
      for (const entry of entries) {
        if (isTurn()) yield
        const state = input.held.get(entry.id)
        if (state !== undefined && here.has(state)) skipped.push({ engine, entry, reason: 'here' })
        else if (!wanted) skipped.push({ engine, entry, reason: 'not-wanted' })
        else if (engine !== chosen?.engine) skipped.push({ engine, entry, reason: 'other-flavour' })
        else if (state === 'quarantined') skipped.push({ engine, entry, reason: 'quarantined' })
        else fetch.push({ engine, entry })
      }
    }
  }
  return { fetch: yield* inOrder(fetch), skipped: yield* inOrder(skipped) }
}

/** Newest first: short runs are sorted, and then put together two by two, as many as may be at once. */
function* inOrder<T extends PlannedFetch>(all: readonly T[]): Generator<void, T[], void> {
  let runs: T[][] = []
  for (let from = 0; from < all.length; from += AT_ONCE) {
    runs.push(all.slice(from, from + AT_ONCE).sort(newestFirst))
    yield
  }
  while (runs.length > 1) {
    const longer: T[][] = []
    for (let at = 0; at < runs.length; at += 2) longer.push(yield* merged(runs[at] ?? [], runs[at + 1] ?? []))
    runs = longer
  }
  return runs[0] ?? []
}

function* merged<T extends PlannedFetch>(a: readonly T[], b: readonly T[]): Generator<void, T[], void> {
  const all: T[] = []
  for (let [i, j] = [0, 0]; i < a.length || j < b.length; ) {
    const [x, y] = [a[i], b[j]]
    if (x !== undefined && (y === undefined || newestFirst(x, y) <= 0)) {
      all.push(x)
      i += 1
    } else if (y !== undefined) {
      all.push(y)
      j += 1
    }
    if (all.length % (2 * AT_ONCE) === 0) yield
  }
  return all
}
