#!/usr/bin/env node
/** npm run chronicle -- …, npm run demo -- …, and the command `chronicle` itself: builds if need be, then becomes it. */
import { onSupportedNode, root } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { ensureBuilt } = await import('./lib/build.mjs')
  const { become } = await import('./lib/processes.mjs')
  await ensureBuilt()
  await become(process.execPath, [`${root}/out/main/cli.js`, ...process.argv.slice(2)])
})
