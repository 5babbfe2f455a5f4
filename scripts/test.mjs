/**
 * npm test and its sisters: `--tier NAME` chooses the tests (see lib/tiers.mjs), everything after it goes to vitest.
 * The last line says how many passed and failed. With CI=true a test that was skipped counts as failed.
 */
import { onSupportedNode } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { ensureBuilt } = await import('./lib/build.mjs')
  const { runTests, closingLine } = await import('./lib/tests.mjs')
  const args = process.argv.slice(2)
  const tier = args[0] === '--tier' ? args.splice(0, 2)[1] : 'quick'
  await ensureBuilt()
  const totals = await runTests(tier, args)
  console.log(closingLine(totals))
  process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0
})
