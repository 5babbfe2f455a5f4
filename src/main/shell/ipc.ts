/** The contract over Electron's IPC. Only the top frame of a window that shows the app is answered. */
import type { BrowserWindow, IpcMain, IpcMainInvokeEvent } from 'electron'
import { eventChannel, requestChannel } from '../../shared/channels.ts'
import { events, isEventName, type Reply } from '../../shared/contract.ts'
import type { Api } from '../api/index.ts'
import { isAppUrl } from './trusted-url.ts'

export interface IpcParts {
  readonly ipcMain: Pick<IpcMain, 'handle' | 'removeHandler'>
  readonly api: Pick<Api, 'handle' | 'subscribe'>
  readonly windows: () => readonly Pick<BrowserWindow, 'isDestroyed' | 'webContents'>[]
}

/** The part of an IPC event that says who sent it. */
type Sender = Pick<IpcMainInvokeEvent, 'senderFrame'>

/** Returns what takes it back. */
export function bindIpc({ ipcMain, api, windows }: IpcParts): () => void {
  ipcMain.handle(requestChannel, async (event: Sender, name: unknown, input: unknown): Promise<Reply> => {
    if (!isTrustedSender(event)) return refusal
    return api.handle(typeof name === 'string' ? name : '', input)
  })
  const unsubscribes = Object.keys(events)
    .filter(isEventName)
    .map((name) =>
      api.subscribe(name, (payload) => {
        for (const window of windows())
          if (!window.isDestroyed() && isAppUrl(window.webContents.getURL()))
            window.webContents.send(eventChannel, name, payload)
      }),
    )
  return () => {
    ipcMain.removeHandler(requestChannel)
    for (const unsubscribe of unsubscribes) unsubscribe()
  }
}

const isTrustedSender = ({ senderFrame }: Sender): boolean =>
  senderFrame !== null && senderFrame.parent === null && isAppUrl(senderFrame.url)

const refusal: Reply = {
  ok: false,
  error: { code: 'forbidden', message: 'This page may not speak to the app.', action: 'Restart Chronicle.' },
}
