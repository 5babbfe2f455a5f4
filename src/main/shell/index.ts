/** The desktop's shell: one guarded window over the same contract that the headless server carries. Electron only. */
import { app, BrowserWindow, ipcMain, Menu, protocol, session, shell } from 'electron'
import type { Api } from '../api/index.ts'
import type { Assets } from '../assets.ts'
import { bindIpc } from './ipc.ts'
import { guardNavigation } from './navigation.ts'
import { isPermissionAllowed } from './permissions.ts'
import { declareScheme, serveScheme } from './protocol.ts'
import { isLoadable } from './trusted-url.ts'
import { openWindow } from './window.ts'

/**
 * Everything that must be in place before the app is ready.
 * @param userData where Chromium keeps its own things
 * @returns false if another Chronicle shows this folder already: it was brought to the front, and this one should end
 */
export function prepareShell(userData: string): boolean {
  app.setPath('userData', userData)
  if (!app.requestSingleInstanceLock()) return false
  app.enableSandbox()
  declareScheme(protocol)
  guardNavigation({ app, shell })
  app.on('second-instance', () => {
    const [window] = BrowserWindow.getAllWindows()
    if (window?.isMinimized()) window.restore()
    window?.focus()
  })
  app.on('window-all-closed', () => app.quit())
  return true
}

export interface ShellParts {
  readonly api: Pick<Api, 'handle' | 'subscribe'>
  readonly assets: Assets
  /** The bridge's file. */
  readonly preload: string
}

/** Opens the window, once the app is ready. Returns what unbinds it from the node. */
export async function openShell({ api, assets, preload }: ShellParts): Promise<() => void> {
  const { defaultSession } = session
  defaultSession.setPermissionRequestHandler((_contents, permission, answer, { requestingUrl }) =>
    answer(isPermissionAllowed(permission, requestingUrl)),
  )
  defaultSession.setPermissionCheckHandler((_contents, permission, origin) => isPermissionAllowed(permission, origin))
  defaultSession.setDevicePermissionHandler(() => false)
  defaultSession.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isLoadable(url) }))
  defaultSession.on('will-download', (event) => event.preventDefault())
  serveScheme(protocol, assets)
  Menu.setApplicationMenu(Menu.buildFromTemplate(menu))
  const unbind = bindIpc({ ipcMain, api, windows: () => BrowserWindow.getAllWindows() })
  await openWindow(preload)
  return unbind
}

const menu: Electron.MenuItemConstructorOptions[] = [
  ...(process.platform === 'darwin' ? [{ role: 'appMenu' as const }] : []),
  { role: 'fileMenu' },
  { role: 'editMenu' },
  { role: 'viewMenu' },
  { role: 'windowMenu' },
]
