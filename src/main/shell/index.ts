/** The desktop's shell: one guarded window over the same contract that the headless server carries. Electron only. */
import path from 'node:path'
import { app, type BrowserWindow, ipcMain, Menu, Notification, powerMonitor, protocol, session, shell } from 'electron'
import { eventChannel } from '../../shared/channels.ts'
import { events } from '../../shared/contract.ts'
import type { Api, Desktop } from '../api/index.ts'
import type { Assets } from '../assets.ts'
import { openDesktop } from './desktop.ts'
import { type FurtherWindows, furtherWindows, logInOf, profileAmong } from './further.ts'
import { bindIpc, tellWindow } from './ipc.ts'
import { linkAmong, linkScheme, placeOfLink } from './links.ts'
import { menuTemplate } from './menu.ts'
import { guardNavigation } from './navigation.ts'
import type { Notice } from './notify.ts'
import { isPermissionAllowed } from './permissions.ts'
import { staysInTray } from './preferences.ts'
import { declareScheme, serveScheme } from './protocol.ts'
import { endOnce } from './shutdown.ts'
import { stateFile } from './state-file.ts'
import { openTray } from './tray.ts'
import { isLoadable } from './trusted-url.ts'
import { canUpdate, keepUpToDate, type Updater } from './updates.ts'
import { watchNode } from './watch.ts'
import { openWindow } from './window.ts'
import { windowState } from './window-state.ts'

export interface ShellParts {
  readonly api: Pick<Api, 'handle' | 'subscribe' | 'close'>
  /** A node for a further window. */
  readonly openApi: () => Promise<Api>
  readonly assets: Assets
  /** The bridge's file. */
  readonly preload: string
  /** The tray's picture. */
  readonly icon: string
}

export interface Shell {
  /** For the node's contract: what pages may ask of the desktop. */
  readonly desktop: Desktop
  /** Opens the window, once the app is ready. From then on the end of the program closes the node first. */
  open(parts: ShellParts): Promise<void>
}

const log = (line: string): void => console.error(line)
const setTimer = (delay: number, fn: () => void): (() => void) => {
  const timer = setTimeout(fn, delay)
  return () => clearTimeout(timer)
}

/**
 * Everything that must be in place before the app is ready.
 * @param userData where Chromium keeps its own things
 * @returns null if another Chronicle shows this folder already: it was brought to the front, and this one should end
 */
