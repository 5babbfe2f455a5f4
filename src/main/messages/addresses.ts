/** Where a community's messages travel, by the generation its owner speaks. PROTOCOL.md §3.2, §3.4, §15.3; RULES.md R3.3. */
import type { CommunityId, Generation, PubsubTopic } from '../../shared/domain.ts'
import { magnetlinksChatId, pubsubTopic, universalChatId } from '../wire/index.ts'

/** Status' network. */
export const CLUSTER = 16
/** Messages, descriptions and announcements of every generation. */
export const CONTENT_SHARD = 32
/** Joining and leaving, before N2. */
export const LEGACY_CONTROL_SHARD = 64

/** Where to send; what is listened to does not depend on it. */
export interface Shards {
  readonly content: PubsubTopic
  readonly control: PubsubTopic
}

export function shardsOf(generation: Generation, cluster: number = CLUSTER): Shards {
  const control = generation === 'N2' ? CONTENT_SHARD : LEGACY_CONTROL_SHARD
  return { content: pubsubTopic(cluster, CONTENT_SHARD), control: pubsubTopic(cluster, control) }
}

/** The chat id whose topic and key carry a channel's messages: the channel's own in M, the universal one since. */
export function postChatId(communityId: CommunityId, channel: string, generation: Generation): string {
  return generation === 'M' ? channel : universalChatId(communityId)
}

/** The chat id whose topic and key carry the announcements of archives. */
export function announceChatId(communityId: CommunityId, generation: Generation): string {
  return generation === 'M' ? magnetlinksChatId(communityId) : universalChatId(communityId)
}
