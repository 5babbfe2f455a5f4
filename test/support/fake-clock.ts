/**
 * A clock that stands still until a test moves it. Timers fire in the order of their due times, each at its own
 * instant, and what they start gets a chance to run before the next one fires.
 */
import type { Clock } from '../../src/main/clock.ts'
import type { Millis } from '../../src/shared/domain.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly fn: () => void
}

export class FakeClock implements Clock {
  /** What a stopwatch would show: timers go by it, as the system's do. */
  #elapsed = 0
  /** The wall clock when the stopwatch was started, as it is set now. */
  #origin: number
  #order = 0
  readonly #timers = new Set<Timer>()
  readonly #settle: () => Promise<void>

  /**
   * Starts at 2023-11-14T22:13:20Z unless told otherwise. `settled` resolves when what a timer started is done: one turn
   * of the event loop, unless it takes files or threads.
   */
  constructor(now = 1_700_000_000_000, settled: () => Promise<void> = settle) {
    this.#origin = now
    this.#settle = settled
  }

  now(): Millis {
    return (this.#origin + this.#elapsed) as Millis
  }

  setTimer(delay: number, fn: () => void): () => void {
    this.#order += 1
    const timer = { at: this.#elapsed + Math.max(0, delay), order: this.#order, fn }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  /** Timers not yet fired: a part that was stopped should leave none. */
  get pending(): number {
    return this.#timers.size
  }

  /** Milliseconds until the next timer; null when there is none. */
  get nextIn(): number | null {
    const next = this.#next()
    return next === undefined ? null : next.at - this.#elapsed
  }

  /** Moves time by `ms` and fires everything due on the way, promises settling in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms
    await this.#settle()
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#timers.delete(next)
      this.#elapsed = next.at
      next.fn()
      await this.#settle()
    }
    this.#elapsed = end
  }

  /** Sets the wall clock and leaves timers alone, as a correction by NTP would, or a machine that was asleep. */
  jump(now: number): void {
    this.#origin = now - this.#elapsed
  }

  #next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer
    }
    return first
  }
}

/** One turn of the event loop: promises that only wait for promises are settled after it. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