export function prepareShell(userData: string): Shell | null {
  app.setPath('userData', userData)
  if (!app.requestSingleInstanceLock()) return null
  app.enableSandbox()
  app.setAppUserModelId('org.chronicle.desktop')
  declareScheme(protocol)
  guardNavigation({ app, shell })
  if (app.isPackaged) app.setAsDefaultProtocolClient(linkScheme)

  /** Where a link led before there was a window. */
  const first = profileAmong(process.argv)
  let pending = linkAmong(process.argv) ?? (first === null ? null : logInOf(first))
  let further: FurtherWindows | null = null
  let window: BrowserWindow | null = null
  let isQuitting = false
  const go = (hash: string | null): void => {
    if (window === null || window.isDestroyed()) {
      pending = hash ?? pending
      return
    }
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
    if (hash !== null) window.webContents.send(eventChannel, 'desktop.open', events['desktop.open'].parse({ hash }))
  }
  app.on('second-instance', (_event, argv) => {
    const profile = profileAmong(argv)
    if (profile === null || further === null) return go(linkAmong(argv))
    further.open(profile).catch((error: unknown) => log(error instanceof Error ? error.message : `${error}`))
  })
  app.on('open-url', (event, url) => {
    event.preventDefault()
    go(placeOfLink(url))
  })
  app.on('activate', () => go(null))
  app.on('before-quit', () => {
    isQuitting = true
  })
  app.on('window-all-closed', () => app.quit())

  const updates = () =>
    canUpdate({
      isPackaged: app.isPackaged,
      platform: process.platform,
      resources: process.resourcesPath,
      appImage: process.env.APPIMAGE,
    })
  const desktop = openDesktop(userData, updates)

  async function open({ api, openApi, assets, preload, icon }: ShellParts): Promise<void> {
    guardSession()
    serveScheme(protocol, assets)
    const history = () => window?.webContents.navigationHistory
    const actions = {
      go,
      back: () => history()?.goBack(),
      forward: () => history()?.goForward(),
      quit: () => app.quit(),
    }
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(actions, process.platform)))
    const tray = openTray({
      icon,
      onOpen: () => go(null),
      onTransfers: () => go('#/transfers'),
      onQuit: () => app.quit(),
    })
    const watch = watchNode({
      api,
      onTransfers: tray.show,
      onNotice: (notice) => show(notice, () => go(notice.hash)),
      isFocused: () => window !== null && !window.isDestroyed() && window.isFocused(),
      isEnabled: () => desktop.chosen().notifications && Notification.isSupported(),
    })
    const inTray = () => staysInTray(desktop.chosen().closeToTray, watch.isOwner())
    const others = furtherWindows({
      openApi,
      openWindow: (profile, onWindow) =>
        openWindow({ preload, state: nowhere, hash: logInOf(profile), hidesOnClose: () => false, onWindow, log }),
      // The first window was closed before them, and kept only for their sake.
      onNone: () => {
        if (window?.isVisible() === false && !inTray()) app.quit()
      },
      tell: (own, of) => tellWindow(own, () => of),
      log,
    })
    further = others
    const untell = tellWindow(api, () => window)
    const unbind = bindIpc({
      ipcMain,
      apiOf: (sender) => others.apiOf(sender) ?? (sender === window?.webContents ? api : null),
    })
    const endUpdates = updates()
      ? keepUpToDate({
          load: async (): Promise<Updater> => (await import('electron-updater')).default.autoUpdater,
          isWanted: () => desktop.chosen().updates,
          onReady: (version) => show(ready(version), () => go('#/settings')),
          log,
          setTimer,
        })
      : () => {}
    const end = endOnce({
      close: () => {
        watch.end()
        endUpdates()
        untell()
        unbind()
        return Promise.all([others.close(), api.close()]).then(() => {})
      },
      exit: (code) => app.exit(code),
      log,
      setTimer,
    })
    app.on('will-quit', (event) => {
      event.preventDefault()
      end()
    })
    // The system ends: Electron holds it up for those who say so.
    powerMonitor.on('shutdown', (...[event]: { preventDefault(): void }[]) => {
      event?.preventDefault()
      app.quit()
    })
    await openWindow({
      preload,
      state: stateFile(path.join(userData, 'window.json'), windowState, null),
      hash: pending ?? '',
      hidesOnClose: () => !isQuitting && (inTray() || others.areThere()),
      onWindow: (opened) => {
        window = opened
        opened.on('focus', () => watch.seen())
        opened.on('session-end', () => app.quit())
      },
      log,
    })
  }
  return { desktop, open }
}

/** Further windows stand where the system puts them. */
const nowhere = { read: () => null, write: () => {} }

/** Nothing but our own pages and files, no permission but to copy, no download. */
function guardSession(): void {
  const { defaultSession } = session
  defaultSession.setPermissionRequestHandler((_contents, permission, answer, { requestingUrl }) =>
    answer(isPermissionAllowed(permission, requestingUrl)),
  )
  defaultSession.setPermissionCheckHandler((_contents, permission, origin) => isPermissionAllowed(permission, origin))
  defaultSession.setDevicePermissionHandler(() => false)
  defaultSession.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isLoadable(url) }))
  defaultSession.on('will-download', (event) => event.preventDefault())
}

/** Held until they are over: a notification that nobody holds is collected, and its click with it. */
const shown = new Map<string, Notification>()

function show({ tag, title, body }: Notice, onClick: () => void): void {
  shown.get(tag)?.close()
  const notification = new Notification({ title, body })
  shown.set(tag, notification)
  notification.on('click', onClick)
  notification.on('close', () => {
    if (shown.get(tag) === notification) shown.delete(tag)
  })
  notification.show()
}

const ready = (version: string): Notice => ({
  tag: 'update',
  title: `Chronicle ${version} is here`,
  body: 'It takes the place of this version when you quit.',
  hash: '#/settings',
})
