/** Which addresses are ours, and which may be handed to the system: pure predicates that parse, never match prefixes. */
export const appScheme = 'app'
export const appHost = 'chronicle'
export const appPage = `${appScheme}://${appHost}/`

const parse = (value: string): URL | null => (URL.canParse(value) ? new URL(value) : null)

/** A page or file of the app itself. */
export function isAppUrl(value: string): boolean {
  const url = parse(value)
  return url !== null && url.protocol === `${appScheme}:` && url.hostname === appHost && !url.port && !hasLogin(url)
}

/** Something the system's browser may open: the web over TLS, and no password hidden in the address. */
export function isSafeExternal(value: string): boolean {
  const url = parse(value)
  return url !== null && url.protocol === 'https:' && !hasLogin(url)
}

/** What a page of ours may load: our own files, what it made itself, and the developer tools' own. */
export function isLoadable(value: string): boolean {
  const url = parse(value)
  return url !== null && (isAppUrl(value) || ['data:', 'blob:', 'devtools:'].includes(url.protocol))
}

const hasLogin = (url: URL): boolean => url.username !== '' || url.password !== ''
