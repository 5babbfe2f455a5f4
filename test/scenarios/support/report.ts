/** Says, line by line, what a scenario waits for, how long it took and how long it might have taken. */

/** A slower machine gets more time for everything: CHRONICLE_PATIENCE=3. */
const patience = Number(process.env.CHRONICLE_PATIENCE ?? 1)

export class Report {
  readonly #began = performance.now()
  readonly #title: string
  readonly #lines: string[] = []

  constructor(title: string) {
    this.#title = title
  }

  /** @throws if it takes longer, with what `complaints` has to say. */
  async wait<T>(what: string, seconds: number, work: Promise<T>, complaints: () => string = () => ''): Promise<T> {
    const began = performance.now()
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => late.reject(new Error(`${what}: not within ${seconds * patience} s\n${complaints()}`)),
      seconds * patience * 1000,
    )
    try {
      return await Promise.race([work, late.promise])
    } finally {
      clearTimeout(timer)
      this.say(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s of ${seconds}`)
    }
  }

  say(line: string): void {
    const at = ((performance.now() - this.#began) / 1000).toFixed(1).padStart(6)
    this.#lines.push(`${at} s  ${line}`)
  }

  print(): void {
    console.log([this.#title, ...this.#lines].join('\n'))
  }
}
