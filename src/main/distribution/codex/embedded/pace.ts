/** A limit on bytes a second: whoever wants to move some waits for their turn, in the order in which they came. */
import type { Clock } from '../../../clock.ts'

interface Waiting {
  readonly bytes: number
  readonly go: () => void
}

/** ms whose worth may be moved at once after a pause. */
const burst = 250

export class Pace {
  readonly #clock: Clock
  readonly #waiting: Waiting[] = []
  /** bytes/s; null: no limit. */
  #rate: number | null
  /** bytes; below zero while what went last is being paid for. */
  #credit = 0
  #at: number
  #cancel: () => void = () => {}

  constructor(clock: Clock, rate: number | null) {
    this.#clock = clock
    this.#rate = rate
    this.#at = clock.now()
  }

  /** From now on, also for those that wait. */
  set(rate: number | null): void {
    this.#earn()
    this.#rate = rate
    this.#pump()
  }

  take(bytes: number): Promise<void> {
    if (this.#rate === null && this.#waiting.length === 0) return Promise.resolve()
    return new Promise((go) => {
      this.#waiting.push({ bytes, go })
      this.#pump()
    })
  }

  /** Lets everybody go: the engine stops. */
  end(): void {
    this.set(null)
  }

  #pump(): void {
    this.#cancel()
    this.#earn()
    while (this.#rate === null || this.#credit >= 0) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      if (this.#rate !== null) this.#credit -= next.bytes
      next.go()
    }
    if (this.#waiting.length === 0) return
    const delay = Math.ceil((-this.#credit * 1000) / this.#rate)
    this.#cancel = this.#clock.setTimer(Math.max(1, delay), () => this.#pump())
  }

  #earn(): void {
    const now = this.#clock.now()
    const elapsed = Math.max(0, now - this.#at)
    this.#at = now
    if (this.#rate === null) this.#credit = 0
    else this.#credit = Math.min((this.#rate * burst) / 1000, this.#credit + (this.#rate * elapsed) / 1000)
  }
}
