/** The window: one page, in a sandbox, that knows the bridge and nothing else. */
import { BrowserWindow, nativeTheme } from 'electron'
import { appPage } from './trusted-url.ts'

export async function openWindow(preload: string): Promise<BrowserWindow> {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    minWidth: 360,
    minHeight: 480,
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
  window.once('ready-to-show', () => window.show())
  await window.loadURL(appPage)
  return window
}
