/** What the last line of a test run says, and when a run counts as failed. */
import { describe, expect, it, vi } from 'vitest'
import { closingLine, judge } from '../../../scripts/lib/tests.mjs'
import TotalsReporter from '../../../scripts/lib/totals-reporter.mjs'

vi.spyOn(console, 'log').mockImplementation(() => {})

const clean = { passed: 12, failed: 0, skipped: [] }
const noBrowser: [string, string][] = [['e2e', 'no Chromium is installed']]

describe('the totals of a run', () => {
  it.each([
    ['all is well', 0, clean, [], '12 passed, 0 failed'],
    ['a test failed', 1, { ...clean, failed: 2 }, [], '12 passed, 2 failed'],
    ['vitest itself broke', 1, clean, [], '12 passed, 1 failed'],
    ['nothing could be counted', 139, { passed: 0, failed: 0, skipped: [] }, [], '0 passed, 1 failed'],
    ['there was no browser', 0, clean, noBrowser, '12 passed, 0 failed, 1 skipped'],
    ['a test was skipped', 0, { ...clean, skipped: ['a > b'] }, [], '12 passed, 0 failed, 1 skipped'],
  ])('%s', (_, code, totals, missing, line) => {
    expect(closingLine(judge(code, totals, missing, { ci: false }))).toBe(line)
  })

  it.each([
    ['all is well', clean, [], '12 passed, 0 failed'],
    ['there was no browser', clean, noBrowser, '12 passed, 1 failed, 1 skipped'],
    ['a test was skipped', { ...clean, skipped: ['a > b'] }, [], '12 passed, 1 failed, 1 skipped'],
  ])('with CI=true: %s', (_, totals, missing, line) => {
    expect(closingLine(judge(0, totals, missing, { ci: true }))).toBe(line)
  })

  it('count a file that does not load as one failure', () => {
    const file = (state: string, tests: string[]) => ({
      relativeModuleId: 'a.test.ts',
      state: () => state,
      children: { allTests: () => tests.map((result) => ({ fullName: result, result: () => ({ state: result }) })) },
    })
    const reporter = new TotalsReporter()
    expect(
      reporter.count([file('failed', []), file('passed', ['passed', 'skipped']), file('failed', ['failed'])]),
    ).toEqual({
      passed: 1,
      failed: 2,
      skipped: ['a.test.ts > skipped'],
    })
  })
})
