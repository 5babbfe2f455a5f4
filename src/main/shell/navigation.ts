/** Keeps every page where it is: no other address in the window, no second window, no embedded one. */
import type { App, Shell, WebContents } from 'electron'
import { isAppUrl, isSafeExternal } from './trusted-url.ts'

interface Parts {
  readonly app: Pick<App, 'on'>
  readonly shell: Pick<Shell, 'openExternal'>
}

/** Watches all pages that will ever be. To be called before the first window. */
export function guardNavigation({ app, shell }: Parts): void {
  app.on('web-contents-created', (_, contents) => guard(contents, shell))
}

function guard(contents: WebContents, shell: Parts['shell']): void {
  const handOver = (url: string): void => {
    // Where the system has no browser there is nothing to be done, and nothing is lost.
    if (isSafeExternal(url)) shell.openExternal(url).catch(() => {})
  }
  const stay = (event: { preventDefault(): void }, url: string): void => {
    if (isAppUrl(url)) return
    event.preventDefault()
    handOver(url)
  }
  contents.on('will-navigate', (event) => stay(event, event.url))
  contents.on('will-redirect', (event) => stay(event, event.url))
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    handOver(url)
    return { action: 'deny' }
  })
}
