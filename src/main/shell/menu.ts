/** The menu of the program: what any program has, and the places of this one. */
import type { MenuItemConstructorOptions } from 'electron'

export interface MenuActions {
  /** To a place in the page, as its address has it. */
  go(hash: string): void
  back(): void
  forward(): void
  quit(): void
}

export function menuTemplate(actions: MenuActions, platform: string): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin'
  const place = (label: string, hash: string, accelerator: string): MenuItemConstructorOptions => ({
    label,
    accelerator,
    click: () => actions.go(hash),
  })
  const settings = place('Settings…', '#/settings', 'CommandOrControl+,')
  const quit: MenuItemConstructorOptions = {
    label: isMac ? 'Quit Chronicle' : 'Quit',
    accelerator: 'CommandOrControl+Q',
    click: () => actions.quit(),
  }
  const separator: MenuItemConstructorOptions = { type: 'separator' }
  const own: MenuItemConstructorOptions[] = [{ role: 'about' }, separator, settings, separator]
  return [
    ...(isMac
      ? [
          {
            label: 'Chronicle',
            submenu: [...own, { role: 'hide' as const }, { role: 'hideOthers' as const }, separator, quit],
          },
        ]
      : []),
    { label: '&File', submenu: [...(isMac ? [] : [settings, separator]), { role: 'close' }, ...(isMac ? [] : [quit])] },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        separator,
        { role: 'togglefullscreen' },
        { role: 'reload' },
        { role: 'toggleDevTools' },
      ],
    },
    {
      label: '&Go',
      submenu: [
        { label: 'Back', accelerator: isMac ? 'Command+[' : 'Alt+Left', click: () => actions.back() },
        { label: 'Forward', accelerator: isMac ? 'Command+]' : 'Alt+Right', click: () => actions.forward() },
        separator,
        place('Communities', '#/', 'CommandOrControl+1'),
        place('Transfers', '#/transfers', 'CommandOrControl+2'),
        place('Network', '#/network', 'CommandOrControl+3'),
      ],
    },
    { role: 'windowMenu' },
    ...(isMac ? [] : [{ label: '&Help', submenu: [{ role: 'about' as const }] }]),
  ]
}
