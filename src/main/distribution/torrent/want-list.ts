/**
 * The ranges of pieces that somebody waits for, in the order they were asked for. Only the first few are selected at a
 * time: each selection costs webtorrent a look at every block that arrives.
 */
import type { PieceSet } from './piece-set.ts'

export interface WantedRange {
  readonly from: number
  /** exclusive */
  readonly to: number
  /** Goes before all that are not. */
  readonly urgent: boolean
  readonly missing: Set<number>
  readonly complete: Promise<void>
  readonly onPiece: () => void
}

interface Entry extends WantedRange {
  readonly finish: () => void
  readonly fail: (error: Error) => void
}

export class WantList {
  readonly #window: number
  #entries: Entry[] = []

  /** `window`: missing pieces up to which a further range is selected beside the first. */
  constructor(window: number) {
    this.#window = window
  }

  get size(): number {
    return this.#entries.length
  }

  /** Adds the pieces of `[from, to)` that `have` lacks. */
  add(
    have: PieceSet,
    range: { readonly from: number; readonly to: number; readonly urgent: boolean; readonly onPiece: () => void },
  ): WantedRange {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    promise.catch(() => {})
    const missing = new Set(have.missing(range.from, range.to))
    const entry: Entry = { ...range, missing, complete: promise, finish: resolve, fail: reject }
    if (missing.size === 0) resolve()
    else if (range.urgent) this.#entries.splice(this.#entries.filter(({ urgent }) => urgent).length, 0, entry)
    else this.#entries.push(entry)
    return entry
  }

  /** The ranges to select now, in order. */
  active(): readonly WantedRange[] {
    let budget = this.#window
    return this.#entries.filter((entry) => {
      if (budget <= 0) return false
      budget -= entry.missing.size
      return true
    })
  }

  /** A piece has arrived; true if a range was completed by it. */
  arrived(index: number): boolean {
    const hit = this.#entries.filter((entry) => entry.missing.delete(index))
    for (const entry of hit) entry.onPiece()
    const whole = hit.filter((entry) => entry.missing.size === 0)
    if (whole.length === 0) return false
    this.#entries = this.#entries.filter((entry) => !whole.includes(entry))
    for (const entry of whole) entry.finish()
    return true
  }

  /** A piece that was there is there no more. */
  lost(index: number): void {
    for (const entry of this.#entries) if (index >= entry.from && index < entry.to) entry.missing.add(index)
  }

  drop(range: WantedRange): void {
    this.#entries = this.#entries.filter((entry) => entry !== range)
  }

  failAll(error: Error): void {
    for (const entry of this.#entries.splice(0)) entry.fail(error)
  }
}
