/** Communities: what they say of themselves, who belongs to them, joining and leaving. */
export type { AdoptCommunity } from './adopting.ts'
export type { ChannelEdit, ChannelPosting, NewChannel } from './channels.ts'
export { Communities } from './communities.ts'
export type { AnnouncementInput } from './composing.ts'
export type { CommunityEdit, CommunityOptions, CommunityText } from './description.ts'
export { CommunityError, type CommunityErrorCode } from './errors.ts'
export {
  CLOCK_TOLERANCE,
  type DescriptionRefusal,
  type DescriptionVerdict,
  judgeDescription,
  type KnownDescription,
} from './judge.ts'
export type { CommunityChange, Known } from './known.ts'
export type { CreateCommunity } from './owner.ts'
export type { MemberQuery } from './people.ts'
export type { CommunitiesEvents, CommunitiesParts, CurrentLink } from './ports.ts'
export { bannedOf, communityContact, membersOf, privilegedOf, rightsIn } from './roles.ts'
