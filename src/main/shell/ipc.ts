/** The contract over Electron's IPC. Only the top frame of a window that shows the app is answered. */
import type { BrowserWindow, IpcMain, IpcMainInvokeEvent, WebContents } from 'electron'
import { eventChannel, requestChannel } from '../../shared/channels.ts'
import { events, isEventName, type Reply } from '../../shared/contract.ts'
import type { Api } from '../api/index.ts'
import { isAppUrl } from './trusted-url.ts'

export interface IpcParts {
  readonly ipcMain: Pick<IpcMain, 'handle' | 'removeHandler'>
  /** The node behind a page: each window speaks to its own. */
  readonly apiOf: (sender: WebContents) => Pick<Api, 'handle'> | null
}

/** The part of an IPC event that says who sent it. */
type Sender = Pick<IpcMainInvokeEvent, 'senderFrame' | 'sender'>

/** Returns what takes it back. */
export function bindIpc({ ipcMain, apiOf }: IpcParts): () => void {
  ipcMain.handle(requestChannel, async (event: Sender, name: unknown, input: unknown): Promise<Reply> => {
    const api = isTrustedSender(event) ? apiOf(event.sender) : null
    return api === null ? refusal : api.handle(typeof name === 'string' ? name : '', input)
  })
  return () => ipcMain.removeHandler(requestChannel)
}

type Told = Pick<BrowserWindow, 'isDestroyed' | 'webContents'>

/** Tells a window what happens in its node, as long as it shows the app. Returns what ends it. */
export function tellWindow(api: Pick<Api, 'subscribe'>, window: () => Told | null): () => void {
  const unsubscribes = Object.keys(events)
    .filter(isEventName)
    .map((name) =>
      api.subscribe(name, (payload) => {
        const told = window()
        if (told !== null && !told.isDestroyed() && isAppUrl(told.webContents.getURL()))
          told.webContents.send(eventChannel, name, payload)
      }),
    )
  return () => {
    for (const unsubscribe of unsubscribes) unsubscribe()
  }
}

const isTrustedSender = ({ senderFrame }: Pick<Sender, 'senderFrame'>): boolean =>
  senderFrame !== null && senderFrame.parent === null && isAppUrl(senderFrame.url)

const refusal: Reply = {
  ok: false,
  error: { code: 'forbidden', message: 'This page may not speak to the app.', action: 'Restart Chronicle.' },
}
