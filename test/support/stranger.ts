/** Somebody who is not the owner: announces a link for a community whose key they do not have. */

import { createKeyTable, nanosOf, type Random, seal, shardsOf } from '../../src/main/messages/index.ts'
import type { SealedMessage } from '../../src/main/waku/index.ts'
import { ApplicationType, encodeArchiveLink, universalChatId } from '../../src/main/wire/index.ts'
import type { ArchiveLink, CommunityId } from '../../src/shared/domain.ts'

/** The announcement, sealed as an owner's would be, but signed by a key made up here. */
export async function announcementBy(
  random: Random,
  communityId: CommunityId,
  link: ArchiveLink,
): Promise<SealedMessage> {
  const stranger = random(32)
  const chatId = universalChatId(communityId)
  const now = Date.now()
  const sealed = seal({
    type: ApplicationType.COMMUNITY_MESSAGE_ARCHIVE_LINK,
    payload: encodeArchiveLink({ clock: now, archiveLink: link }),
    author: stranger,
    sender: stranger,
    to: { pubsubTopic: shardsOf('N2', 16).content, chatId, key: await createKeyTable()(chatId) },
    envelope: 'public',
    installationId: '',
    sentAt: nanosOf(now as Parameters<typeof nanosOf>[0]),
    random,
  })
  const [part] = sealed.parts
  if (part === undefined) throw new Error('nothing to send')
  return part.sealed
}
