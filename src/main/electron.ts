/** Entry: the desktop app. Composes the node and the shell around it. */
import { homedir } from 'node:os'
import path from 'node:path'
import { app, dialog } from 'electron'
import { type ApiOptions, openApi } from './api/index.ts'
import { readAssets } from './assets.ts'
import { dataFolder } from './data-folder.ts'
import { prepareShell, type Shell } from './shell/index.ts'
import { joinSocket, shareOverSocket } from './sockets/index.ts'

const out = path.join(import.meta.dirname, '..')

async function run(folder: string, shell: Shell): Promise<void> {
  const assets = await readAssets(path.join(out, 'renderer'))
  const options: ApiOptions = {
    folder,
    mode: 'desktop',
    version: app.getVersion(),
    log: (line) => console.error(line),
    neighbours: { share: shareOverSocket, join: joinSocket },
    desktop: shell.desktop,
  }
  const api = await openApi(options)
  const preload = path.join(out, 'preload', 'index.cjs')
  await shell.open({
    api,
    openApi: () => openApi(options),
    assets,
    preload,
    icon: path.join(out, 'renderer', 'tray.png'),
  })
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  console.error(message)
  dialog.showErrorBox('Chronicle cannot go on', message)
  app.exit(1)
}

const folder = dataFolder({ env: process.env, platform: process.platform, home: homedir() })
const shell = prepareShell(path.join(folder, 'desktop'))
// Not awaited here: Electron is ready only after this module has been evaluated.
if (shell)
  app
    .whenReady()
    .then(() => run(folder, shell))
    .catch(fail)
else app.quit()
