/**
 * Which weeks of history exist on this node, and in what state. Pure; the answer to "what is missing, and why".
 */
import type { ArchiveState, Seconds } from '../../shared/domain.ts'
import { WEEK } from './schedule.ts'

export interface CoveredArchive {
  readonly from: Seconds
  readonly to: Seconds
  readonly state: ArchiveState
  readonly reason: string
}

/**
 * From worst to best: nothing known; messages seen live but in no archive; an archive refused; waiting for its key; named
 * by an index only; under way; here but not yet in the history; in the history. The owner's `archived` is final, too.
 */
export const weekStates = [
  'empty',
  'gap',
  'refused',
  'waiting-for-key',
  'missing',
  'downloading',
  'downloaded',
  'live',
  'imported',
  'archived',
] as const
export type WeekState = (typeof weekStates)[number]

export interface Week {
  readonly from: Seconds
  readonly to: Seconds
  /** The least advanced of its archives: a week is imported when all of it is. */
  readonly state: WeekState
  readonly archives: number
  readonly live: number
  /** Every distinct reason its archives give. */
  readonly reasons: readonly string[]
}

export interface CoverageInput {
  readonly archives: readonly CoveredArchive[]
  /** How many messages of each stretch were received live or from the store. */
  readonly live: readonly { readonly at: Seconds; readonly messages: number }[]
  /** Stretches the store could not fill. RULES.md R2.5. */
  readonly gaps: readonly { readonly from: Seconds; readonly to: Seconds }[]
  /** Seconds; a week unless told otherwise. */
  readonly step?: number
}

/** A century: what a range that lies may make us draw. */
const MAX_WEEKS = 5300

const stateOf: Readonly<Record<ArchiveState, WeekState>> = {
  building: 'live',
  staged: 'live',
  published: 'archived',
  wanted: 'missing',
  downloading: 'downloading',
  downloaded: 'downloaded',
  importing: 'downloaded',
  imported: 'imported',
  'waiting-for-key': 'waiting-for-key',
  quarantined: 'refused',
}

const rank = (state: WeekState): number => weekStates.indexOf(state)

/** Weeks from the first thing known to the last, oldest first; the weeks of nothing in between are there as `empty`. */
export function coverage(input: CoverageInput): readonly Week[] {
  const step = input.step ?? WEEK
  const starts = [...input.archives, ...input.gaps].map(({ from }) => from as number)
  const ends = [...input.archives, ...input.gaps].map(({ to }) => to as number)
  for (const { at } of input.live) {
    starts.push(at)
    ends.push(at + 1)
  }
  if (starts.length === 0) return []
  const begin = starts.reduce((a, b) => Math.min(a, b))
  const end = Math.min(
    ends.reduce((a, b) => Math.max(a, b)),
    begin + MAX_WEEKS * step,
  )
  const weeks: Week[] = []
  for (let from = begin; from < end; from += step) {
    const to = from + step
    const touching = input.archives.filter((archive) => archive.from < to && from < archive.to)
    const live = input.live.reduce((sum, { at, messages }) => (at >= from && at < to ? sum + messages : sum), 0)
    const gap = input.gaps.some((range) => range.from < to && from < range.to)
    const states = touching.map((archive) => stateOf[archive.state])
    const worst = states.reduce<WeekState | null>(
      (found, state) => (found === null || rank(state) < rank(found) ? state : found),
      null,
    )
    weeks.push({
      from: from as Seconds,
      to: to as Seconds,
      state: worst ?? (gap ? 'gap' : live > 0 ? 'live' : 'empty'),
      archives: touching.length,
      live,
      reasons: [...new Set(touching.map(({ reason }) => reason).filter((reason) => reason !== ''))],
    })
  }
  return weeks
}
