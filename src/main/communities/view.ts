/** A community as other rooms and front ends see it: from its row and its newest description. Pure. */
import type { Channel, ChatId, Community, CommunityId, CommunityState, ContactId } from '../../shared/domain.ts'
import type { InterpretContext } from '../messages/index.ts'
import { type CommunityDescription, chatId } from '../wire/index.ts'
import { channelsInOrder } from './channels.ts'
import type { Known } from './known.ts'
import { isEncrypted } from './private-part.ts'
import {
  acceptsEveryone,
  bannedOf,
  communityContact,
  isOpenToRead,
  membersMayPin,
  membersOf,
  privilegedOf,
  rightsIn,
  rulesOf,
} from './roles.ts'

/** As this person finds it. */
export function communityView(known: Known, me: ContactId): Community {
  const { row, description } = known
  const { identity, tags = [], introMessage = '', outroMessage = '' } = description ?? {}
  return {
    id: row.id,
    role: row.role,
    name: identity?.displayName ?? '',
    description: identity?.description ?? '',
    color: identity?.color ?? '',
    emoji: identity?.emoji ?? '',
    tags,
    introMessage,
    outroMessage,
    joining: description === null || acceptsEveryone(description) ? 'open' : 'request',
    membersMayPin: description !== null && membersMayPin(description),
    openToRead: description !== null && isOpenToRead(description),
    members: description?.members.size ?? 0,
    channels: description === null ? [] : channelsOf(row.id, description, stateOf(known) === 'joined' ? me : null),
    generation: row.generation,
    historyArchives: row.historyArchives,
    encrypted: description !== null && isEncrypted(description),
    state: stateOf(known),
  }
}

export function stateOf({ row, description }: Known): CommunityState {
  if (row.role === 'owner' || row.membership === 'joined') return 'joined'
  if (row.membership === 'requested') return description === null ? 'unknown' : 'requested'
  if (row.ended !== '') return row.ended
  if (!row.spectating || description === null) return 'unknown'
  return isOpenToRead(description) ? 'reading' : 'closed'
}

/** `me` is null where nobody may write: this person is not a member. */
export function channelsOf(
  communityId: CommunityId,
  description: CommunityDescription,
  me: ContactId | null,
): Channel[] {
  return channelsInOrder(description).map((uuid) => {
    const chat = description.chats.get(uuid)
    const id = chatId(communityId, uuid) satisfies ChatId
    return {
      chatId: id,
      name: chat?.identity?.displayName ?? '',
      description: chat?.identity?.description ?? '',
      emoji: chat?.identity?.emoji ?? '',
      color: chat?.identity?.color ?? '',
      position: chat?.position ?? 0,
      posting: (chat?.members.size ?? 0) > 0 ? 'chosen' : 'everyone',
      viewersMayReact: chat?.viewersCanPostReactions ?? false,
      mayPost: me !== null && rightsIn(communityId, description, id, me).post,
    }
  })
}

/** What the judge of messages needs to know, by the newest description. */
export function contextOf(
  { row, description, former, groupKeys }: Known,
  origin: InterpretContext['origin'],
): InterpretContext {
  const communityId = row.id
  return {
    ...(description === null ? strangers(communityId) : peopleOf(communityId, description)),
    // Archives are not judged by them, and import threads get a copy of all this.
    ...(origin === 'archive' ? { rules: new Map() } : {}),
    former,
    communityId,
    origin,
    groupKeys,
    membersMayPin: description !== null && membersMayPin(description),
    keepRaw: row.role === 'owner',
  }
}

type WhoIsWho = Pick<InterpretContext, 'members' | 'banned' | 'privileged' | 'rules'>

/** Fifty thousand members are sorted out once for each description, not for each message posted. */
const sortedOut = new WeakMap<CommunityDescription, WhoIsWho>()

function peopleOf(communityId: CommunityId, description: CommunityDescription): WhoIsWho {
  const known = sortedOut.get(description)
  if (known !== undefined) return known
  const people = {
    members: membersOf(description),
    banned: bannedOf(description),
    privileged: privilegedOf(communityId, description),
    rules: rulesOf(communityId, description),
  }
  sortedOut.set(description, people)
  return people
}

const strangers = (communityId: CommunityId): WhoIsWho => ({
  members: new Set(),
  banned: new Set(),
  privileged: new Set([communityContact(communityId)]),
  rules: new Map(),
})
