/** Tasks and timers that belong together, and end together. */
import type { Clock } from '../clock.ts'

export interface TaskEvents {
  /** A task or a timer has run to its end; called after every one of them. */
  settled(): void
  failed(error: unknown): void
}

export class TaskGroup {
  readonly #abort = new AbortController()
  readonly #clock: Clock
  readonly #events: TaskEvents
  readonly #tasks = new Set<Promise<void>>()
  readonly #timers = new Set<() => void>()

  constructor(clock: Clock, events: TaskEvents) {
    this.#clock = clock
    this.#events = events
  }

  /** Aborted when the group is stopped. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Tasks under way; timers are none. */
  get running(): number {
    return this.#tasks.size
  }

  run(task: Promise<void>): void {
    const tracked: Promise<void> = task
      .catch((error: unknown) => {
        if (!this.signal.aborted) this.#events.failed(error)
      })
      .then(() => {
        this.#tasks.delete(tracked)
        if (!this.signal.aborted) this.#events.settled()
      })
    this.#tasks.add(tracked)
  }

  /** Does a step once, in `delay` ms, unless the group was stopped. */
  later(delay: number, step: () => void): void {
    const cancel = this.#clock.setTimer(delay, () => {
      this.#timers.delete(cancel)
      step()
      this.#events.settled()
    })
    this.#timers.add(cancel)
  }

  /** Takes back every timer, aborts the signal and waits for what is under way. */
  async stop(reason: Error): Promise<void> {
    this.#abort.abort(reason)
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
    while (this.#tasks.size > 0) await Promise.all(this.#tasks)
  }
}
