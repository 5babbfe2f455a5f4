/** app://chronicle/: the renderer's files, with the same headers as the headless server gives them. */
import type { Protocol } from 'electron'
import { type Assets, cachePolicy, findAsset, securityHeaders } from '../assets.ts'
import { appScheme, isAppUrl } from './trusted-url.ts'

/** To be called before the app is ready. */
export function declareScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
}

export function serveScheme(protocol: Pick<Protocol, 'handle'>, assets: Assets): void {
  protocol.handle(appScheme, (request) => answer(assets, request.url))
}

/** The page opens no connection at all: it has the bridge. */
const security = securityHeaders("'none'")

export function answer(assets: Assets, url: string): Response {
  if (!isAppUrl(url)) return new Response(null, { status: 403, headers: security })
  const asset = findAsset(assets, new URL(url).pathname)
  if (!asset) return new Response(null, { status: 404, headers: security })
  return new Response(asset.body, {
    headers: { ...security, 'content-type': asset.type, 'cache-control': cachePolicy(asset) },
  })
}
