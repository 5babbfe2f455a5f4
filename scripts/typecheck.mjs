/** npm run typecheck */
import { onSupportedNode } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { ensureProto } = await import('./lib/build.mjs')
  const { commandOf, mustRunNode } = await import('./lib/processes.mjs')
  await ensureProto()
  await mustRunNode('The type check', commandOf('typescript', 'tsc'), ['-b', ...process.argv.slice(2)])
})
