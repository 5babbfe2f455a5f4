/** What a browser without a desktop cannot show: recorded, and replaceable from a test. */
import { EventEmitter } from 'node:events'

export const dialog = {
  errors: [] as string[],
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

class NativeTheme extends EventEmitter {
  themeSource = 'system'
  shouldUseDarkColors = false
}

export const nativeTheme = new NativeTheme()
