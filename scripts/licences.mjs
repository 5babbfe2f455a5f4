/**
 * node scripts/licences.mjs: resources/licences.txt, the packages that the program is shipped with, their versions and
 * licences. Made from package-lock.json alone, so that it is the same on every machine; a test says when it is stale.
 */
import { onSupportedNode, root } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { writeFileSync } = await import('node:fs')
  const { join } = await import('node:path')
  const { licenceList } = await import('./lib/licence-list.mjs')
  writeFileSync(join(root, 'resources/licences.txt'), licenceList())
})
