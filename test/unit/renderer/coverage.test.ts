import { describe, expect, it } from 'vitest'
import { coverage } from '../../../src/main/archives/coverage.ts'
import {
  type CoveredWeek,
  columns,
  halfColumns,
  progressOf,
  rowsOf,
  weeksOf,
} from '../../../src/renderer/features/history/coverage.ts'
import type { Archive, ArchiveId, ArchiveState, Seconds } from '../../../src/shared/domain.ts'

const week = 7 * 86_400
const start = Date.UTC(2024, 0, 2) / 1000
let serial = 0

/** An archive of whole weeks, counted from the first. */
const archive = (first: number, state: ArchiveState, length = 1, bytes = 100, messages = 10): Archive => ({
  id: `0x${(++serial).toString(16).padStart(64, '0')}` as ArchiveId,
  engine: 'torrent',
  from: (start + first * week) as Seconds,
  to: (start + (first + length) * week) as Seconds,
  state,
  reason: '',
  bytes,
  messages,
})
const mapOf = (archives: readonly Archive[]) =>
  weeksOf(
    coverage({
      archives: archives.map((one) => ({ ...one, peers: null })),
      live: [],
      gaps: [],
      wanted: { kind: 'all' },
    }),
  )

const covered = (change: Partial<CoveredWeek>): CoveredWeek => ({
  ...{ from: start as Seconds, to: (start + week) as Seconds, state: 'quiet', missing: null, reasons: [] },
  ...{ archives: 0, messages: 0, bytes: 0, live: 0, peers: null },
  ...change,
})
const stateOf = (change: Partial<CoveredWeek>) => weeksOf([covered(change)])[0]?.state

describe('weeks', () => {
  it('have the states that the node tells; what one can do something about has a shape of its own', () => {
    expect(weeksOf([])).toEqual([])
    expect(stateOf({ state: 'archived' })).toBe('published')
    for (const state of ['imported', 'live', 'downloading', 'quiet'] as const) expect(stateOf({ state })).toBe(state)
    const missing = (reason: CoveredWeek['missing']) => stateOf({ state: 'missing', missing: reason })
    expect(missing('gap')).toBe('missing')
    expect(missing('refused')).toBe('quarantined')
    expect(missing('waiting-for-key')).toBe('waiting-for-key')
    for (const reason of ['not-fetched', 'not-wanted', 'disk-limit'] as const) expect(missing(reason)).toBe('archived')
  })

  it('of which all pieces are here are still on their way, and say that they are being checked', () => {
    expect(weeksOf([covered({ state: 'downloaded' })])[0]).toMatchObject({ state: 'downloading', isChecked: true })
  })
})

describe('rows', () => {
  const tenYears = mapOf([archive(0, 'imported', 520)])

  it('hold every week exactly once, newest year on top', () => {
    for (const perRow of [columns, halfColumns]) {
      const rows = rowsOf(tenYears, perRow)
      const cells = rows.flatMap((row) => row.cells).flatMap(({ week: one }) => (one ? [one.from] : []))
      expect(new Set(cells).size).toBe(520)
      expect(cells).toHaveLength(520)
      const order = rows.map(({ year, half }) => year * 2 + half)
      expect(order).toEqual([...order].sort((a, b) => b - a))
      for (const row of rows) expect(row.cells).toHaveLength(perRow)
    }
  })

  it('put each week where its year has it', () => {
    for (const { year, cells } of rowsOf(tenYears, columns))
      for (const { week: one } of cells) if (one) expect(new Date(one.from * 1000).getUTCFullYear()).toBe(year)
  })

  it('halves of a year come in order', () => {
    const rows = rowsOf(tenYears, halfColumns).filter(({ year }) => year === 2025)
    expect(rows.map(({ half }) => half)).toEqual([1, 0])
    const newest = (index: number) => Math.max(...(rows[index]?.cells.map(({ week: one }) => one?.from ?? 0) ?? []))
    expect(newest(0)).toBeGreaterThan(newest(1))
  })
})

describe('progress', () => {
  it('counts weeks that can be read, those to come, and the gaps between', () => {
    const archives = [
      archive(0, 'wanted', 1, 1_000),
      archive(1, 'imported'),
      archive(2, 'quarantined'),
      archive(3, 'downloading', 1, 500),
      archive(5, 'imported'),
      archive(6, 'waiting-for-key'),
    ]
    const weeks = mapOf(archives)
    expect(progressOf(weeks, archives)).toEqual({
      weeks: 6,
      here: 2,
      toCome: 2,
      quarantined: 1,
      waitingForKey: 1,
      messages: 20,
      bytesToGo: 1_500,
      since: start + week,
      gaps: 3,
    })
  })

  it('R5.2 counts what travels both ways once, by the flavour that is furthest', () => {
    const twice = (state: ArchiveState, other: ArchiveState): Archive[] => [
      archive(0, state),
      { ...archive(0, other), engine: 'codex' },
    ]
    const of = (archives: readonly Archive[]) => progressOf(mapOf(archives), archives)
    expect(of(twice('published', 'published'))).toMatchObject({ weeks: 1, here: 1, messages: 10 })
    expect(of(twice('imported', 'wanted'))).toMatchObject({ here: 1, toCome: 0, bytesToGo: 0 })
    expect(of(twice('quarantined', 'imported'))).toMatchObject({ here: 1, quarantined: 0 })
  })

  it('knows of nothing where there is nothing', () => {
    expect(progressOf([], [])).toMatchObject({ weeks: 0, here: 0, since: null, gaps: 0 })
  })
})
