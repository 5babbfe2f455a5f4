/**
 * Which stretches of time are due to become archives. Pure: cuts, records' times and a clock in; partitions out.
 *
 * Time is laid out by cuts: from each cut on, partitions last its `interval`, until the next cut. The first cut is the
 * first record's second; a changed interval and "archive now" each add one. So the whole grid, past and present, follows
 * from a few rows, and a record finds the partition it belongs to however late it comes. RULES.md §2.
 */
import type { Millis, Seconds } from '../../shared/domain.ts'

/** `[from, to)`, unix seconds. */
export interface Partition {
  readonly from: Seconds
  readonly to: Seconds
}

/** From `start` on, partitions last `interval` seconds. */
export interface Cut {
  readonly start: Seconds
  readonly interval: number
}

export interface Schedule {
  /** Ascending by `start`. Empty until there is a first record. */
  readonly cuts: readonly Cut[]
  /** Ranges that have an archive already, in any order; those of an adopted index may overlap. */
  readonly archived: readonly Partition[]
  /** Seconds; the interval in force where no cut exists yet. */
  readonly interval: number
}

export interface Due {
  /** Closed partitions that hold unarchived records, in time order. */
  readonly partitions: readonly Partition[]
  /** When the next partition that holds a record closes; null if there is no such record. */
  readonly nextAt: Millis | null
  /** The cuts to remember: those given, or the first one, found from the first record. */
  readonly cuts: readonly Cut[]
}

/** The time of the first unarchived record at or after `from`, or null. */
export type NextRecord = (from: Seconds) => Seconds | null | Promise<Seconds | null>

export const WEEK = 7 * 24 * 3600
const MAX_LAG = 120
/** s that a cut may lie after now: “archive now” includes the second it is asked for in. */
const AHEAD = MAX_LAG

const seconds = (value: number): Seconds => value as Seconds
const toSeconds = (now: Millis): number => Math.floor(now / 1000)

/** Seconds between the end of a partition and its closing, so that messages under way still get in. R2.1. */
export function closingLag(interval: number): number {
  return Math.min(interval / 10, MAX_LAG)
}

/** The cut whose grid the time `t` lies in; times before the first cut continue its grid backwards. */
function cutAt(cuts: readonly Cut[], t: Seconds): { cut: Cut; next: Cut | null } | null {
  let found: Cut | null = cuts[0] ?? null
  let next: Cut | null = null
  for (const cut of cuts) {
    if (cut.start <= t) found = cut
    else if (cut !== found) {
      next = cut
      break
    }
  }
  return found ? { cut: found, next } : null
}

/**
 * The partition a record of time `t` belongs to: the archived one around it, if any (R2.3: a late record keeps the range
 * of its own partition), else its cell of the grid, cut short where archived ranges begin or end.
 */
export function partitionOf(schedule: Schedule, t: Seconds): Partition {
  let own: Partition | null = null
  let floor = 0
  let ceiling = Number.POSITIVE_INFINITY
  for (const range of schedule.archived) {
    if (range.to <= t) floor = Math.max(floor, range.to)
    else if (range.from > t) ceiling = Math.min(ceiling, range.from)
    else if (!own || range.to - range.from < own.to - own.from) own = range
  }
  if (own) return { from: own.from, to: own.to }
  const { cut, next } = cutAt(schedule.cuts, t) ?? { cut: { start: t, interval: schedule.interval }, next: null }
  const cell = cut.start + Math.floor((t - cut.start) / cut.interval) * cut.interval
  const end = Math.min(cell + cut.interval, next ? next.start : Number.POSITIVE_INFINITY)
  return { from: seconds(Math.max(cell, floor)), to: seconds(Math.min(end, ceiling)) }
}

/**
 * Without what a clock that ran ahead left behind: cuts and archived ranges that end after now. What is said until then
 * goes by the grid as if they were not there. The same schedule where there is nothing of the kind.
 */
