/** What `npm run demo` and the functional scenarios show by BitTorrent, shown by Codex and by both engines at once. */
import { runTests } from './tests.mjs'

/** Of the scenarios in whole nodes, those whose archives may travel either way. */
const scenarios = ['test/scenarios/acceptance.test.ts', 'test/scenarios/gatherings.long.test.ts']
const both = [...scenarios, 'test/scenarios/two-engines.test.ts']

/** @param {import('./steps.mjs').Steps} steps */
export async function engineSteps(steps) {
  for (const engine of ['codex', 'both'])
    await steps.script(`demo, ${engine}`, 'chronicle', ['demo', '--members', '2', '--engine', engine])
  for (const [engine, files] of [
    ['codex', scenarios],
    ['both', both],
  ]) {
    const env = { CHRONICLE_ENGINE: engine, CHRONICLE_SCENARIOS: process.env.CHRONICLE_SCENARIOS ?? 'all' }
    await steps.run(`scenarios, ${engine}`, () => runTests('scenarios', files, env))
  }
}
