/** Whether the desktop app can open here: Electron's runtime, a display, and a user that Chromium's sandbox accepts. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @param {{ root: string, args?: string[], env?: Record<string, string | undefined>, platform?: string, uid?: number }} where
 * @returns {{ electron: string | null, reason: string }} the executable, or one sentence why not.
 */
export function desktop({ root, args = [], env = process.env, platform = process.platform, uid = process.getuid?.() }) {
  const electron = electronRuntime(root, env)
  if (electron === null) return no('Electron’s runtime is not installed here (`npm run electron:install` fetches it).')
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return no('There is no display here.')
  if (platform === 'linux' && uid === 0 && !args.includes('--no-sandbox'))
    return no('Electron does not open windows for root unless it is given --no-sandbox.')
  return { electron, reason: '' }
}

function no(reason) {
  return { electron: null, reason }
}

/** The executable that Electron's own installer unpacked, or that ELECTRON_OVERRIDE_DIST_PATH points to. */
function electronRuntime(root, env) {
  const folder = join(root, 'node_modules/electron')
  const dist = env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist')
  let name = process.platform === 'win32' ? 'electron.exe' : 'electron'
  try {
    name = readFileSync(join(folder, 'path.txt'), 'utf8')
  } catch {
    if (!env.ELECTRON_OVERRIDE_DIST_PATH) return null
  }
  const executable = join(dist, name)
  return existsSync(executable) ? executable : null
}
