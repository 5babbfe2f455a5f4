/**
 * What each request is answered, decided without touching a socket. The order matters: the host before anything else,
 * so that a page on a rebound name learns nothing, then the origin, then the session, and the files last.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { type Assets, cachePolicy, findAsset } from '../assets.ts'
import { Attempts } from '../attempts.ts'
import { cookieName, isForeign, isLoopbackHost, isOurHost, isOurOrigin, sessionCookie } from './guards.ts'
import { needsSignIn, signedIn } from './pages.ts'
import type { Sessions } from './sessions.ts'

export interface Request {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string | Uint8Array
  /** The body is still to be measured. */
  readonly metrics?: true
  readonly headers: Readonly<Record<string, string>>
  /** Why it was refused, for the log; never what was sent. */
  readonly refusal?: string
}

export interface Routes {
  answer(request: Request): Answer
  /** The status line that refuses a socket, with the reason for the log; null if it may be opened. */
  refuseSocket(request: Request): { readonly status: string; readonly refusal: string } | null
}

export interface RoutesOptions {
  /** `<name>.localhost:PORT` */
  readonly host: string
  readonly port: number
  readonly assets: Assets
  readonly sessions: Sessions
  /** ms */
  readonly now: () => number
}

export const signInPath = '/sign-in/'
const socketPath = '/api'
const text = 'text/plain; charset=utf-8'
const html = 'text/html; charset=utf-8'

export function createRoutes({ host, port, assets, sessions, now }: RoutesOptions): Routes {
  const guesses = new Attempts({ free: 9, first: 1_000, longest: 60_000 })

  function signIn(token: string): Answer {
    const wait = guesses.wait('', now())
    if (wait > 0) return refuse(429, 'too many sign-in attempts', { 'retry-after': String(Math.ceil(wait / 1000)) })
    const session = sessions.redeem(token)
    if (!session) {
      guesses.failed('', now())
      return { status: 401, type: html, body: needsSignIn, headers: {}, refusal: 'sign-in link unknown or used' }
    }
    guesses.succeeded('')
    // A page, not a redirect: a redirect that began on another site would leave the SameSite cookie behind.
    const cookie = `${cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`
    return { status: 200, type: html, body: signedIn, headers: { 'set-cookie': cookie } }
  }

  return {
    answer({ method, url, headers }) {
      const pathname = url.split('?', 1)[0] ?? ''
      const isOurs = isOurHost(headers, host)
      if (pathname === '/healthz' && (isOurs || isLoopbackHost(headers, port))) return ok(text, 'ok\n')
      // A monitoring system, too, knows the port alone; another site's page is sent away before and after.
      const mayBeMeasured = pathname === '/metrics' && isLoopbackHost(headers, port)
      if (!isOurs && !mayBeMeasured) return refuse(421, 'wrong host')
      if (isForeign(headers, host)) return refuse(403, 'asked by another site')
      if (method !== 'GET' && method !== 'HEAD') return refuse(405, 'wrong method', { allow: 'GET, HEAD' })
      if (mayBeMeasured) return { ...ok(text, ''), metrics: true }
      if (pathname.startsWith(signInPath) && method === 'GET') return signIn(pathname.slice(signInPath.length))
      if (!sessions.isSignedIn(sessionCookie(headers)))
        return { status: 401, type: html, body: needsSignIn, headers: {}, refusal: 'not signed in' }
      if (pathname === '/session') return { status: 204, type: text, body: '', headers: {} }
      const asset = findAsset(assets, pathname)
      return asset ? ok(asset.type, asset.body, { 'cache-control': cachePolicy(asset) }) : refuse(404, 'not found')
    },

    refuseSocket({ url, headers }) {
      if (!isOurHost(headers, host)) return { status: '421 Misdirected Request', refusal: 'wrong host' }
      if (!isOurOrigin(headers, host)) return { status: '403 Forbidden', refusal: 'wrong origin' }
      if (!sessions.isSignedIn(sessionCookie(headers))) return { status: '401 Unauthorized', refusal: 'not signed in' }
      return url === socketPath ? null : { status: '404 Not Found', refusal: 'not found' }
    },
  }
}

const ok = (type: string, body: string | Uint8Array, headers: Record<string, string> = {}): Answer => ({
  status: 200,
  type,
  body,
  headers,
})

const refuse = (status: number, refusal: string, headers: Record<string, string> = {}): Answer => ({
  status,
  type: text,
  body: `${refusal}\n`,
  headers,
  refusal,
})
