/** What a browser without a desktop cannot show: recorded, and replaceable from a test. */
import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'

interface OpenDialog {
  readonly canceled: boolean
  readonly filePaths: string[]
}

export const dialog = {
  errors: [] as string[],
  /** Nobody is there to choose: as if it had been closed. A test puts its own in this place. */
  showOpenDialog: async (..._parts: unknown[]): Promise<OpenDialog> => ({ canceled: true, filePaths: [] }),
  showErrorBox(title: string, content: string): void {
    dialog.errors.push(`${title}: ${content}`)
    console.error(`[dialog] ${title}: ${content}`)
  },
}

export const shell = {
  opened: [] as string[],
  openExternal: async (url: string): Promise<void> => {
    shell.opened.push(url)
  },
}

export interface MenuItemTemplate {
  readonly role?: string
  readonly label?: string
  readonly accelerator?: string
  readonly type?: string
  readonly submenu?: readonly MenuItemTemplate[]
  readonly click?: () => void
}

let applicationMenu: Menu | null = null

export class Menu {
  items: readonly MenuItemTemplate[] = []

  static buildFromTemplate(template: readonly MenuItemTemplate[]): Menu {
    const menu = new Menu()
    menu.items = template
    return menu
  }

  static setApplicationMenu(menu: Menu | null): void {
    applicationMenu = menu
  }

  static getApplicationMenu(): Menu | null {
    return applicationMenu
  }
}

export class Tray extends EventEmitter {
  static readonly all: Tray[] = []
  readonly image: unknown
  toolTip = ''
  menu: Menu | null = null

  constructor(image: unknown) {
    super()
    this.image = image
    Tray.all.push(this)
  }

  setToolTip(text: string): void {
    this.toolTip = text
  }

  setContextMenu(menu: Menu | null): void {
    this.menu = menu
  }
}

export class Notification extends EventEmitter {
  static readonly all: Notification[] = []
  readonly options: { readonly title: string; readonly body: string }

  constructor(options: { readonly title: string; readonly body: string }) {
    super()
    this.options = options
  }

  static isSupported = (): boolean => true

  show(): void {
    Notification.all.push(this)
    this.emit('show')
  }

  close(): void {
    this.emit('close')
  }
}

export const nativeImage = {
  createFromPath: (file: string) => ({ file, isEmpty: () => !existsSync(file) }),
}

export const screen = {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }],
}

export const powerMonitor = new EventEmitter()

class NativeTheme extends EventEmitter {
  themeSource = 'system'
  shouldUseDarkColors = false
}

export const nativeTheme = new NativeTheme()
