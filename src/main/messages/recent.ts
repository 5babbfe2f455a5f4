/** Remembers the last few thousand keys, so that what several peers bring is looked at once. */
export class Recent {
  readonly #limit: number
  #young = new Set<string>()
  #old = new Set<string>()

  /** Keeps between `limit` and twice as many. */
  constructor(limit: number) {
    this.#limit = limit
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key)
  }

  add(key: string): void {
    this.#young.add(key)
    if (this.#young.size < this.#limit) return
    this.#old = this.#young
    this.#young = new Set()
  }

  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }
}
