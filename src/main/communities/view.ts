/** A community as other rooms and front ends see it: from its row and its newest description. Pure. */
import type { Channel, ChatId, Community, CommunityId } from '../../shared/domain.ts'
import type { InterpretContext } from '../messages/index.ts'
import { type CommunityDescription, chatId } from '../wire/index.ts'
import { channelsInOrder } from './description.ts'
import type { Known } from './known.ts'
import { isEncrypted } from './private-part.ts'
import { bannedOf, communityContact, membersMayPin, membersOf, privilegedOf } from './roles.ts'

export function communityView({ row, description }: Known): Community {
  const joined = row.role === 'owner' || row.membership === 'joined'
  const waiting = description !== null && row.membership === 'requested'
  return {
    id: row.id,
    role: row.role,
    name: description?.identity?.displayName ?? '',
    description: description?.identity?.description ?? '',
    color: description?.identity?.color ?? '',
    members: description?.members.size ?? 0,
    channels: description === null ? [] : channelsOf(row.id, description),
    generation: row.generation,
    historyArchives: row.historyArchives,
    encrypted: description !== null && isEncrypted(description),
    state: joined ? 'joined' : waiting ? 'requested' : 'unknown',
  }
}

export function channelsOf(communityId: CommunityId, description: CommunityDescription): Channel[] {
  return channelsInOrder(description).map((uuid) => {
    const chat = description.chats.get(uuid)
    return {
      chatId: chatId(communityId, uuid) satisfies ChatId,
      name: chat?.identity?.displayName ?? '',
      description: chat?.identity?.description ?? '',
      emoji: chat?.identity?.emoji ?? '',
      color: chat?.identity?.color ?? '',
      position: chat?.position ?? 0,
    }
  })
}

/** What the judge of messages needs to know, by the newest description. */
export function contextOf(
  { row, description, former, groupKeys }: Known,
  origin: InterpretContext['origin'],
): InterpretContext {
  const communityId = row.id
  const people =
    description === null
      ? { members: new Set<never>(), banned: new Set<never>(), privileged: new Set([communityContact(communityId)]) }
      : {
          members: membersOf(description),
          banned: bannedOf(description),
          privileged: privilegedOf(communityId, description),
        }
  return {
    ...people,
    former,
    communityId,
    origin,
    groupKeys,
    membersMayPin: description !== null && membersMayPin(description),
    keepRaw: row.role === 'owner',
  }
}
