/** Who may speak to the server: pure predicates over the headers of a request (RULES.md R7.4). */
import type { IncomingHttpHeaders } from 'node:http'

export const cookieName = 'chronicle_session'

/** `host` is `<32 random hex>.localhost:PORT`; anything else is a rebound name or a guess. */
export const isOurHost = (headers: IncomingHttpHeaders, host: string): boolean => headers.host === host

/** A probe knows the port, not the name; it learns one word. */
export const isLoopbackHost = (headers: IncomingHttpHeaders, port: number): boolean =>
  headers.host === `127.0.0.1:${port}` || headers.host === `localhost:${port}`

/** For page loads: a browser names the origin only of requests that another page made. */
export function isForeign(headers: IncomingHttpHeaders, host: string): boolean {
  if (headers.origin !== undefined && headers.origin !== `http://${host}`) return true
  const site = headers['sec-fetch-site']
  const navigates = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  return (site === 'cross-site' || site === 'same-site') && !navigates
}

/** For sockets: the origin must be there and be ours, since browsers let any page open one. */
export const isOurOrigin = (headers: IncomingHttpHeaders, host: string): boolean => headers.origin === `http://${host}`

/** The value of our cookie, or null. */
export function sessionCookie(headers: IncomingHttpHeaders): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2)
    if (name === cookieName && value) return value
  }
  return null
}
