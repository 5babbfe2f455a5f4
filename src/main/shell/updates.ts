/**
 * Newer versions, by electron-updater from the feed that the package was built with (`app-update.yml`). There is none
 * until the project has a server, and nothing is asked then. The daemon never comes here.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'

export interface Installation {
  readonly isPackaged: boolean
  readonly platform: string
  /** Where the package's resources lie. */
  readonly resources: string
  /** Set by the AppImage that runs; a package of the system's is the system's to update. */
  readonly appImage: string | undefined
}

/** Whether this copy can replace itself by a newer one. */
export function canUpdate({ isPackaged, platform, resources, appImage }: Installation): boolean {
  if (!isPackaged || !existsSync(path.join(resources, 'app-update.yml'))) return false
  return platform === 'darwin' || platform === 'win32' || (platform === 'linux' && Boolean(appImage))
}

/** The part of electron-updater's `autoUpdater` that is used. */
export interface Updater {
  autoDownload: boolean
  autoInstallOnAppQuit: boolean
  allowDowngrade: boolean
  logger: unknown
  on(event: 'update-downloaded', listener: (info: { readonly version: string }) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  checkForUpdates(): Promise<unknown>
}

export interface UpdateParts {
  /** Loads the library, which reads the feed's file as it does. */
  readonly load: () => Promise<Updater>
  readonly isWanted: () => boolean
  /** A version is here and takes this one's place when the program ends. */
  readonly onReady: (version: string) => void
  readonly log: (line: string) => void
  /** ms; returns what cancels it. */
  readonly setTimer: (delay: number, fn: () => void) => () => void
}

/** ms; the first look waits until the program has begun its work. */
const first = 60_000
const again = 24 * 3600_000

/** Looks now and then, while it is wanted. Returns what ends it. */
export function keepUpToDate({ load, isWanted, onReady, log, setTimer }: UpdateParts): () => void {
  let updater: Promise<Updater> | null = null
  let cancel = setTimer(first, look)

  function look(): void {
    cancel = setTimer(again, look)
    if (!isWanted()) return
    updater ??= load().then(prepare)
    updater
      .then((ready) => ready.checkForUpdates())
      .catch((error: unknown) => log(`no update: ${error instanceof Error ? error.message : error}`))
  }
  function prepare(loaded: Updater): Updater {
    loaded.autoDownload = true
    loaded.autoInstallOnAppQuit = true
    loaded.allowDowngrade = false
    loaded.logger = null
    loaded.on('update-downloaded', ({ version }) => onReady(version))
    // Told by the promise as well; unheard, it would end the program.
    loaded.on('error', () => {})
    return loaded
  }
  return () => cancel()
}
