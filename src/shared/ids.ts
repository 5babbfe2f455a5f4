/**
 * What ids look like as text, without a schema library: for pages and addresses, which check but do not parse. The
 * contract checks by the same patterns. PROTOCOL.md §2.
 */
import type { ChatId, CommunityId, MessageId } from './domain.ts'

export const communityIdPattern = /^0x0[23][0-9a-f]{64}$/
export const chatIdPattern = /^0x0[23][0-9a-f]{64}[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
export const messageIdPattern = /^[\x21-\x7e]{1,256}$/

export const isCommunityId = (value: string): value is CommunityId => communityIdPattern.test(value)
export const isChatId = (value: string): value is ChatId => chatIdPattern.test(value)
export const isMessageId = (value: string): value is MessageId => messageIdPattern.test(value)

/** The community a channel belongs to: its id is the first 68 characters of the channel's. */
export const communityOf = (chat: ChatId): CommunityId => chat.slice(0, 68) as CommunityId
