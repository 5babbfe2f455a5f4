/** Starting with the session: a switch of the system on macOS and Windows, a file in the autostart folder elsewhere. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

export interface LoginItem {
  get(): boolean
  set(on: boolean): void
}

interface System {
  getLoginItemSettings(): { readonly openAtLogin: boolean }
  setLoginItemSettings(settings: { readonly openAtLogin: boolean }): void
}

export interface LoginItemParts {
  readonly platform: string
  readonly system: System
  readonly env: Readonly<Record<string, string | undefined>>
  /** The person's home folder. */
  readonly home: string
  /** What is to be started: the program, and the folder it shows when it is run from source. */
  readonly command: readonly string[]
}

export function loginItem({ platform, system, env, home, command }: LoginItemParts): LoginItem {
  if (platform === 'darwin' || platform === 'win32')
    return {
      get: () => system.getLoginItemSettings().openAtLogin,
      set: (openAtLogin) => system.setLoginItemSettings({ openAtLogin }),
    }
  // The XDG specification has relative paths ignored.
  const configured = env.XDG_CONFIG_HOME
  const folder = configured && path.isAbsolute(configured) ? configured : path.join(home, '.config')
  const file = path.join(folder, 'autostart', 'chronicle.desktop')
  return {
    get: () => existsSync(file),
    set(on) {
      if (!on) return rmSync(file, { force: true })
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, desktopEntry(command))
    },
  }
}

/** The Desktop Entry specification's quoting: of a word first, then of the line. */
export function desktopEntry(command: readonly string[]): string {
  const words = command.map((word) => `"${word.replace(/[\\"`$]/g, '\\$&').replaceAll('%', '%%')}"`)
  const line = words.join(' ').replaceAll('\\', '\\\\')
  return `[Desktop Entry]\nType=Application\nName=Chronicle\nExec=${line}\nTerminal=false\nX-GNOME-Autostart-enabled=true\n`
}
