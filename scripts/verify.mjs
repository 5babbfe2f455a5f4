/** npm run verify: everything there is, one step after the other, and a table of what held. For the end of a piece of work. */
import { onSupportedNode } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { ensureBuilt } = await import('./lib/build.mjs')
  const { runTests } = await import('./lib/tests.mjs')
  const { Steps } = await import('./lib/steps.mjs')
  const { engineSteps } = await import('./lib/engine-steps.mjs')
  const steps = new Steps()
  // More of what is drawn by chance than `npm test` and CI take the time for (RULES R8.2).
  const thorough = {
    CHRONICLE_EXPORT_MB: process.env.CHRONICLE_EXPORT_MB ?? '1024',
    CHRONICLE_KILLS: process.env.CHRONICLE_KILLS ?? '50',
    CHRONICLE_RUNS: process.env.CHRONICLE_RUNS ?? '200',
    CHRONICLE_SCENARIOS: process.env.CHRONICLE_SCENARIOS ?? 'all',
  }

  await steps.run('build', async () => {
    await ensureBuilt({ force: true })
    return { passed: 1, failed: 0, skipped: 0 }
  })
  await steps.script('lint', 'lint')
  await steps.script('typecheck', 'typecheck')
  for (const tier of ['quick', 'engines', 'scenarios', 'interop', 'chaos', 'bench'])
    await steps.run(tier, () => runTests(tier, ['--passWithNoTests'], thorough))
  await steps.script('demo', 'chronicle', ['demo', '--members', '2'])
  await engineSteps(steps)
  steps.finish()
})
