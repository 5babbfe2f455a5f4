/** Wires communities and messages to the store, the network and each other. */
import path from 'node:path'
import type { ChatId, CommunityId, Millis } from '../../shared/domain.ts'
import { Communities, type CurrentLink } from '../communities/index.ts'
import {
  createKeyTable,
  createPosting,
  createReading,
  type ExportProgress,
  Exports,
  Inbox,
  Intake,
  type Posting,
  type Reading,
} from '../messages/index.ts'
import type { Session } from '../profiles/index.ts'
import type { Store } from '../store/index.ts'
import type { Outbox, Waku } from '../waku/index.ts'
import type { Surroundings } from './options.ts'

export interface People {
  readonly inbox: Inbox
  readonly intake: Intake
  readonly communities: Communities
  readonly posting: Posting
  readonly reading: Reading
  readonly exports: Exports
}

export interface PeopleParts extends Surroundings {
  readonly session: Session
  readonly store: Store
  readonly waku: Waku
  readonly outbox: Outbox
  readonly installationId: string
  readonly currentLink: (communityId: CommunityId) => Promise<CurrentLink | null>
  /** Something this person said is in the history. */
  readonly posted: (communityId: CommunityId, chatIds: readonly ChatId[]) => void
  /** This person has read something. */
  readonly read: (communityId: CommunityId, chatId: ChatId) => void
  readonly exporting: (progress: ExportProgress) => void
}

export function composePeople(parts: PeopleParts): People {
  const { session, store, waku, outbox, installationId, currentLink, clock, random } = parts
  const keyOf = createKeyTable()
  const displayName = () => session.profile.name
  const ingest: Store['records']['ingest'] = (items, extras) => store.records.ingest(items, extras)
  const inbox = new Inbox({
    keyOf,
    ingest,
    segments: store.segments,
    count: async (communityId, reason, n) => {
      await store.counters.add(communityId, reason, n)
    },
    clock,
  })
  const intake = new Intake({ network: waku, inbox })
  const communities = new Communities({
    store: store.communities,
    groupKeys: store.groupKeys,
    identity: session.identity,
    displayName,
    installationId,
    keyOf,
    listen: (listening) => intake.listen(listening),
    forget: (communityId) => intake.forget(communityId),
    catchUp: (query) => intake.catchUp(query),
    send: async (entries) => {
      for (const entry of entries) await outbox.add(entry)
    },
    names: (communityId, people) => store.messages.authorNames(communityId, people),
    currentLink,
    clock,
    random,
  })
  const posting = createPosting({
    identity: session.identity,
    displayName,
    installationId,
    channel: async (chatId) => communities.postingChannel(chatId),
    message: (communityId, id) => store.messages.get(communityId, id),
    latestClock: async (chatId) =>
      (await store.messages.page({ chatId, limit: 1 })).messages[0]?.clock ?? (0 as Millis),
    keyOf,
    ingest: async (items, extras) => {
      const result = await ingest(items, extras)
      for (const { effect } of items) if (effect !== null) parts.posted(effect.communityId, [effect.chatId])
      return result
    },
    wake: () => outbox.wake(),
    clock,
    random,
  })
  const reader = {
    contactId: session.profile.contactId,
    get name() {
      return displayName()
    },
  }
  const reading = createReading({
    store,
    reader,
    channels: (communityId) => (communities.has(communityId) ? communities.get(communityId).channels : []),
    read: parts.read,
  })
  const exports = new Exports({
    messages: store.messages,
    folder: path.join(session.folder, 'exports'),
    now: () => clock.now(),
    about: (communityId) => {
      const { id, name, channels } = communities.get(communityId)
      return {
        community: { id, name },
        channels: channels.map((channel) => ({ chatId: channel.chatId, name: channel.name })),
      }
    },
    onProgress: parts.exporting,
  })
  return { inbox, intake, communities, posting, reading, exports }
}
