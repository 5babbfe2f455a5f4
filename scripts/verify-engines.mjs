/**
 * npm run verify:engines: the demonstration and the scenarios over whole nodes once more, with archives that travel by
 * Codex, and by BitTorrent and Codex at once. `npm run verify` has it in it.
 */
import { onSupportedNode } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { ensureBuilt } = await import('./lib/build.mjs')
  const { Steps } = await import('./lib/steps.mjs')
  const { engineSteps } = await import('./lib/engine-steps.mjs')
  await ensureBuilt()
  const steps = new Steps()
  await engineSteps(steps)
  steps.finish()
})
