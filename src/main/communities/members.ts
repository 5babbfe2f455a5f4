/** What an owner changes among the people of a community. Pure, as description.ts is. PROTOCOL.md §1.6. */
import type { ContactId, Millis } from '../../shared/domain.ts'
import { ChannelRole, type CommunityDescription, CommunityMemberRole, isContactId } from '../wire/index.ts'
import { CommunityError } from './errors.ts'
import { bannedOf, isGated } from './roles.ts'

/** A description with all of them stays far below what a message may have (32 MiB), and what a client can work with. */
export const MAX_MEMBERS = 50_000

/**
 * The same description if they are all in it already; banned people are not let in, nor anybody beyond `MAX_MEMBERS`.
 * Where only some may write, who comes new reads.
 */
export function withMembers(
  description: CommunityDescription,
  people: Iterable<ContactId>,
  clock: Millis,
): CommunityDescription {
  const banned = bannedOf(description)
  const members = new Map(description.members)
  const added: ContactId[] = []
  for (const person of people) {
    if (members.has(person) || banned.has(person) || members.size >= MAX_MEMBERS) continue
    members.set(person, { roles: [], lastUpdateClock: clock, channelRole: ChannelRole.POSTER })
    added.push(person)
  }
  if (added.length === 0) return description
  const chats = mapped(description.chats, (chat, uuid) => {
    if (chat.members.size === 0 || isGated(description, uuid)) return chat
    const inside = new Map(chat.members)
    for (const person of added) {
      inside.set(person, { roles: [], lastUpdateClock: clock, channelRole: ChannelRole.VIEWER })
    }
    return { ...chat, members: inside }
  })
  return { ...description, clock, members, chats, activeMembersCount: members.size }
}

/** The same description if none of them is in it. @throws CommunityError `owner-stays` */
export function withoutMembers(
  description: CommunityDescription,
  people: readonly ContactId[],
  clock: Millis,
): CommunityDescription {
  const gone = people.filter((person) => description.members.has(person))
  if (gone.length === 0) return description
  for (const person of gone) refuseOwner(description, person)
  const members = without(description.members, gone)
  const chats = mapped(description.chats, (chat) => ({ ...chat, members: without(chat.members, gone) }))
  return { ...description, clock, members, chats, activeMembersCount: members.size }
}

/** Puts them out for good: they are not let in again, and what they write is hidden. @throws CommunityError `owner-stays` */
export function withBan(description: CommunityDescription, people: readonly ContactId[], clock: Millis) {
  const banned = bannedOf(description)
  const news = people.filter((person) => !banned.has(person))
  if (news.length === 0) return description
  for (const person of news) refuseOwner(description, person)
  const bannedMembers = new Map(description.bannedMembers)
  for (const person of news) bannedMembers.set(person, { deleteAllMessages: false })
  return { ...withoutMembers(description, news, clock), clock, bannedMembers }
}

/** They may ask again; they are not members by it. */
export function withoutBan(description: CommunityDescription, people: readonly ContactId[], clock: Millis) {
  const banned = bannedOf(description)
  if (!people.some((person) => banned.has(person))) return description
  const banList = description.banList.filter((one) => !isContactId(one) || !people.includes(one))
  return { ...description, clock, banList, bannedMembers: without(description.bannedMembers, people) }
}

/** @throws CommunityError `not-member`, `owner-stays` */
export function withAdmin(description: CommunityDescription, person: ContactId, admin: boolean, clock: Millis) {
  const member = description.members.get(person)
  if (member === undefined) throw new CommunityError('not-member', 'This person is not a member of the community.')
  refuseOwner(description, person)
  const { ADMIN } = CommunityMemberRole
  if (member.roles.includes(ADMIN) === admin) return description
  const roles = admin ? [...member.roles, ADMIN] : member.roles.filter((role) => role !== ADMIN)
  const members = new Map(description.members).set(person, { ...member, roles, lastUpdateClock: clock })
  const chats = mapped(description.chats, (chat) => {
    const inside = chat.members.get(person)
    if (inside === undefined) return chat
    return { ...chat, members: new Map(chat.members).set(person, { ...inside, roles }) }
  })
  return { ...description, clock, members, chats }
}

function refuseOwner(description: CommunityDescription, person: ContactId): void {
  if (!description.members.get(person)?.roles.includes(CommunityMemberRole.OWNER)) return
  throw new CommunityError('owner-stays', 'The owner stays: the community would have nobody to answer for it.')
}

/** The very same map where nobody leaves it. */
function without<V>(map: ReadonlyMap<string, V>, people: readonly ContactId[]): ReadonlyMap<string, V> {
  if (!people.some((person) => map.has(person))) return map
  const rest = new Map(map)
  for (const person of people) rest.delete(person)
  return rest
}

const mapped = <V>(map: ReadonlyMap<string, V>, change: (value: V, key: string) => V): Map<string, V> =>
  new Map([...map].map(([key, value]) => [key, change(value, key)]))
