/** The desktop as the page may use it: what was chosen about it, and the system's dialogs. */
import { homedir } from 'node:os'
import path from 'node:path'
import { app, BrowserWindow, dialog } from 'electron'
import type { Desktop } from '../api/index.ts'
import { loginItem } from './login-item.ts'
import { defaults, type Preferences, preferences } from './preferences.ts'
import { stateFile } from './state-file.ts'

export interface OwnDesktop extends Desktop {
  readonly chosen: () => Preferences
}

/** @param folder where the desktop keeps what it remembers. @param updates whether this copy can replace itself */
export function openDesktop(folder: string, updates: () => boolean): OwnDesktop {
  const file = stateFile(path.join(folder, 'desktop.json'), preferences, defaults)
  let chosen = file.read()
  const login = loginItem({
    platform: process.platform,
    system: app,
    env: process.env,
    home: homedir(),
    // An AppImage is mounted anew each time; its own path is in the environment.
    command: [process.env.APPIMAGE ?? process.execPath, ...(app.isPackaged ? [] : [app.getAppPath()])],
  })
  const settings = () => ({ ...chosen, launchAtLogin: login.get(), updates: updates() ? chosen.updates : null })
  return {
    chosen: () => chosen,
    settings,
    async configure({ closeToTray, notifications, updates: wanted, launchAtLogin }) {
      if (launchAtLogin !== undefined && launchAtLogin !== login.get()) login.set(launchAtLogin)
      chosen = {
        closeToTray: closeToTray ?? chosen.closeToTray,
        notifications: notifications ?? chosen.notifications,
        updates: wanted ?? chosen.updates,
      }
      file.write(chosen)
      return settings()
    },
    async chooseFiles(kind) {
      const [window] = BrowserWindow.getAllWindows()
      const options = { ...dialogs[kind], properties: ['openFile' as const, 'multiSelections' as const] }
      const { canceled, filePaths } = await (window
        ? dialog.showOpenDialog(window, options)
        : dialog.showOpenDialog(options))
      return canceled ? [] : filePaths.slice(0, 1000)
    },
  }
}

const dialogs = {
  'discord-export': {
    title: 'Files of a Discord export',
    filters: [{ name: 'Discord exports', extensions: ['json'] }],
  },
}
