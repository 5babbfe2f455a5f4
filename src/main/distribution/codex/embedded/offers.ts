/**
 * What peers say they have of one dataset, and from that which block the fewest of them have: it is asked for first, so
 * that no block is left with a single peer that may go. A hint and no more: who has what shows in what it gives.
 */
import { equalBytes, type Presence } from '../../../wire/index.ts'

/** For each block of the dataset, in one message. */
const looksAtMost = 4

export class Offers {
  readonly #root: Uint8Array
  readonly #blocks: number
  /** By peer, 1 for each block that it said it has; peers with all of them tell nothing about which is rare. */
  readonly #said = new Map<string, Uint8Array>()
  /** Peers that have a block, without those that have all. */
  readonly #counts: Uint16Array

  constructor(root: Uint8Array, blocks: number) {
    this.#root = root
    this.#blocks = blocks
    this.#counts = new Uint16Array(blocks)
  }

  /** Of what says the same again and again no more is looked at than an honest peer has to say. */
  note(peer: string, presences: readonly Presence[]): void {
    let looks = looksAtMost * this.#blocks
    for (const { root, kind, ranges } of presences) {
      if (!equalBytes(root, this.#root)) continue
      if (kind !== 'ranges') this.drop(peer)
      else
        for (const { start, count } of ranges) {
          const end = Math.min(start + count, this.#blocks)
          looks -= Math.max(1, end - start)
          if (looks < 0) return
          this.#add(peer, start, end)
        }
    }
  }

  drop(peer: string): void {
    const said = this.#said.get(peer)
    if (said === undefined) return
    this.#said.delete(peer)
    for (const [index, has] of said.entries()) if (has === 1) this.#counts[index] = (this.#counts[index] ?? 1) - 1
  }

  /**
   * Of the blocks that a peer said it has and that are free to be asked for, the first that the fewest others have; null
   * if it said nothing, or if nothing of that is free.
   */
  rarestOf(peer: string, isFree: (index: number) => boolean): number | null {
    const said = this.#said.get(peer)
    if (said === undefined) return null
    let best: number | null = null
    let fewest = Number.POSITIVE_INFINITY
    for (let index = 0; index < said.length && fewest > 1; index += 1) {
      const count = this.#counts[index] ?? 0
      if (said[index] !== 1 || count >= fewest || !isFree(index)) continue
      best = index
      fewest = count
    }
    return best
  }

  #add(peer: string, start: number, end: number): void {
    const said = this.#said.get(peer) ?? new Uint8Array(this.#blocks)
    this.#said.set(peer, said)
    for (let index = start; index < end; index += 1) {
      if (said[index] === 1) continue
      said[index] = 1
      this.#counts[index] = (this.#counts[index] ?? 0) + 1
    }
  }
}
