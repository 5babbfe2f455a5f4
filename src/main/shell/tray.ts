/** The tray: what moves, and the way back to the window. */
import { Menu, nativeImage, Tray } from 'electron'
import type { Transfer } from '../../shared/domain.ts'
import { transferWords } from './transfer-words.ts'

export interface TrayParts {
  /** A picture file; beside it may lie one with `@2x` in its name. */
  readonly icon: string
  readonly onOpen: () => void
  readonly onTransfers: () => void
  readonly onQuit: () => void
}

export interface TrayLine {
  show(transfers: readonly Transfer[]): void
}

export function openTray({ icon, onOpen, onTransfers, onQuit }: TrayParts): TrayLine {
  const tray = new Tray(nativeImage.createFromPath(icon))
  let shown = ''
  const show = (words: string): void => {
    if (words === shown) return
    shown = words
    tray.setToolTip(`Chronicle: ${words}`)
    // On Linux a menu is fixed once it is shown, so a change is another menu.
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: words, click: onTransfers },
        { type: 'separator' },
        { label: 'Open Chronicle', click: onOpen },
        { label: 'Quit', click: onQuit },
      ]),
    )
  }
  tray.on('click', onOpen)
  show(transferWords([]))
  return { show: (transfers) => show(transferWords(transfers)) }
}
