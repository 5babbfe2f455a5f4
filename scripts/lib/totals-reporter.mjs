/** A vitest reporter that leaves the totals of a run in the file named by CHRONICLE_TOTALS. */
import { writeFileSync } from 'node:fs'

export default class TotalsReporter {
  onTestRunEnd(modules) {
    writeFileSync(process.env.CHRONICLE_TOTALS, JSON.stringify(this.count(modules)))
  }

  count(modules) {
    const totals = { passed: 0, failed: 0, skipped: [] }
    for (const module of modules) {
      const before = totals.failed
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') totals.passed += 1
        else if (state === 'failed') totals.failed += 1
        else totals.skipped.push(`${module.relativeModuleId ?? module.moduleId} > ${test.fullName}`)
      }
      // A file that does not load has no tests to fail.
      if (module.state() === 'failed' && totals.failed === before) totals.failed += 1
    }
    return totals
  }
}
