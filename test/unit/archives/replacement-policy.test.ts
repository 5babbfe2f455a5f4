import { describe, expect, it } from 'vitest'
import { type ImportedArchive, judges, spokenFor } from '../../../src/main/archives/replacement-policy.ts'
import type { ArchiveId, ArchiveState, EngineKind, Millis, Seconds } from '../../../src/shared/domain.ts'

const DAY = 24 * 3600
const archive = (
  from: number,
  to: number,
  change: { engine?: EngineKind; state?: ArchiveState; refused?: Record<string, number>; id?: string } = {},
): ImportedArchive => ({
  engine: change.engine ?? 'torrent',
  entry: { id: (change.id ?? `${change.engine} ${from}`) as ArchiveId, from: from as Seconds, to: to as Seconds },
  state: change.state ?? 'imported',
  refused: change.refused ?? {},
})
const ranges = (...archives: ImportedArchive[]) => spokenFor(archives).map(({ from, to }) => [from, to])

describe('what archives speak for', () => {
  it('is a partition whose archives are all imported, the newest first', () => {
    expect(ranges(archive(0, 10), archive(10, 20), archive(10, 20, { id: 'second' }))).toEqual([
      [10, 20],
      [0, 10],
    ])
    expect(ranges(archive(0, 10), archive(0, 10, { id: 'late', state: 'downloaded' }))).toEqual([])
  })

  it('is none of which something could not be read, and any of which something was only not allowed', () => {
    expect(ranges(archive(0, 10, { refused: { 'waiting-for-key': 1 } }))).toEqual([])
    expect(ranges(archive(0, 10, { refused: { 'incomplete-segments': 2 } }))).toEqual([])
    expect(ranges(archive(0, 10, { refused: { 'type-not-allowed': 2 } }))).toEqual([[0, 10]])
  })

  it('is one that either engine has whole, but not one that lacks an archive which the other lists', () => {
    const torrent = archive(0, 10)
    expect(ranges(torrent, archive(0, 10, { engine: 'codex', state: 'wanted' }))).toEqual([[0, 10]])
    const more = [archive(0, 10, { engine: 'codex' }), archive(0, 10, { engine: 'codex', id: 'late', state: 'wanted' })]
    expect(ranges(torrent, ...more)).toEqual([])
  })
})

describe('a time that is judged', () => {
  const judged = (now: number, ...partitions: [from: number, to: number][]) => {
    const judge = judges(
      partitions.map(([from, to]) => ({ from: (from * DAY) as Seconds, to: (to * DAY) as Seconds })),
      (now * DAY * 1000) as Millis,
    )
    return (day: number) => judge((day * DAY * 1000) as Millis)
  }

  it('lies a day before the end of what is spoken for without a gap', () => {
    const at = judged(100, [0, 7], [7, 14], [21, 28])
    expect([0, 6.5, 12.9, 21, 26.9].map(at)).toEqual([true, true, true, true, true])
    expect([-1, 13.1, 14, 20, 27.1, 40].map(at)).toEqual([false, false, false, false, false, false])
  })

  it('is older than a day and the lag with which archives are made', () => {
    const at = judged(8, [0, 7], [7, 14])
    expect([6.9, 7].map(at)).toEqual([true, false])
  })
})
