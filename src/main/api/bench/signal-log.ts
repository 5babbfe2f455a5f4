/** What the nodes of the bench and of the person who is logged in said last: as much of it as one can look through. */
import { type BenchSignal, events } from '../../../shared/contract.ts'

/** Lines that are kept. */
const kept = 5_000

export interface SignalQuery {
  readonly person?: string | null | undefined
  readonly name?: string | undefined
  readonly before?: number | undefined
  readonly limit: number
}

export class SignalLog {
  readonly #tell: (line: BenchSignal) => void
  #lines: BenchSignal[] = []
  #next = 0

  constructor(tell: (line: BenchSignal) => void) {
    this.#tell = tell
  }

  /** `payload` is a `history.signal` event's. */
  hear(person: string | null, payload: unknown): void {
    const signal = events['history.signal'].safeParse(payload)
    if (!signal.success) return
    const line: BenchSignal = { ...signal.data, seq: this.#next++, person }
    this.#lines.push(line)
    // Now and then, not with every line.
    if (this.#lines.length > kept + 500) this.#lines = this.#lines.slice(-kept)
    this.#tell(line)
  }

  /** Newest first. */
  page({ person, name, before, limit }: SignalQuery): { lines: BenchSignal[]; dropped: number } {
    const lines = this.#lines
      .filter((line) => person === undefined || line.person === person)
      .filter((line) => name === undefined || line.name === name)
      .filter(({ seq }) => before === undefined || seq < before)
    return { lines: lines.slice(-limit).reverse(), dropped: this.#lines[0]?.seq ?? 0 }
  }
}
