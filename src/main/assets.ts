/**
 * The renderer's files as both front doors hand them out: the app:// protocol of the desktop and the headless server.
 * The folder is read once, at start. A request can then name only what was found there, so there is no path to climb.
 */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>
  readonly type: string
  /** Its name changes with its content, so a browser may keep it for ever. */
  readonly immutable: boolean
}

/** By pathname, percent-decoded, with a leading slash; the page itself is `/`. */
export type Assets = ReadonlyMap<string, Asset>

export class AssetsError extends Error {
  readonly code = 'no-interface'
  constructor(folder: string, options?: { cause: unknown }) {
    super(`The interface has not been built: ${folder} holds no index.html. Run "npm run build".`, options)
    this.name = 'AssetsError'
  }
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
}

/** @throws {AssetsError} if the folder holds no page. */
export async function readAssets(folder: string): Promise<Assets> {
  const found = new Map<string, Asset>()
  try {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      // Neither links, which may point outside, nor source maps, which are of no use to a browser's page.
      if (!entry.isFile() || entry.name.endsWith('.map')) continue
      const file = path.join(entry.parentPath, entry.name)
      const pathname = `/${path.relative(folder, file).split(path.sep).join('/')}`
      found.set(pathname, {
        body: new Uint8Array(await readFile(file)),
        type: types[path.extname(file)] ?? 'application/octet-stream',
        immutable: pathname.startsWith('/assets/'),
      })
    }
  } catch (cause) {
    throw new AssetsError(folder, { cause })
  }
  const page = found.get('/index.html')
  if (!page) throw new AssetsError(folder)
  return found.set('/', page)
}

/** The asset that a raw pathname asks for, or null: unknown, or not decodable. */
export function findAsset(assets: Assets, pathname: string): Asset | null {
  try {
    return assets.get(decodeURIComponent(pathname)) ?? null
  } catch {
    return null
  }
}

/** Headers for every answer of both front doors. `connect` names what the page may open connections to. */
export function securityHeaders(connect: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': contentSecurityPolicy(connect),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), hid=()',
  }
}

/** No inline script, no inline style sheet, no eval, nothing from elsewhere, and no HTML made from strings. */
function contentSecurityPolicy(connect: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}

export const cachePolicy = (asset: Asset): string =>
  asset.immutable ? 'public, max-age=31536000, immutable' : 'no-store'
