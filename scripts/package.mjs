/**
 * npm run package: installers of the desktop app for this system, in dist/; electron-builder downloads what it needs.
 * npm run package -- --headless [linux-arm64]: the daemon and the commands as a tarball; nothing is downloaded.
 */
import { onSupportedNode } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { ensureBuilt } = await import('./lib/build.mjs')
  const { commandOf, mustRunNode } = await import('./lib/processes.mjs')
  await ensureBuilt()
  const [first, system] = process.argv.slice(2)
  if (first === '--headless') {
    const { packHeadless } = await import('./lib/headless-tarball.mjs')
    console.log(packHeadless(system === undefined ? {} : { system }))
    return
  }
  const args = ['--config', 'build/electron-builder.yml', '--publish', 'never', ...process.argv.slice(2)]
  await mustRunNode('Packaging', commandOf('electron-builder'), args)
})
