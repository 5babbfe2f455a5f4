/** The line that the soak test draws. */
import { expect, it } from 'vitest'
import { slopeOf } from '../../soak/support/slope.ts'

it('a slope and its 95 % interval are those of least squares and Student', () => {
  // y = 2.2, 2.8, 3.6, 4.5, 5.1: slope 0.75, standard error 0.03, t(3) = 3.182.
  const { slope, low, high, mean } = slopeOf([2.2, 2.8, 3.6, 4.5, 5.1])
  expect(mean).toBeCloseTo(3.64)
  expect(slope).toBeCloseTo(0.75)
  expect(high - slope).toBeCloseTo(0.0955, 3)
  expect(slope - low).toBeCloseTo(0.0955, 3)
})

it('what only wavers does not grow', () => {
  const { low, high } = slopeOf([10, 11, 9, 10, 11, 9, 10])
  expect(low).toBeLessThan(0)
  expect(high).toBeGreaterThan(0)
})
