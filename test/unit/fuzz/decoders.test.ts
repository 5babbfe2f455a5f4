/** A little of `npm run fuzz` each time, so that it cannot rot, and everything that it ever found. */
import { describe, expect, it } from 'vitest'
import { found } from '../../fuzz/found.ts'
import { fuzz } from '../../fuzz/support/fuzzing.ts'
import { describeFind } from '../../fuzz/support/report.ts'
import { refusalOf } from '../../fuzz/support/target.ts'
import { targetCalled, targets } from '../../fuzz/support/targets.ts'

const seed = Number(process.env.CHRONICLE_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
const inputs = 300

describe(`a few strange inputs (CHRONICLE_FUZZ_SEED=${seed}) are answered by a value or a reason`, () => {
  it.each(targets.map(({ name, slow }) => [name, slow === true ? inputs / 10 : inputs] as const))(
    '%s',
    async (name, count) => {
      const { find } = await fuzz(targetCalled(name), { inputs: count, seed, weighed: false })
      expect(find === null ? '' : describeFind(find, seed)).toBe('')
    },
  )
})

describe('what was found once is answered by a value or a reason', () => {
  it.each(found.map((one) => [`${one.target}: ${one.why}`, one] as const))('%s', async (_name, { target, input }) => {
    try {
      await targetCalled(target).run(new Uint8Array(Buffer.from(input, 'hex')))
    } catch (error) {
      expect(refusalOf(error), String(error)).not.toBeNull()
    }
  })
})
