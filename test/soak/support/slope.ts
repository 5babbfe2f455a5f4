/** Whether something grows: the slope of a line through what was measured, and how far that slope may be trusted. */

export interface Slope {
  readonly mean: number
  /** For each step from one value to the next. */
  readonly slope: number
  /** Ends of the slope's 95 % interval. */
  readonly low: number
  readonly high: number
}

/** Student's t for 95 %, by degrees of freedom from 1 on; beyond the last it changes little. */
const students = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
]

/** Least squares. Of fewer than three values nothing can be said: the interval is endless. */
export function slopeOf(values: readonly number[]): Slope {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const middle = (count - 1) / 2
  const spread = values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0)
  const slope = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0) / spread
  const rest = values.reduce((sum, value, at) => sum + (value - mean - slope * (at - middle)) ** 2, 0)
  const t = students[count - 3] ?? (count < 3 ? Number.POSITIVE_INFINITY : 2.1)
  const reach = t * Math.sqrt(rest / (count - 2) / spread)
  return { mean, slope, low: slope - reach, high: slope + reach }
}
