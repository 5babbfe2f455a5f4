/** Ids of messages as they are kept here. Pure. RULES.md R4.4. */
import type { CommunityId, MessageId } from '../../shared/domain.ts'
import { isChatId } from '../../shared/ids.ts'
import { isNativeMessageId } from '../wire/index.ts'

const THIRD_PARTY_ID = /^[\x21-\x7e]{1,180}$/

/** A message's id as it is kept here: a native one as it is, an imported one in its community's namespace (R4.4). */
export function messageIdIn(id: string, communityId: CommunityId): MessageId | null {
  return isNativeMessageId(id) ? id : thirdPartyMessageId(id, communityId)
}

/** R4.4: null for what could be mistaken for a native id or a channel, or is no plain text of a reasonable length. */
export function thirdPartyMessageId(id: string, communityId: CommunityId): MessageId | null {
  if (!THIRD_PARTY_ID.test(id) || isNativeMessageId(id.toLowerCase()) || isChatId(id)) return null
  return (id.startsWith(communityId) ? id : `${communityId}${id}`) as MessageId
}
