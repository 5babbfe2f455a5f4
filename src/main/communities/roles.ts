/** Who may do what, by the description alone. Pure. PROTOCOL.md §1.6, §10. */
import type { ChatId, CommunityId, ContactId } from '../../shared/domain.ts'
import {
  ChannelRole,
  CommunityAccess,
  type CommunityDescription,
  CommunityMemberRole,
  contactIdOf,
  hexToBytes,
  isContactId,
} from '../wire/index.ts'

const PRIVILEGED: ReadonlySet<number> = new Set([
  CommunityMemberRole.OWNER,
  CommunityMemberRole.ADMIN,
  CommunityMemberRole.TOKEN_MASTER,
])

/** The community's own key as an author: it speaks for the owner. */
export const communityContact = (communityId: CommunityId): ContactId => contactIdOf(hexToBytes(communityId))

export function membersOf(description: CommunityDescription): Set<ContactId> {
  return new Set([...description.members.keys()].filter(isContactId))
}

export function bannedOf(description: CommunityDescription): Set<ContactId> {
  return new Set([...description.bannedMembers.keys(), ...description.banList].filter(isContactId))
}

/** Owner, admins, token masters and the community itself: they may delete and pin what others wrote. */
export function privilegedOf(communityId: CommunityId, description: CommunityDescription): Set<ContactId> {
  const privileged = new Set([communityContact(communityId)])
  for (const [contactId, { roles }] of description.members) {
    if (isContactId(contactId) && roles.some((role) => PRIVILEGED.has(role))) {
      privileged.add(contactId)
    }
  }
  return privileged
}

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
  if (chat === undefined || !channel.startsWith(communityId) || bannedOf(description).has(person)) return NONE
  const privileged = privilegedOf(communityId, description).has(person)
  const member = (chat.members.size > 0 ? chat.members : description.members).get(person)
  const post = privileged || (member !== undefined && member.channelRole !== ChannelRole.VIEWER)
  return {
    post,
    react: post || (member !== undefined && chat.viewersCanPostReactions),
    pin: privileged || (post && membersMayPin(description)),
    moderate: privileged,
  }
}

export const membersMayPin = (description: CommunityDescription): boolean =>
  description.adminSettings?.pinMessageAllMembersEnabled ?? false

/** Whether who asks is let in at once. */
export const acceptsEveryone = (description: CommunityDescription): boolean =>
  description.permissions?.access === CommunityAccess.AUTO_ACCEPT
