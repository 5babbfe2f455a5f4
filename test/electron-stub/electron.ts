/** The module that the app gets for `electron`. */
export { app } from './app.ts'
export { dialog, Menu, Notification, nativeImage, nativeTheme, powerMonitor, screen, shell, Tray } from './doubles.ts'
export { ipcMain } from './ipc.ts'
export { protocol } from './protocol.ts'
export { session } from './session.ts'
export { BrowserWindow, webContents } from './window.ts'
