/** Where one can be in the app, as the part of the address after `#`. Pure: text to place and back. */
import type { Cursor } from '../../shared/contract.ts'
import type { ChatId, CommunityId, Millis } from '../../shared/domain.ts'
import { isChatId, isCommunityId, isMessageId } from '../../shared/ids.ts'

export type Route =
  /** `profile`: whose log-in a window was opened for. */
  | { readonly at: 'home'; readonly profile?: string }
  | { readonly at: 'community'; readonly community: CommunityId }
  | { readonly at: 'channel'; readonly community: CommunityId; readonly chat: ChatId; readonly message: Cursor | null }
  | { readonly at: 'history'; readonly community: CommunityId }
  | { readonly at: 'archiving'; readonly community: CommunityId }
  | { readonly at: 'people'; readonly community: CommunityId }
  | { readonly at: 'search'; readonly community: CommunityId; readonly text: string }
  /** A link that was followed from outside: nothing is joined until the person says so. */
  | { readonly at: 'join'; readonly link: string }
  | { readonly at: 'transfers' }
  | { readonly at: 'network' }
  | { readonly at: 'settings' }
  | { readonly at: 'qa' }

export function toHash(route: Route): string {
  switch (route.at) {
    case 'home':
      return '#/'
    case 'community':
      return `#/c/${route.community}`
    case 'channel': {
      const channel = route.chat.slice(route.community.length)
      const at = route.message ? `?at=${route.message.clock}.${encodeURIComponent(route.message.id)}` : ''
      return `#/c/${route.community}/${channel}${at}`
    }
    case 'history':
    case 'archiving':
    case 'people':
      return `#/c/${route.community}/${route.at}`
    case 'search':
      return `#/c/${route.community}/search${route.text ? `?q=${encodeURIComponent(route.text)}` : ''}`
    case 'join':
      return `#/join?link=${encodeURIComponent(route.link)}`
    default:
      return `#/${route.at}`
  }
}

/** Anything that is no place leads home. */
export function fromHash(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2)
  const [, first = '', second = '', third = ''] = path.split('/')
  if (first === 'transfers' || first === 'network' || first === 'settings' || first === 'qa') return { at: first }
  const profile = first === '' ? new URLSearchParams(query).get('profile')?.slice(0, 100) : null
  if (profile) return { at: 'home', profile }
  if (first === 'join') return { at: 'join', link: new URLSearchParams(query).get('link')?.slice(0, 4096) ?? '' }
  if (first !== 'c' || !isCommunityId(second)) return { at: 'home' }
  const community = second
  const parameters = new URLSearchParams(query)
  if (third === '') return { at: 'community', community }
  if (third === 'history' || third === 'archiving' || third === 'people') return { at: third, community }
  if (third === 'search') return { at: 'search', community, text: parameters.get('q') ?? '' }
  const chat = `${community}${third}`
  if (!isChatId(chat)) return { at: 'community', community }
  return { at: 'channel', community, chat, message: cursorOf(parameters.get('at') ?? '') }
}

function cursorOf(text: string): Cursor | null {
  const dot = text.indexOf('.')
  const clock = Number(text.slice(0, dot))
  const id = text.slice(dot + 1)
  return dot > 0 && Number.isSafeInteger(clock) && clock >= 0 && isMessageId(id) ? { clock: clock as Millis, id } : null
}
