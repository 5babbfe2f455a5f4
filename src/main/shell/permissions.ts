/** What a page may ask of the system: to put text on the clipboard when the person clicks "Copy". Nothing else. */
import { isAppUrl } from './trusted-url.ts'

const allowed: ReadonlySet<string> = new Set(['clipboard-sanitized-write'])

export const isPermissionAllowed = (permission: string, requestingUrl: string): boolean =>
  allowed.has(permission) && isAppUrl(requestingUrl)
