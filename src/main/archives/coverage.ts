/**
 * Which weeks of history exist on this node, in what state, and how many others have them. Pure; the answer to "what is
 * missing, and why". A partition that travels by two engines comes whole from one (RULES.md R5.2) and counts once.
 */
import { type MissingReason, missingReasons, type WeekState, weekStates } from '../../shared/coverage.ts'
import type { ArchiveState, EngineKind, Seconds } from '../../shared/domain.ts'
import { isWanted, type Wanted } from './plan.ts'
import { WEEK } from './schedule.ts'

export interface CoveredArchive {
  readonly engine: EngineKind
  readonly from: Seconds
  readonly to: Seconds
  readonly state: ArchiveState
  readonly reason: string
  readonly messages: number
  readonly bytes: number
  /** Connected peers that hold all of it; null where no engine can tell. */
  readonly peers: number | null
}

interface Range {
  readonly from: Seconds
  readonly to: Seconds
}

export interface Week extends Range {
  /** The least advanced of its archives: a week is imported when all of it is. */
  readonly state: WeekState
  /** Why it is missing; null where it is not. */
  readonly missing: MissingReason | null
  /** Every distinct reason its archives give. */
  readonly reasons: readonly string[]
  readonly archives: number
  /** Messages and bytes of its archives; an archive longer than a week counts in each of its weeks. */
  readonly messages: number
  readonly bytes: number
  /** Messages that were received live, fetched from a store or said here; counted by days. */
  readonly live: number
  /** Of its archives, the one held by the fewest; null where no engine can tell. */
  readonly peers: number | null
}

export interface CoverageInput {
  readonly archives: readonly CoveredArchive[]
  readonly live: readonly { readonly at: Seconds; readonly messages: number }[]
  /** Stretches the store could not fill. RULES.md R2.5. */
  readonly gaps: readonly Range[]
  readonly wanted: Wanted
  /** Seconds; a week unless told otherwise. */
  readonly step?: number
}

/** A century: what a range that lies may make us draw. */
export const MAX_WEEKS = 5300
/** Nobody said anything on Status, or on Discord, before: what claims to be older draws no weeks. */
const EARLIEST = Date.UTC(2015, 0, 1) / 1000

const HALF_A_DAY = 43_200

const stateOf: Readonly<Record<ArchiveState, WeekState>> = {
  building: 'live',
  staged: 'live',
  published: 'archived',
  wanted: 'missing',
  downloading: 'downloading',
  downloaded: 'downloaded',
  importing: 'downloaded',
  imported: 'imported',
  'waiting-for-key': 'missing',
  quarantined: 'missing',
}

const rank = (state: WeekState): number => weekStates.indexOf(state)

interface Bucket {
  readonly archives: CoveredArchive[]
  live: number
  gap: boolean
}

/** Weeks from the first thing known to the last, oldest first; the weeks of nothing in between are there as `quiet`. */
export function coverage(input: CoverageInput): readonly Week[] {
  const step = input.step ?? WEEK
  const archives = oneFlavour(input.archives)
  const first = archives.reduce((earliest, { from }) => Math.min(earliest, from), Number.POSITIVE_INFINITY)
  const live = daysWith(input, first)
  let begin = first
  let end = 0
  for (const { from, to } of [...archives, ...input.gaps, ...live.map(({ at }) => ({ from: at, to: at + 1 }))]) {
    begin = Math.min(begin, from)
    end = Math.max(end, to)
  }
  // Weeks begin where archives do, also those before the first of them.
  if (Number.isFinite(first)) begin = first - Math.ceil((first - begin) / step) * step
  if (end <= begin) return []
  const buckets = Array.from(
    { length: Math.min(MAX_WEEKS, Math.ceil((end - begin) / step)) },
    (): Bucket => ({ archives: [], live: 0, gap: false }),
  )
  const within = ({ from, to }: { from: number; to: number }) =>
    buckets.slice(Math.floor((from - begin) / step), Math.floor((Math.max(from, to - 1) - begin) / step) + 1)
  for (const archive of archives) for (const bucket of within(archive)) bucket.archives.push(archive)
  for (const gap of input.gaps) for (const bucket of within(gap)) bucket.gap = true
  for (const { at, messages } of live) for (const bucket of within({ from: at, to: at + 1 })) bucket.live += messages
  const newest = archives.reduce((latest, { to }) => Math.max(latest, to), 0) as Seconds
  return buckets.map((bucket, index) => {
    const from = (begin + index * step) as Seconds
    const reasons = [...new Set(bucket.archives.map(({ reason }) => reason).filter((reason) => reason !== ''))]
    const peers = bucket.archives.flatMap((archive) => archive.peers ?? [])
    const state = stateIn(bucket)
    return {
      from,
      to: (from + step) as Seconds,
      state,
      missing: state === 'missing' ? missingIn(bucket, input.wanted, newest) : null,
      reasons,
      archives: bucket.archives.length,
      messages: bucket.archives.reduce((sum, archive) => sum + archive.messages, 0),
      bytes: bucket.archives.reduce((sum, archive) => sum + archive.bytes, 0),
      live: bucket.live,
      peers: peers.length === 0 ? null : Math.min(...peers),
    }
  })
}

/** The day on which the first archive begins belongs to it, though its noon may be earlier. */
function daysWith({ live, step }: CoverageInput, first: number): readonly { at: number; messages: number }[] {
  if (step !== undefined) return live
  return live
    .filter(({ at, messages }) => messages > 0 && at >= EARLIEST)
    .map(({ at, messages }) => ({ at: at < first && first - at < HALF_A_DAY ? first : at, messages }))
}

function stateIn({ archives, live, gap }: Bucket): WeekState {
  const states = archives.map(({ state }) => stateOf[state])
  const [worst] = states.sort((a, b) => rank(a) - rank(b))
  return worst ?? (gap ? 'missing' : live > 0 ? 'live' : 'quiet')
}

function missingIn({ archives }: Bucket, wanted: Wanted, newest: Seconds): MissingReason {
  const reasons = archives.flatMap((archive): MissingReason[] => {
    if (stateOf[archive.state] !== 'missing') return []
    if (archive.state === 'quarantined') return ['refused']
    if (archive.state === 'waiting-for-key') return ['waiting-for-key']
    if (!isWanted(wanted, archive, newest)) return ['not-wanted']
    return [archive.reason.startsWith('disk-limit:') ? 'disk-limit' : 'not-fetched']
  })
  return missingReasons.find((reason) => reasons.includes(reason)) ?? 'gap'
}

/** Of each partition the flavour that is furthest. */
function oneFlavour(archives: readonly CoveredArchive[]): CoveredArchive[] {
  const partitions = new Map<string, Map<EngineKind, CoveredArchive[]>>()
  for (const archive of archives) {
    const key = `${archive.from}-${archive.to}`
    const flavours = partitions.get(key) ?? new Map<EngineKind, CoveredArchive[]>()
    partitions.set(key, flavours.set(archive.engine, [...(flavours.get(archive.engine) ?? []), archive]))
  }
  const lag = (flavour: readonly CoveredArchive[]) => Math.min(...flavour.map(({ state }) => rank(stateOf[state])))
  return [...partitions.values()].flatMap((flavours) => [...flavours.values()].sort((a, b) => lag(b) - lag(a))[0] ?? [])
}
