/** Steps of a verification, one after the other, counted and timed, and a table of what held. */
import { runNode } from './processes.mjs'
import { root } from './supported-node.mjs'
import { closingLine } from './tests.mjs'

export class Steps {
  #rows = []
  #total = { passed: 0, failed: 0, skipped: 0 }

  /** @param {() => Promise<{ passed: number, failed: number, skipped: number }>} work */
  async run(name, work) {
    console.log(`\n=== ${name} ===`)
    const started = performance.now()
    const { passed, failed, skipped } = await work()
    this.#total.passed += passed
    this.#total.failed += failed
    this.#total.skipped += skipped
    const seconds = (performance.now() - started) / 1000
    this.#rows.push({ step: name, passed, failed, skipped, seconds: Number(seconds.toFixed(1)) })
  }

  /** A script of ours, which holds if it ends well. */
  async script(name, file, args = []) {
    await this.run(name, async () => {
      const code = await runNode(`${root}/scripts/${file}.mjs`, args)
      return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
    })
  }

  /** Prints the table; the exit code says whether everything held. */
  finish() {
    console.log('')
    console.table(this.#rows)
    console.log(closingLine(this.#total))
    process.exitCode = this.#total.failed > 0 || this.#total.passed === 0 ? 1 : 0
  }
}
