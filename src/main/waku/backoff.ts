/** How long to wait before trying again. Pure: randomness is passed in. */

export interface BackoffRange {
  /** ms, the upper bound of the first wait. */
  readonly base: number
  /** ms, the upper bound of every wait. */
  readonly cap: number
}

/** Full jitter: anything between 0 and the exponentially growing bound, so that many nodes do not come back at once. */
export function fullJitter(failures: number, range: BackoffRange, random: () => number): number {
  return Math.floor(random() * bound(failures, range))
}

/** Half fixed, half jitter: for retries of one thing, where waiting close to nothing would only repeat the failure. */
export function equalJitter(failures: number, range: BackoffRange, random: () => number): number {
  const half = bound(failures, range) / 2
  return Math.floor(half + random() * half)
}

function bound(failures: number, { base, cap }: BackoffRange): number {
  return Math.min(cap, base * 2 ** Math.min(30, Math.max(0, failures - 1)))
}
