/** `session`: permission handlers are kept for a test to call; requests are really asked about. */
import { EventEmitter } from 'node:events'

export type PermissionRequest = (
  contents: unknown,
  permission: string,
  answer: (granted: boolean) => void,
  details: { requestingUrl: string },
) => void
export type PermissionCheck = (contents: unknown, permission: string, origin: string) => boolean
type RequestListener = (details: { url: string }, answer: (response: { cancel?: boolean }) => void) => void

export class Session extends EventEmitter {
  permissionRequest: PermissionRequest | null = null
  permissionCheck: PermissionCheck | null = null
  devicePermission: (() => boolean) | null = null
  #onBeforeRequest: RequestListener | null = null

  readonly webRequest = {
    onBeforeRequest: (listener: RequestListener): void => {
      this.#onBeforeRequest = listener
    },
  }

  setPermissionRequestHandler(handler: PermissionRequest): void {
    this.permissionRequest = handler
  }

  setPermissionCheckHandler(handler: PermissionCheck): void {
    this.permissionCheck = handler
  }

  setDevicePermissionHandler(handler: () => boolean): void {
    this.devicePermission = handler
  }

  /** Whether the app lets a request go out. */
  isAllowed(url: string): Promise<boolean> {
    const listener = this.#onBeforeRequest
    if (!listener) return Promise.resolve(true)
    return new Promise((resolve) => listener({ url }, ({ cancel }) => resolve(cancel !== true)))
  }
}

export const session = { defaultSession: new Session() }
