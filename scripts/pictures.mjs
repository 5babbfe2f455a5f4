/** npm run pictures: makes docs/pictures anew, from the built program on the sample's history. */
import { onSupportedNode, root } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { ensureBuilt } = await import('./lib/build.mjs')
  const { mustRunNode } = await import('./lib/processes.mjs')
  await ensureBuilt()
  await mustRunNode('Taking the pictures', `${root}/test/pictures/make.ts`)
})
