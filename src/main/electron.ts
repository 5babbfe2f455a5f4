/** Entry: the desktop app. Composes the node and the shell, and closes both before it ends. */
import { homedir } from 'node:os'
import path from 'node:path'
import { app, dialog } from 'electron'
import { openApi } from './api/index.ts'
import { readAssets } from './assets.ts'
import { dataFolder } from './data-folder.ts'
import { openShell, prepareShell } from './shell/index.ts'
import { joinSocket, shareOverSocket } from './sockets/index.ts'

const out = path.join(import.meta.dirname, '..')

async function run(folder: string): Promise<void> {
  const assets = await readAssets(path.join(out, 'renderer'))
  const api = await openApi({
    folder,
    mode: 'desktop',
    version: app.getVersion(),
    log: (line) => console.error(line),
    neighbours: { share: shareOverSocket, join: joinSocket },
  })
  const unbind = await openShell({ api, assets, preload: path.join(out, 'preload', 'index.cjs') })
  app.on('will-quit', (event) => {
    // What must survive is on disk before this; closing the node parks transfers and releases the profile.
    event.preventDefault()
    unbind()
    api.close().then(() => app.exit(0), fail)
  })
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  console.error(message)
  dialog.showErrorBox('Chronicle cannot go on', message)
  app.exit(1)
}

const folder = dataFolder({ env: process.env, platform: process.platform, home: homedir() })
// Not awaited here: Electron is ready only after this module has been evaluated.
if (prepareShell(path.join(folder, 'desktop')))
  app
    .whenReady()
    .then(() => run(folder), fail)
    .catch(fail)
else app.quit()
