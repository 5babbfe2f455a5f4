/**
 * Makes imported messages searchable: as they come, a little of the newest at a time, so that the import is not held up;
 * all that is left when nothing is imported any more. It may be stopped anywhere and goes on with the next start.
 */
import { type Clock, wait } from '../clock.ts'
import type { Store } from '../store/index.ts'

export interface SearchableParts {
  readonly backlog: Pick<Store['searchBacklog'], 'take'>
  readonly clock: Clock
  /** Whether an import is under way. */
  readonly isBusy: () => boolean
}

/** Messages in a slice: what the thread that writes is taken up by for about 50 ms. */
const SLICE = 2000
/** ms between slices while an import is under way. */
const PAUSE = 2000

export class Searchable {
  readonly #parts: SearchableParts
  readonly #signal: AbortSignal
  #running: Promise<void> | null = null
  #again = false

  constructor(parts: SearchableParts, signal: AbortSignal) {
    this.#parts = parts
    this.#signal = signal
  }

  /** Something may be waiting. Rejects when the store does; called again, it goes on. */
  wake(): Promise<void> {
    this.#again = true
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<void> {
    const { backlog, clock, isBusy } = this.#parts
    try {
      while (this.#again && !this.#signal.aborted) {
        this.#again = false
        while (!this.#signal.aborted && (await backlog.take(SLICE)) > 0) {
          if (isBusy()) await wait(clock, PAUSE, this.#signal).catch(() => {})
        }
      }
    } finally {
      this.#running = null
    }
  }
}
