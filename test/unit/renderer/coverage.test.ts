import { describe, expect, it } from 'vitest'
import { columns, halfColumns, progressOf, rowsOf, weeksOf } from '../../../src/renderer/features/history/coverage.ts'
import type { Archive, ArchiveId, ArchiveState, CommunityRole, Millis, Seconds } from '../../../src/shared/domain.ts'

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
const at = (weeks: number) => ((start + weeks * week) * 1000) as Millis

const states = (archives: readonly Archive[], now: Millis, role: CommunityRole = 'member', unarchived = 0) =>
  weeksOf({ archives, unarchived, gaps: [] }, role, now).map(({ state }) => state)

describe('weeks', () => {
  it('are none without archives', () => {
    expect(states([], at(10))).toEqual([])
  })

  it('go from the first archive to now; a week without one is quiet', () => {
    expect(states([archive(0, 'imported'), archive(2, 'wanted')], at(4))).toEqual([
      'imported',
      'quiet',
      'archived',
      'quiet',
    ])
  })

  it('an archive that spans several weeks shows in each', () => {
    expect(states([archive(0, 'imported', 3)], at(3))).toEqual(['imported', 'imported', 'imported'])
  })

  it('of several archives in one week the one that needs attention is shown', () => {
    const both = (a: ArchiveState, b: ArchiveState) => states([archive(0, a), archive(0, b)], at(1))[0]
    expect(both('imported', 'quarantined')).toBe('quarantined')
    expect(both('imported', 'wanted')).toBe('archived')
    expect(both('wanted', 'downloading')).toBe('downloading')
    expect(both('imported', 'waiting-for-key')).toBe('waiting-for-key')
  })

  it('shorter archives share their week', () => {
    const short = { ...archive(0, 'imported'), to: (start + 10) as Seconds }
    const next = { ...archive(0, 'imported'), from: (start + 10) as Seconds, to: (start + 20) as Seconds }
    const [only, ...rest] = weeksOf({ archives: [short, next], unarchived: 0, gaps: [] }, 'member', at(0.5))
    expect(rest).toEqual([])
    expect(only).toMatchObject({ state: 'imported', messages: 20, bytes: 200 })
  })

  it('what an owner has recorded since is live only, for a member it is quiet', () => {
    const archives = [archive(0, 'published')]
    expect(states(archives, at(1.5), 'owner', 5)).toEqual(['published', 'live'])
    expect(states(archives, at(1.5), 'owner', 0)).toEqual(['published', 'quiet'])
    expect(states(archives, at(1.5), 'member', 5)).toEqual(['published', 'quiet'])
  })

  it('do not end before the last archive, whatever the clock says', () => {
    expect(states([archive(0, 'imported'), archive(3, 'imported')], at(1))).toHaveLength(4)
  })
})

describe('rows', () => {
  const tenYears = weeksOf({ archives: [archive(0, 'imported', 520)], unarchived: 0, gaps: [] }, 'member', at(520))

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
    const weeks = weeksOf({ archives, unarchived: 0, gaps: [] }, 'member', at(7))
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
    const of = (archives: readonly Archive[]) =>
      progressOf(weeksOf({ archives, unarchived: 0, gaps: [] }, 'member', at(1)), archives)
    expect(of(twice('published', 'published'))).toMatchObject({ weeks: 1, here: 1, messages: 10 })
    expect(of(twice('imported', 'wanted'))).toMatchObject({ here: 1, toCome: 0, bytesToGo: 0 })
    expect(of(twice('quarantined', 'imported'))).toMatchObject({ here: 1, quarantined: 0 })
  })

  it('knows of nothing where there is nothing', () => {
    expect(progressOf([], [])).toMatchObject({ weeks: 0, here: 0, since: null, gaps: 0 })
  })
})
