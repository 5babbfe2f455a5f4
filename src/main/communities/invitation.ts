/**
 * How people pass a community on: its id, its key as text, or a link that Status clients make and open. Pure; nothing in
 * a link is fetched, and what it says besides the key (a name, a picture) is not believed: the description says that.
 */
import type { CommunityId } from '../../shared/domain.ts'
import { isCommunityId } from '../../shared/ids.ts'
import { decodeChatKey, encodeChatKey, WireError } from '../wire/index.ts'
import { CommunityError } from './errors.ts'

const HOSTS: ReadonlySet<string> = new Set(['status.app', 'www.status.app', 'join.status.im'])
const MAX_LENGTH = 4096

/** @throws CommunityError `bad-link` */
export function communityIdIn(invitation: string): CommunityId {
  const text = invitation.trim()
  const id = text.length > MAX_LENGTH ? null : (idOrKey(text) ?? idInLink(text))
  if (id !== null) return id
  throw new CommunityError(
    'bad-link',
    'This leads to no community. A link looks like https://status.app/c#zQ3sh…, an id like 0x02… or 0x03….',
  )
}

/** The shortest link: it holds the key alone. */
export const linkTo = (communityId: CommunityId): string => `https://status.app/c#${encodeChatKey(communityId)}`

function idOrKey(text: string): CommunityId | null {
  const lower = text.toLowerCase()
  if (isCommunityId(lower)) return lower
  try {
    return decodeChatKey(text)
  } catch (error) {
    if (error instanceof WireError) return null
    throw error
  }
}

/** `/c#KEY`, `/c/DATA#KEY`, of a channel `/cc/…#KEY`; before them `/c/0x…`. Links to people (`/u`) are none. */
function idInLink(text: string): CommunityId | null {
  if (!URL.canParse(text)) return null
  const { protocol, hostname, pathname, hash } = new URL(text)
  const parts = pathname.split('/').filter((part) => part !== '')
  const web = (protocol === 'https:' || protocol === 'http:') && HOSTS.has(hostname)
  // Of a scheme that is not the web's, what stands behind the slashes may count as a host.
  const path = web ? parts : [hostname, ...parts].filter((part) => part !== '')
  if (!web && protocol !== 'status-app:') return null
  const [kind, place] = path
  if (kind !== 'c' && kind !== 'cc') return null
  return idOrKey(hash.slice(1)) ?? (place === undefined ? null : idOrKey(place))
}
