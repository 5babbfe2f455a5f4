/** npm run build, npm run proto: builds anew, or the wire schema's code alone with --proto-only. */
import { onSupportedNode } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { ensureBuilt, ensureProto } = await import('./lib/build.mjs')
  if (process.argv.includes('--proto-only')) await ensureProto()
  else await ensureBuilt({ force: true })
})
