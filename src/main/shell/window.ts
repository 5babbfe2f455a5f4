/** The window: one page, in a sandbox, that knows the bridge and nothing else. It stands where it stood. */
import { BrowserWindow, nativeTheme, screen } from 'electron'
import type { StateFile } from './state-file.ts'
import { appPage } from './trusted-url.ts'
import { placeWindow, smallest, type WindowState } from './window-state.ts'

export interface WindowParts {
  readonly preload: string
  readonly state: StateFile<WindowState>
  /** Where in the page it begins, as its address has it after `#`. */
  readonly hash: string
  /** Whether closing it only puts it out of sight. */
  readonly hidesOnClose: () => boolean
  /** Told of the window before its page says its first word. */
  readonly onWindow: (window: BrowserWindow) => void
  readonly log: (line: string) => void
}

/** Pages that may break within a minute and are shown again; one more is left to the person. */
const mostReloads = 3

export async function openWindow(parts: WindowParts): Promise<BrowserWindow> {
  const { preload, state, hash, hidesOnClose, onWindow, log } = parts
  const before = state.read()
  const areas = screen.getAllDisplays().map(({ workArea }) => workArea)
  const window = new BrowserWindow({
    ...placeWindow(before, areas),
    minWidth: smallest.width,
    minHeight: smallest.height,
    show: false,
    title: 'Chronicle',
    // The page's own colours, so that nothing flashes before its style sheet is there.
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#0b0f11' : '#e6eaec',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      // The spell checker would fetch its dictionaries from the network.
      spellcheck: false,
    },
  })
  onWindow(window)
  if (before?.maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', (event) => {
    state.write({ bounds: window.getNormalBounds(), maximized: window.isMaximized() })
    if (!hidesOnClose()) return
    event.preventDefault()
    window.hide()
  })
  showAgain(window, log)
  await window.loadURL(`${appPage}${hash}`)
  return window
}

/** A page that breaks takes nothing with it: the node is elsewhere. */
function showAgain({ webContents }: BrowserWindow, log: (line: string) => void): void {
  let breaks: number[] = []
  webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return
    const now = performance.now()
    breaks = [...breaks.filter((at) => at > now - 60_000), now]
    log(`The page ended (${reason}).`)
    if (breaks.length <= mostReloads) webContents.reload()
  })
}
