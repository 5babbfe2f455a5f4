/** `protocol`: schemes of the app's own. Chromium cannot be taught one from outside, so it sees an https host instead. */
import { app } from './app.ts'

type Handler = (request: Request) => Response | Promise<Response>

const handlers = new Map<string, Handler>()
const declared = new Set<string>()

export const protocol = {
  registerSchemesAsPrivileged(schemes: readonly { readonly scheme: string }[]): void {
    if (app.isReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready')
    for (const { scheme } of schemes) declared.add(scheme)
  },
  handle(scheme: string, handler: Handler): void {
    if (!declared.has(scheme)) throw new Error(`The stand-in serves only schemes declared before ready: not ${scheme}.`)
    handlers.set(scheme, handler)
  },
}

export const handlerOf = (url: string): Handler | undefined => handlers.get(new URL(url).protocol.slice(0, -1))

/** app://host/x -> https://host.app.invalid/x */
export function toWire(url: string): string {
  const { protocol: scheme, hostname, pathname, search, hash } = new URL(url)
  const name = scheme.slice(0, -1)
  return declared.has(name) ? `https://${hostname}.${name}.invalid${pathname}${search}${hash}` : url
}

/** And back; other addresses stay as they are. */
export function fromWire(url: string): string {
  if (!URL.canParse(url)) return url
  const { protocol: scheme, hostname, pathname, search, hash } = new URL(url)
  const [, host, name] = /^(.+)\.([a-z][a-z0-9+-]*)\.invalid$/.exec(hostname) ?? []
  return scheme === 'https:' && name && declared.has(name) ? `${name}://${host}${pathname}${search}${hash}` : url
}
