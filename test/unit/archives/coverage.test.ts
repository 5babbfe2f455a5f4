import { describe, expect, it } from 'vitest'
import { type CoverageInput, coverage } from '../../../src/main/archives/coverage.ts'
import type { ArchiveState, Seconds } from '../../../src/shared/domain.ts'

const s = (n: number) => n as Seconds
const archive = (from: number, to: number, state: ArchiveState, reason = '') => ({
  from: s(from),
  to: s(to),
  state,
  reason,
})
const weeks = (input: Partial<CoverageInput>) => coverage({ archives: [], live: [], gaps: [], step: 10, ...input })
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
    expect(states({ archives })).toEqual(['imported', 'downloaded', 'missing', 'empty', 'waiting-for-key', 'archived'])
  })

  it('a week is imported only when all its archives are', () => {
    const archives = [archive(0, 10, 'imported'), archive(0, 10, 'downloading')]
    expect(weeks({ archives })).toMatchObject([{ state: 'downloading', archives: 2 }])
  })

  it('says why a week is missing', () => {
    const archives = [archive(0, 10, 'quarantined', 'PROTOBUF'), archive(0, 10, 'imported')]
    expect(weeks({ archives })).toMatchObject([{ state: 'refused', reasons: ['PROTOBUF'] }])
  })

  it('R2.5 shows gaps and weeks known only live', () => {
    expect(states({ gaps: [{ from: s(0), to: s(10) }], live: [{ at: s(12), messages: 3 }] })).toEqual(['gap', 'live'])
    expect(weeks({ live: [{ at: s(12), messages: 3 }] })).toMatchObject([{ from: 12, live: 3 }])
  })

  it('a range that lies about its end draws a century at most', () => {
    expect(weeks({ archives: [archive(0, 2 ** 52, 'wanted')] }).length).toBeLessThanOrEqual(5300)
  })
})
