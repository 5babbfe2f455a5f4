/** npm run package: an installer of the desktop app for this system, in dist/. electron-builder downloads what it needs. */
import { onSupportedNode } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { ensureBuilt } = await import('./lib/build.mjs')
  const { commandOf, mustRunNode } = await import('./lib/processes.mjs')
  await ensureBuilt()
  const args = ['--config', 'build/electron-builder.yml', '--publish', 'never', ...process.argv.slice(2)]
  await mustRunNode('Packaging', commandOf('electron-builder'), args)
})
