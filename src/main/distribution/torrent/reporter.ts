/** Counts bytes and tells of changes: at once where somebody waits for it, else a few times a second at most. */
import type { Clock } from '../../clock.ts'
import type { EngineEvents, EngineStatus } from '../engine.ts'
import { type Loaded, seedStatus } from './loaded-transfers.ts'

export interface Listener {
  readonly status: (status: EngineStatus) => void
  readonly progress: (progress: EngineEvents['progress']) => void
}

/** ms between two reports while something moves. */
const reportEvery = 250

export class Reporter {
  readonly #clock: Clock
  readonly #tell: Listener
  readonly #status: () => EngineStatus
  readonly #moved = new Set<Loaded>()
  readonly counted = { downloaded: 0, uploaded: 0, hashed: 0 }
  #cancel: (() => void) | null = null
  #ended = false

  constructor(clock: Clock, tell: Listener, status: () => EngineStatus) {
    this.#clock = clock
    this.#tell = tell
    this.#status = status
  }

  moved(loaded: Loaded): void {
    this.#moved.add(loaded)
    this.soon()
  }

  soon(): void {
    if (this.#ended || this.#cancel !== null) return
    this.#cancel = this.#clock.setTimer(reportEvery, () => this.now())
  }

  now(): void {
    if (this.#ended) return
    this.#cancel?.()
    this.#cancel = null
    const moving = this.#moved.size > 0
    for (const loaded of this.#moved) {
      const { communityId, link, bytesDone, bytesTotal } = seedStatus(loaded)
      this.#tell.progress({ communityId, link, done: bytesDone, total: bytesTotal })
    }
    this.#moved.clear()
    this.#tell.status(this.#status())
    if (moving) this.soon() // rates fall to zero only if somebody looks again
  }

  end(): void {
    this.#ended = true
    this.#cancel?.()
  }
}
