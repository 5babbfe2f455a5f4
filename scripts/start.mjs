/**
 * npm start: the desktop app where it can run, else the same interface served on this machine's loopback (RULES R7.5:
 * nothing is ever downloaded here). `npm run headless` serves without looking for a desktop.
 */
import { onSupportedNode, root } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { ensureBuilt } = await import('./lib/build.mjs')
  const { desktop } = await import('./lib/desktop.mjs')
  const { become } = await import('./lib/processes.mjs')
  const args = process.argv.slice(2).filter((argument) => argument !== '--headless')
  await ensureBuilt()
  if (!process.argv.includes('--headless')) {
    const { electron, reason } = desktop({ root, args })
    if (electron) {
      delete process.env.ELECTRON_RUN_AS_NODE
      await become(electron, [root, ...args])
    }
    console.error(`${reason} Serving the same interface in your browser instead.`)
  }
  await become(process.execPath, [`${root}/out/main/headless.js`, ...args])
})
