/**
 * Further windows, each for a profile of its own: `chronicle --profile NAME` while the program runs. A window has its own
 * node, which ends with it. The first window alone has the tray, the notifications and what links lead to.
 */
import type { BrowserWindow, WebContents } from 'electron'
import type { Api } from '../api/index.ts'

/** More would be more nodes than a machine has room for. */
const most = 8
/** Longer than any name that a profile can have. */
const longestName = 100

export interface FurtherParts {
  readonly openApi: () => Promise<Api>
  /** Begins at the log-in of this profile; `onWindow` is told of it before its page says its first word. */
  readonly openWindow: (profile: string, onWindow: (window: BrowserWindow) => void) => Promise<BrowserWindow>
  /** Tells the window what happens in its node; returns what ends it. */
  readonly tell: (api: Api, window: BrowserWindow) => () => void
  /** The last of them was closed. */
  readonly onNone: () => void
  readonly log: (line: string) => void
}

export interface FurtherWindows {
  readonly areThere: () => boolean
  /** Opens a window for a profile, or brings to the front the one that it has. */
  open(profile: string): Promise<void>
  /** The node behind a page; null for a page of none of these windows. */
  apiOf(sender: WebContents): Api | null
  close(): Promise<void>
}

interface Seat {
  readonly api: Api
  window: BrowserWindow | null
}

export function furtherWindows({ openApi, openWindow, tell, onNone, log }: FurtherParts): FurtherWindows {
  const seats = new Map<string, Seat>()
  const ending = new Set<Promise<void>>()
  const end = (api: Api): void => {
    const closed = api
      .close()
      .catch((error: unknown) => log(`closing: ${error instanceof Error ? error.message : error}`))
      .finally(() => ending.delete(closed))
    ending.add(closed)
  }
  return {
    areThere: () => seats.size > 0,
    async open(profile) {
      const there = seats.get(profile)
      if (there) {
        there.window?.show()
        there.window?.focus()
        return
      }
      if (seats.size >= most) return log(`There are ${most} further windows already.`)
      const seat: Seat = { api: await openApi(), window: null }
      if (seats.has(profile)) return end(seat.api)
      seats.set(profile, seat)
      await openWindow(profile, (window) => {
        seat.window = window
        const untell = tell(seat.api, window)
        window.once('closed', () => {
          untell()
          // Otherwise the program ends, and all of them with it.
          if (!seats.delete(profile)) return
          end(seat.api)
          if (seats.size === 0) onNone()
        })
      })
    },
    apiOf: (sender) => [...seats.values()].find(({ window }) => window?.webContents === sender)?.api ?? null,
    async close() {
      for (const { api } of seats.values()) end(api)
      seats.clear()
      await Promise.all(ending)
    },
  }
}

/** Whose window is wanted, among the words a program was started with. */
export function profileAmong(args: readonly string[]): string | null {
  const at = args.findIndex((word) => word === '--profile' || word.startsWith('--profile='))
  const word = args[at]
  const name = (word === '--profile' ? args[at + 1] : word?.slice('--profile='.length)) ?? ''
  return at >= 0 && name !== '' && name.length <= longestName ? name : null
}

/** Where a window of a profile begins. */
export const logInOf = (profile: string): string => `#/?profile=${encodeURIComponent(profile)}`
