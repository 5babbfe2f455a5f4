/** Who may do what, by the description alone. Pure. PROTOCOL.md §1.6, §10. */
import type { ChatId, CommunityId, ContactId } from '../../shared/domain.ts'
import { isChatId } from '../../shared/ids.ts'
import type { ChannelRule } from '../messages/index.ts'
import {
  ChannelRole,
  CommunityAccess,
  type CommunityDescription,
  type CommunityMember,
  CommunityMemberRole,
  CommunityTokenPermissionType,
  contactIdOf,
  hexToBytes,
  isContactId,
} from '../wire/index.ts'

const PRIVILEGED: ReadonlySet<number> = new Set([
  CommunityMemberRole.OWNER,
  CommunityMemberRole.ADMIN,
  CommunityMemberRole.TOKEN_MASTER,
])

const CHANNEL_GATES: ReadonlySet<number> = new Set([
  CommunityTokenPermissionType.CAN_VIEW_CHANNEL,
  CommunityTokenPermissionType.CAN_VIEW_AND_POST_CHANNEL,
])

/** The community's own key as an author: it speaks for the owner. */
export const communityContact = (communityId: CommunityId): ContactId => contactIdOf(hexToBytes(communityId))

export function ownerOf(description: CommunityDescription): ContactId | null {
  for (const [person, { roles }] of description.members) {
    if (isContactId(person) && roles.includes(CommunityMemberRole.OWNER)) return person
  }
  return null
}

export function membersOf(description: Pick<CommunityDescription, 'members'>): Set<ContactId> {
  return new Set([...description.members.keys()].filter(isContactId))
}

export function bannedOf(description: CommunityDescription): Set<ContactId> {
  return new Set([...description.bannedMembers.keys(), ...description.banList].filter(isContactId))
}

/** Owner, admins, token masters and the community itself: they may delete and pin what others wrote. */
export function privilegedOf(communityId: CommunityId, description: CommunityDescription): Set<ContactId> {
  const privileged = new Set([communityContact(communityId)])
  for (const [contactId, member] of description.members) {
    if (isContactId(contactId) && privilegedIn(member)) privileged.add(contactId)
  }
  return privileged
}

export const privilegedIn = ({ roles }: Pick<CommunityMember, 'roles'>): boolean =>
  roles.some((role) => PRIVILEGED.has(role))

export interface ChannelRights {
  readonly post: boolean
  readonly react: boolean
  readonly pin: boolean
  /** Delete what others wrote. */
  readonly moderate: boolean
}

const NONE: ChannelRights = { post: false, react: false, pin: false, moderate: false }

/** What a person may do in a channel. A channel without members of its own takes the community's. */
export function rightsIn(
  communityId: CommunityId,
  description: CommunityDescription,
  channel: ChatId,
  person: ContactId,
): ChannelRights {
  const chat = description.chats.get(channel.slice(communityId.length))
  if (chat === undefined || !channel.startsWith(communityId) || isBanned(description, person)) return NONE
  const own = description.members.get(person)
  const privileged = person === communityContact(communityId) || (own !== undefined && privilegedIn(own))
  const member = (chat.members.size > 0 ? chat.members : description.members).get(person)
  const post = privileged || (member !== undefined && member.channelRole !== ChannelRole.VIEWER)
  return {
    post,
    react: post || (member !== undefined && chat.viewersCanPostReactions),
    pin: privileged || (post && membersMayPin(description)),
    moderate: privileged,
  }
}

const isBanned = ({ bannedMembers, banList }: CommunityDescription, person: ContactId): boolean =>
  bannedMembers.has(person) || banList.includes(person)

/** What receivers hold against a message, for the channels in which not every member may write. */
export function rulesOf(communityId: CommunityId, description: CommunityDescription): Map<ChatId, ChannelRule> {
  const everywhere = viewersOf(description.members)
  const rules = new Map<ChatId, ChannelRule>()
  for (const [uuid, chat] of description.chats) {
    const channel = `${communityId}${uuid}`
    const chosen = chat.members.size > 0
    if (!isChatId(channel) || (!chosen && everywhere.size === 0)) continue
    const viewers = chosen ? viewersOf(chat.members) : everywhere
    const posters = chosen ? new Set([...membersOf(chat)].filter((person) => !viewers.has(person))) : null
    rules.set(channel, { posters, viewers, viewersMayReact: chat.viewersCanPostReactions })
  }
  return rules
}

function viewersOf(members: CommunityDescription['members']): Set<ContactId> {
  const viewers = new Set<ContactId>()
  for (const [person, { channelRole }] of members) {
    if (channelRole === ChannelRole.VIEWER && isContactId(person)) viewers.add(person)
  }
  return viewers
}

export const membersMayPin = (description: CommunityDescription): boolean =>
  description.adminSettings?.pinMessageAllMembersEnabled ?? false

/** Whether who asks is let in at once. Where tokens decide, which this program cannot count, the owner does. */
export const acceptsEveryone = (description: CommunityDescription): boolean =>
  description.permissions?.access === CommunityAccess.AUTO_ACCEPT &&
  ![...description.tokenPermissions.values()].some(
    ({ type, tokenCriteria }) => type === CommunityTokenPermissionType.BECOME_MEMBER && tokenCriteria.length > 0,
  )

/** Whether token permissions say who sees a channel or writes there: its list of members is theirs. */
export const isGated = (description: CommunityDescription, uuid: string): boolean =>
  [...description.tokenPermissions.values()].some(
    ({ type, chatIds }) => CHANNEL_GATES.has(type) && chatIds.some((id) => id.endsWith(uuid)),
  )

/**
 * Whether it may be read without joining. What is encrypted cannot be; of the rest `private`, which no generation gives
 * another meaning, says that the owner does not wish it. It is a wish: the keys follow from the community's id.
 */
export const isOpenToRead = (description: CommunityDescription): boolean =>
  description.permissions?.private !== true &&
  ![...description.tokenPermissions.values()].some(({ type }) => type === CommunityTokenPermissionType.BECOME_MEMBER)
