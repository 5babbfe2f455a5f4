import { describe, expect, it } from 'vitest'
import { type CoverageInput, type CoveredArchive, coverage } from '../../../src/main/archives/coverage.ts'
import type { ArchiveState, EngineKind, Seconds } from '../../../src/shared/domain.ts'

const s = (n: number) => n as Seconds
const archive = (
  from: number,
  to: number,
  state: ArchiveState,
  reason = '',
  engine: EngineKind = 'torrent',
  peers: number | null = null,
): CoveredArchive => ({
  engine,
  messages: 3,
  bytes: 100,
  peers,
  from: s(from),
  to: s(to),
  state,
  reason,
})
const weeks = (input: Partial<CoverageInput>) =>
  coverage({ archives: [], live: [], gaps: [], wanted: { kind: 'all' }, step: 10, ...input })
const states = (input: Partial<CoverageInput>) => weeks(input).map(({ state }) => state)

describe('coverage', () => {
  it('is nothing where nothing is known', () => expect(weeks({})).toEqual([]))

  it('says of every week what is here of it', () => {
    const archives = [
      archive(0, 10, 'imported'),
      archive(10, 20, 'downloaded'),
      archive(20, 30, 'wanted'),
      archive(40, 50, 'waiting-for-key'),
      archive(50, 60, 'published'),
    ]
    expect(states({ archives })).toEqual(['imported', 'downloaded', 'missing', 'quiet', 'missing', 'archived'])
  })

  it('a week is imported only when all its archives are', () => {
    const archives = [archive(0, 10, 'imported'), archive(0, 10, 'downloading')]
    expect(weeks({ archives })).toMatchObject([{ state: 'downloading', archives: 2 }])
  })

  it('says why a week is missing', () => {
    const archives = [archive(0, 10, 'quarantined', 'PROTOBUF'), archive(0, 10, 'imported')]
    expect(weeks({ archives })).toMatchObject([{ state: 'missing', missing: 'refused', reasons: ['PROTOBUF'] }])
    const missing = (state: ArchiveState, reason = '', input: Partial<CoverageInput> = {}) =>
      weeks({ archives: [archive(0, 10, state, reason), archive(90, 100, 'imported')], ...input })[0]?.missing
    expect(missing('wanted')).toBe('not-fetched')
    expect(missing('wanted', 'disk-limit: full')).toBe('disk-limit')
    expect(missing('wanted', '', { wanted: { kind: 'latest' } })).toBe('not-wanted')
    expect(missing('waiting-for-key')).toBe('waiting-for-key')
    expect(missing('imported')).toBe(null)
    expect(weeks({ gaps: [{ from: s(0), to: s(10) }] })).toMatchObject([{ state: 'missing', missing: 'gap' }])
  })

  it('R5.2 counts a partition that travels both ways once, by the flavour that is furthest', () => {
    const archives = [
      archive(0, 10, 'wanted', '', 'codex', 1),
      archive(0, 10, 'imported', '', 'torrent', 4),
      archive(0, 10, 'imported', '', 'torrent', 2),
    ]
    expect(weeks({ archives })).toMatchObject([{ state: 'imported', archives: 2, messages: 6, bytes: 200, peers: 2 }])
  })

  it('R2.5 shows gaps and weeks known only live', () => {
    expect(states({ gaps: [{ from: s(0), to: s(10) }], live: [{ at: s(12), messages: 3 }] })).toEqual([
      'missing',
      'live',
    ])
    expect(weeks({ live: [{ at: s(12), messages: 3 }] })).toMatchObject([{ from: 12, live: 3 }])
  })

  it('ten years in weeks of ten archives each are drawn in a few milliseconds', () => {
    const archives = Array.from({ length: 5200 }, (_, i) => archive(i, i + 1, 'imported'))
    const live = Array.from({ length: 3650 }, (_, day) => ({ at: s(day), messages: 1 }))
    const began = performance.now()
    expect(weeks({ archives, live }).reduce((sum, week) => sum + week.archives, 0)).toBe(5200)
    expect(performance.now() - began).toBeLessThan(500)
  })

  it('a range that lies about its end draws a century at most', () => {
    expect(weeks({ archives: [archive(0, 2 ** 52, 'wanted')] }).length).toBeLessThanOrEqual(5300)
  })
})
