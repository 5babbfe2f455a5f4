/**
 * Every decoder and boundary under a million inputs, a hundred thousand where a signature is checked or a seal opened:
 * a typed error or a value, no crash, no input that takes a second, no memory that stays. `npm run fuzz -- -t manifest`
 * takes those with that name; CHRONICLE_FUZZ=1000 draws fewer inputs, CHRONICLE_FUZZ_SEED=7 the same ones again.
 */
import { afterAll, describe, expect, it } from 'vitest'
import type { Report } from './support/fuzzing.ts'
import { fuzzInThread } from './support/in-thread.ts'
import { describeFind, table } from './support/report.ts'
import { targets } from './support/targets.ts'

const inputs = Number(process.env.CHRONICLE_FUZZ ?? 1_000_000)
const seed = Number(process.env.CHRONICLE_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
const reports: Report[] = []

afterAll(() => {
  console.log(`\n${table(reports)}\n\nSeed ${seed}.\n`)
})

describe('gives a value or a reason, soon, and keeps nothing', () => {
  it.each(targets.map(({ name, slow }) => [name, slow === true ? Math.ceil(inputs / 10) : inputs] as const))(
    '%s',
    async (name, count) => {
      const report = await fuzzInThread(name, count, seed)
      reports.push(report)
      console.log(`${name}: ${report.inputs} inputs in ${(report.milliseconds / 1000).toFixed(0)} s`)
      expect(report.find === null ? '' : describeFind(report.find, seed)).toBe('')
      expect(report.inputs).toBe(count)
    },
  )
})