export function withoutFuture(given: Schedule, now: Millis): Schedule {
  const end = toSeconds(now) + AHEAD
  const cuts = given.cuts.filter(({ start }) => start <= end)
  const archived = given.archived.filter(({ to }) => to <= end)
  if (cuts.length === given.cuts.length && archived.length === given.archived.length) return given
  return { ...given, cuts: cuts.length === given.cuts.length ? given.cuts : cuts, archived }
}

/** When the partition may be archived, unix ms. By hand there is no lag. */
function closesAt(schedule: Schedule, partition: Partition, byHand: boolean): Millis {
  const interval = cutAt(schedule.cuts, partition.from)?.cut.interval ?? schedule.interval
  return (partition.to * 1000 + Math.round(byHand ? 0 : closingLag(interval) * 1000)) as Millis
}

/**
 * Every closed partition that holds unarchived records. Walks from record to record, so empty partitions cost nothing
 * and make nothing (R2.1); ten silent years are one step.
 */
export async function duePartitions(
  remembered: Schedule,
  now: Millis,
  next: NextRecord,
  options: { readonly byHand?: boolean } = {},
): Promise<Due> {
  const given = withoutFuture(remembered, now)
  let at: Seconds | null = await next(seconds(0))
  if (at === null) return { partitions: [], nextAt: null, cuts: given.cuts }
  const cuts = given.cuts.length > 0 ? given.cuts : [{ start: at, interval: given.interval }]
  const schedule = { ...given, cuts }
  const partitions: Partition[] = []
  let nextAt: Millis | null = null
  while (at !== null) {
    const partition: Partition = partitionOf(schedule, at)
    const closes = closesAt(schedule, partition, options.byHand ?? false)
    if (closes <= now) partitions.push(partition)
    else if (nextAt === null || closes < nextAt) nextAt = closes
    // Nothing that begins after now can be closed, so records dated in the future cost one step, however many.
    if (at * 1000 > now) break
    at = await next(partition.to)
  }
  return { partitions, nextAt, cuts }
}

/** A cut at `at`, or as soon after it as keeps every archived range whole; it replaces one of the same second. */
function withCut(schedule: Schedule, at: Seconds, interval: number): readonly Cut[] {
  const start = schedule.archived.reduce<number>((latest, range) => Math.max(latest, range.to), at)
  const last = schedule.cuts.at(-1)
  if (!last) return schedule.cuts
  if (last.start < start) return [...schedule.cuts, { start: seconds(start), interval }]
  return [...schedule.cuts.slice(0, -1), { start: last.start, interval }]
}

/**
 * The cuts after the interval became `interval` seconds at `now`: what was pending until now stays one partition, however
 * long or short the new ones are. R2.2. `first` is the time of the first unarchived record, which fixes the old grid.
 */
export function changeInterval(
  remembered: Schedule,
  interval: number,
  now: Millis,
  first: Seconds | null,
): readonly Cut[] {
  const given = withoutFuture(remembered, now)
  const at = seconds(toSeconds(now))
  const cuts =
    given.cuts.length === 0 && first !== null && first < at ? [{ start: first, interval: given.interval }] : given.cuts
  if (cuts.at(-1)?.interval === interval) return cuts
  return withCut({ ...given, cuts }, at, interval)
}

/** The cuts after the owner closed the running partition by hand: it ends now, and the grid goes on from here. R2.1. */
export function cutNow(remembered: Schedule, now: Millis, first: Seconds | null): readonly Cut[] {
  const given = withoutFuture(remembered, now)
  const at = seconds(toSeconds(now))
  if (first === null || first >= at) return given.cuts
  const cuts = given.cuts.length > 0 ? given.cuts : [{ start: first, interval: given.interval }]
  const interval = cuts.at(-1)?.interval ?? given.interval
  return withCut({ ...given, cuts }, at, interval)
}
