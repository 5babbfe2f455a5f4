/** Requests about the desktop around the node: answered by the program that has one. */
import type { DesktopSettings, FileKind, Handlers } from '../../../shared/contract.ts'
import { ApiError } from '../failures.ts'

/** The desktop, as far as a page may use it. */
export interface Desktop {
  settings(): DesktopSettings
  /** What is left out stays as it is. @throws where the system refuses */
  configure(change: DesktopChange): Promise<DesktopSettings>
  chooseFiles(kind: FileKind): Promise<string[]>
}

export type DesktopChange = { readonly [K in keyof DesktopSettings]?: DesktopSettings[K] | undefined }

export const desktopHandlers = (desktop: Desktop | null) =>
  ({
    'desktop.settings': async () => desktop?.settings() ?? null,
    'desktop.configure': async (change) => {
      if (desktop === null) throw new ApiError('not-here', 'A browser has no tray and no system to tell of this.')
      return desktop.configure(change)
    },
    'desktop.chooseFiles': async ({ kind }) => (desktop === null ? null : desktop.chooseFiles(kind)),
  }) satisfies Partial<Handlers>
