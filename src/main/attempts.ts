/**
 * Slows down guessing. After a few free failures each further one doubles the wait before the next attempt counts.
 * A success forgets them. Pure: the time is passed in.
 */
export interface AttemptLimits {
  /** Failures without a wait. */
  readonly free: number
  /** ms; the wait after the first failure beyond the free ones. */
  readonly first: number
  /** ms; the longest wait. */
  readonly longest: number
}

interface Failures {
  failures: number
  /** ms; before this moment no attempt is made. */
  until: number
}

/** Names beyond this many are forgotten, oldest first: a guesser may invent them. */
const maxNames = 1_000

export class Attempts {
  readonly #limits: AttemptLimits
  readonly #records = new Map<string, Failures>()

  constructor(limits: AttemptLimits) {
    this.#limits = limits
  }

  /** ms to wait before `name` may be tried; 0 if now. */
  wait(name: string, now: number): number {
    // No longer than the longest: the clock may have been set back.
    return Math.min(this.#limits.longest, Math.max(0, (this.#records.get(name)?.until ?? 0) - now))
  }

  failed(name: string, now: number): void {
    const record = this.#records.get(name) ?? { failures: 0, until: 0 }
    record.failures++
    const beyond = record.failures - this.#limits.free - 1
    if (beyond >= 0) record.until = now + Math.min(this.#limits.longest, this.#limits.first * 2 ** beyond)
    this.#records.delete(name)
    this.#records.set(name, record)
    const [oldest] = this.#records.keys()
    if (this.#records.size > maxNames && oldest !== undefined) this.#records.delete(oldest)
  }

  succeeded(name: string): void {
    this.#records.delete(name)
  }
}
