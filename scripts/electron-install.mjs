/** npm run electron:install: Electron's own installer, which downloads its runtime. The only script of ours that does. */
import { onSupportedNode, root } from './lib/supported-node.mjs'

onSupportedNode(async () => {
  const { mustRunNode } = await import('./lib/processes.mjs')
  await mustRunNode('Installing Electron', `${root}/node_modules/electron/install.js`)
  console.log('Electron’s runtime is installed; `npm start` opens the desktop app where there is a display.')
})
