/** What only the desktop has: a window, a tray, the system's dialogs. A browser is told that there is none of it. */
import { z } from 'zod'
import { nothing } from './nouns.ts'

const desktopSettings = z.object({
  /** When closing the window leaves the program in the tray: owners keep a history alive for everybody else. */
  closeToTray: z.enum(['owners', 'always', 'never']),
  launchAtLogin: z.boolean(),
  /** Mentions, people who ask to be let in, what went wrong. Never because of imported history. */
  notifications: z.boolean(),
  /** Whether a newer version is looked for; null where this copy cannot replace itself. */
  updates: z.boolean().nullable(),
})

export const desktopRequests = {
  /** Null in a browser. */
  'desktop.settings': { input: nothing, output: desktopSettings.nullable() },
  'desktop.configure': { input: desktopSettings.partial(), output: desktopSettings },
  /** Asks by the system's own dialog; absolute paths, none if it was closed. Null in a browser. */
  'desktop.chooseFiles': {
    input: z.object({ kind: z.enum(['discord-export']) }),
    output: z.array(z.string().max(4096)).max(1000).nullable(),
  },
} as const

export const desktopEvents = {
  /** A link, a notification or the menu leads to a place, as the address has it after `#`. */
  'desktop.open': z.object({ hash: z.string().max(6000).regex(/^#\//) }),
} as const

export type DesktopSettings = z.output<typeof desktopSettings>
export type FileKind = z.output<(typeof desktopRequests)['desktop.chooseFiles']['input']>['kind']
