/** The last keys seen, at most `capacity` of them: enough to know a message that comes twice, and never more memory. */
export class RecentKeys {
  readonly #keys = new Set<string>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** True if the key was not among the last ones. */
  add(key: string): boolean {
    if (this.#keys.has(key)) return false
    this.#keys.add(key)
    if (this.#keys.size > this.#capacity) {
      const oldest = this.#keys.values().next()
      if (!oldest.done) this.#keys.delete(oldest.value)
    }
    return true
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }
}
