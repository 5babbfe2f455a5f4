/** Records that wait their turn, first come first served: so many, and so many bytes of them, and no more. */
import type { WakuRecord } from '../waku/network.ts'

export interface Bound {
  readonly records: number
  /** Of their payloads. */
  readonly bytes: number
}

export class Backlog {
  readonly #most: Bound
  #waiting: WakuRecord[] = []
  #bytes = 0

  constructor(most: Bound) {
    this.#most = most
  }

  get length(): number {
    return this.#waiting.length
  }

  /** From 0 to 1: of what it may hold, what it holds. */
  get fullness(): number {
    return Math.max(this.#waiting.length / this.#most.records, this.#bytes / this.#most.bytes)
  }

  /** False if there is no room. */
  add(record: WakuRecord): boolean {
    const bytes = this.#bytes + record.payload.length
    if (this.#waiting.length >= this.#most.records || bytes > this.#most.bytes) return false
    this.#waiting.push(record)
    this.#bytes = bytes
    return true
  }

  /** The first ones, as many as fit; the first in any case. */
  take({ records, bytes }: Bound): WakuRecord[] {
    let count = 0
    let sum = 0
    for (const { payload } of this.#waiting) {
      if (count >= records || (count > 0 && sum + payload.length > bytes)) break
      count += 1
      sum += payload.length
    }
    this.#bytes -= sum
    return this.#waiting.splice(0, count)
  }

  takeAll(): WakuRecord[] {
    this.#bytes = 0
    return this.#waiting.splice(0)
  }
}
