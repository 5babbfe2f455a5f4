/** npm run verify: everything there is, one step after the other, and a table of what held. For the end of a piece of work. */
import { onSupportedNode, root } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { ensureBuilt } = await import('./lib/build.mjs')
  const { runTests, closingLine } = await import('./lib/tests.mjs')
  const { runNode } = await import('./lib/processes.mjs')
  const rows = []
  const total = { passed: 0, failed: 0, skipped: 0 }
  const step = async (name, work) => {
    console.log(`\n=== ${name} ===`)
    const started = performance.now()
    const { passed, failed, skipped } = await work()
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
    const seconds = (performance.now() - started) / 1000
    rows.push({ step: name, passed, failed, skipped, seconds: Number(seconds.toFixed(1)) })
  }
  const script =
    (name, args = []) =>
    async () => {
      const code = await runNode(`${root}/scripts/${name}.mjs`, args)
      return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
    }
  // More of what is drawn by chance than `npm test` and CI take the time for (RULES R8.2).
  const thorough = {
    CHRONICLE_EXPORT_MB: process.env.CHRONICLE_EXPORT_MB ?? '1024',
    CHRONICLE_KILLS: process.env.CHRONICLE_KILLS ?? '50',
    CHRONICLE_RUNS: process.env.CHRONICLE_RUNS ?? '200',
    CHRONICLE_SCENARIOS: process.env.CHRONICLE_SCENARIOS ?? 'all',
  }

  await step('build', async () => {
    await ensureBuilt({ force: true })
    return { passed: 1, failed: 0, skipped: 0 }
  })
  await step('lint', script('lint'))
  await step('typecheck', script('typecheck'))
  for (const tier of ['quick', 'engines', 'scenarios', 'interop', 'chaos', 'bench'])
    await step(tier, () => runTests(tier, ['--passWithNoTests'], thorough))
  await step('demo', script('chronicle', ['demo', '--members', '2']))

  console.log('')
  console.table(rows)
  console.log(closingLine(total))
  process.exitCode = total.failed > 0 ? 1 : 0
})
