/**
 * Which weeks of a community's history exist here, as the node tells it (`history.coverage`): in the words of the map,
 * laid over the calendar, and counted. Pure. A year has 52 or 53 week starts.
 */
import type { RequestOutput } from '../../../shared/contract.ts'
import type { Archive, Seconds } from '../../../shared/domain.ts'

export type CoveredWeek = RequestOutput<'history.coverage'>['newest'][number]

/** What a square says. The words are in words.ts. */
export type WeekState =
  | 'imported'
  | 'published'
  | 'downloading'
  | 'waiting-for-key'
  | 'archived'
  | 'live'
  | 'quarantined'
  /** Nobody recorded it. */
  | 'missing'
  | 'quiet'

export interface Week extends Omit<CoveredWeek, 'state'> {
  readonly state: WeekState
  /** Its pieces are here, and are being checked and read in. */
  readonly isChecked: boolean
}

/** One row of the map: a year, or a half of one where there is little room. */
export interface Row {
  readonly year: number
  /** 0 or 1; always 0 where a row is a whole year. */
  readonly half: number
  /** A null week where none of this history begins. */
  readonly cells: readonly { readonly column: number; readonly week: Week | null }[]
  /** Weeks that hold something, and how many of them can be read here. */
  readonly full: number
  readonly here: number
}

const dayLength = 86_400
/** A century: as many as the node tells. */
export const mostWeeks = 5_300
/** Week starts in a year, and in a half. */
export const columns = 53
export const halfColumns = 27

export const weeksOf = (covered: readonly CoveredWeek[]): Week[] =>
  covered.map((week) => ({ ...week, state: stateOf(week), isChecked: week.state === 'downloaded' }))

/** What is missing for a reason of its own has a shape of its own: a person can do something about each of them. */
function stateOf({ state, missing }: CoveredWeek): WeekState {
  if (state === 'archived') return 'published'
  if (state === 'downloaded') return 'downloading'
  if (state !== 'missing') return state
  if (missing === 'refused') return 'quarantined'
  if (missing === 'waiting-for-key') return 'waiting-for-key'
  return missing === 'gap' ? 'missing' : 'archived'
}

/** The weeks as a calendar, newest row on top. */
export function rowsOf(weeks: readonly Week[], perRow: number): Row[] {
  const rows = new Map<number, Map<number, Week>>()
  for (const week of weeks) {
    const year = new Date(week.from * 1000).getUTCFullYear()
    const column = columnOf(week.from, year)
    const key = year * 2 + Math.floor(column / perRow)
    const row = rows.get(key) ?? new Map<number, Week>()
    rows.set(key, row.set(column % perRow, week))
  }
  return [...rows]
    .sort(([a], [b]) => b - a)
    .map(([key, row]) => ({
      year: Math.floor(key / 2),
      half: key % 2,
      cells: Array.from({ length: perRow }, (_, column) => ({ column, week: row.get(column) ?? null })),
      full: [...row.values()].filter(isFull).length,
      here: [...row.values()].filter(isHere).length,
    }))
}

/** Two week starts of one year are 7 days apart, so each has a column of its own. */
const columnOf = (from: Seconds, year: number): number =>
  Math.floor((from - Date.UTC(year, 0, 1) / 1000) / dayLength / 7)

/** Whether something was said in it, as far as anybody knows. */
const isFull = ({ state }: Week): boolean => state !== 'quiet' && state !== 'missing'

export const isHere = ({ state }: Week): boolean => state === 'imported' || state === 'published' || state === 'live'

export interface Progress {
  /** Weeks that hold something, and how many of them can be read here. */
  readonly weeks: number
  readonly here: number
  /** Weeks that are on their way, or could be. */
  readonly toCome: number
  readonly quarantined: number
  readonly waitingForKey: number
  /** Messages in the archives that are here. */
  readonly messages: number
  readonly bytesToGo: number
  /** Start of the oldest week from which on something can be read; null if nothing can. */
  readonly since: Seconds | null
  /** Weeks after it that cannot. */
  readonly gaps: number
}

export function progressOf(weeks: readonly Week[], all: readonly Archive[]): Progress {
  const archives = oneFlavour(all)
  const full = weeks.filter(isFull)
  const here = full.filter(isHere)
  const since = here[0]?.from ?? null
  const isDone = ({ state }: Archive): boolean => state === 'imported' || state === 'published'
  const isComing = ({ state }: Archive): boolean => ['wanted', 'downloading', 'downloaded', 'importing'].includes(state)
  const of = (state: WeekState): number => full.filter((week) => week.state === state).length
  return {
    weeks: full.length,
    here: here.length,
    toCome: of('archived') + of('downloading'),
    quarantined: of('quarantined'),
    waitingForKey: of('waiting-for-key'),
    messages: sum(archives.filter(isDone), 'messages'),
    bytesToGo: sum(archives.filter(isComing), 'bytes'),
    since,
    gaps:
      since === null ? 0 : weeks.filter((week) => week.from > since && week.state !== 'quiet' && !isHere(week)).length,
  }
}

/**
 * Archives that travel both ways are listed twice; a partition comes whole from one flavour (RULES.md R5.2), so it counts
 * once: by the flavour that is furthest.
 */
export function oneFlavour(archives: readonly Archive[]): Archive[] {
  const partitions = new Map<string, Map<Archive['engine'], Archive[]>>()
  for (const archive of archives) {
    const key = `${archive.from}-${archive.to}`
    const flavours = partitions.get(key) ?? new Map<Archive['engine'], Archive[]>()
    partitions.set(key, flavours.set(archive.engine, [...(flavours.get(archive.engine) ?? []), archive]))
  }
  return [...partitions.values()].flatMap((flavours) => {
    const [best = []] = [...flavours.values()].sort((a, b) => lag(a) - lag(b))
    return best
  })
}

/** 0 when all of it is here; the more the further it is from that. */
function lag(archives: readonly Archive[]): number {
  return Math.max(...archives.map(({ state }) => order.indexOf(state)))
}

const order: readonly Archive['state'][] = [
  'imported',
  'published',
  'importing',
  'downloaded',
  'downloading',
  'staged',
  'building',
  'waiting-for-key',
  'wanted',
  'quarantined',
]

const sum = (archives: readonly Archive[], field: 'messages' | 'bytes'): number =>
  archives.reduce((total, archive) => total + archive[field], 0)
