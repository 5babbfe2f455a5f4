/**
 * Links that lead into Chronicle, from a mail, a chat or a browser: `chronicle://c/…` to a community, a channel or a
 * message, and the links of Status clients to communities. Pure: from a stranger's text to a place, or to nothing.
 */
import { isChatId, isCommunityId, isMessageId } from '../../shared/ids.ts'

export const linkScheme = 'chronicle'

/** Longer than any link that leads somewhere. */
const longest = 4096
const statusHosts: ReadonlySet<string> = new Set(['status.app', 'www.status.app', 'join.status.im'])

/** Where a link leads, as the page's address has it after `#`; null for anything else. */
export function placeOfLink(text: string): string | null {
  if (text.length > longest || !URL.canParse(text)) return null
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.port !== '') return null
  if (url.protocol === `${linkScheme}:`) return ownPlace(url)
  const isStatus = url.protocol === 'status-app:' || (url.protocol === 'https:' && statusHosts.has(url.hostname))
  return isStatus ? joining(text) : null
}

/** What the link says is checked by the node when the person joins. */
const joining = (link: string): string => `#/join?link=${encodeURIComponent(link)}`

function ownPlace({ hostname, pathname, searchParams }: URL): string | null {
  if (hostname === 'join') {
    const place = placeOfLink(searchParams.get('link') ?? '')
    return place?.startsWith('#/join?') ? place : null
  }
  const [, community = '', rest = '', ...more] = pathname.split('/')
  if (hostname !== 'c' || !isCommunityId(community) || more.length > 0) return null
  if (rest === '') return `#/c/${community}`
  if (rest === 'history' || rest === 'people') return `#/c/${community}/${rest}`
  if (!isChatId(`${community}${rest}`)) return null
  const [clock = '', ...id] = (searchParams.get('at') ?? '').split('.')
  const messageId = id.join('.')
  const at = /^\d{1,15}$/.test(clock) && isMessageId(messageId) ? `?at=${clock}.${encodeURIComponent(messageId)}` : ''
  return `#/c/${community}/${rest}${at}`
}

/** The first link among the words a program was started with. */
export function linkAmong(args: readonly string[]): string | null {
  for (const argument of args) {
    const place = placeOfLink(argument)
    if (place !== null) return place
  }
  return null
}
