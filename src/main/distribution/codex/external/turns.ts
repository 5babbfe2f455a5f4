/** So many at once; the others wait in the order in which they came. */
export class Turns {
  readonly #atOnce: number
  readonly #waiting: (() => void)[] = []
  #busy = 0

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  /** @returns what gives the turn back. @throws the signal's reason */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.#busy >= this.#atOnce) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const go = () => resolve()
      const leave = () => {
        const at = this.#waiting.indexOf(go)
        if (at < 0) return
        this.#waiting.splice(at, 1)
        reject(signal.reason)
      }
      this.#waiting.push(go)
      signal.addEventListener('abort', leave, { once: true })
      await promise.finally(() => signal.removeEventListener('abort', leave))
    } else this.#busy += 1
    return () => {
      const next = this.#waiting.shift()
      // The turn is passed on, so that nobody who comes now is faster.
      if (next === undefined) this.#busy -= 1
      else next()
    }
  }
}
