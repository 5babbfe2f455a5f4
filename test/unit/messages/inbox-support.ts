/** An inbox with a store and a clock to play with, and messages as the network brings them. */
import {
  createKeyTable,
  Inbox,
  type InboxEvents,
  Judge,
  type Listening,
  nanosOf,
  nobody,
  type Sealed,
  type SealOptions,
  seal,
  sealChat,
} from '../../../src/main/messages/index.ts'
import type { StoredSegment } from '../../../src/main/store/index.ts'
import type { InboxItem } from '../../../src/main/store/records.ts'
import type { WakuRecord } from '../../../src/main/waku/network.ts'
import {
  communityIdOf,
  contactDiscoveryChatId,
  encodeArchiveLink,
  magnetlinksChatId,
  pubsubTopic,
  universalChatId,
  wakuMessageHash,
} from '../../../src/main/wire/index.ts'
import type { Millis } from '../../../src/shared/domain.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { communityContact, communityId, communityKey, general, person, seededRandom } from '../../support/people.ts'
export const keyOf = createKeyTable()
export const random = seededRandom('inbox')
export const ada = person('ada')
export const other = person('another community')
export const otherId = communityIdOf(other.publicKey)
export const universal = universalChatId(communityId)
export const content = pubsubTopic(16, 32)
export const LINK = 'magnet:?xt=urn:btih:08585778ae3839c2157380622638286f35d42ba8'

export const listening = (more: Partial<Listening> = {}): Listening => ({
  ...nobody,
  communityId,
  members: new Set([ada.id]),
  privileged: new Set([communityContact]),
  chats: [
    { chatId: communityId, archived: false },
    { chatId: universal, archived: true },
    { chatId: magnetlinksChatId(communityId), archived: false },
    { chatId: contactDiscoveryChatId(ada.publicKey), archived: false, privateKey: ada.key },
  ],
  groupKeys: [],
  membersMayPin: false,
  keepRaw: true,
  ...more,
})

export function setUp() {
  const clock = new FakeClock()
  const ingested: InboxItem[] = []
  const batches: number[] = []
  const counts = new Map<string, number>()
  const segments = new Map<string, StoredSegment[]>()
  const joined = new Set<string>()
  const failures: Error[] = []
  const segmentFailures: Error[] = []
  const keyOfSet = (set: Pick<StoredSegment, 'whole'>) => Buffer.from(set.whole).toString('hex')
  const inbox = new Inbox({
    keyOf,
    ingest: async (items) => {
      const failure = failures.shift()
      if (failure !== undefined) throw failure
      const bad = items.find((item) => item.effect?.kind === 'chat' && item.effect.text === 'poison')
      if (bad !== undefined) throw Object.assign(new Error('no'), { code: 'refused' })
      batches.push(items.length)
      ingested.push(...items)
      return { fresh: items.flatMap(({ effect }) => effect?.id ?? []), chatIds: [], duplicates: 0 }
    },
    segments: {
      add: async (segment) => {
        const failure = segmentFailures.shift()
        if (failure !== undefined) throw failure
        if (joined.has(keyOfSet(segment))) return []
        const all = [...(segments.get(keyOfSet(segment)) ?? []), segment]
        segments.set(keyOfSet(segment), all)
        const needed = Math.max(...all.map(({ dataCount }) => dataCount))
        return needed > 0 && all.length >= needed ? all : []
      },
      joined: async (set) => {
        joined.add(keyOfSet(set))
      },
      drop: async (set) => {
        segments.delete(keyOfSet(set))
      },
    },
    count: async (community, reason, n) => {
      const key = `${community === null ? '-' : community === communityId ? 'ours' : 'other'} ${reason}`
      counts.set(key, (counts.get(key) ?? 0) + n)
    },
    clock,
    // In this thread, whatever comes: what differs there is the judge's own test.
    judge: new Judge({ few: Number.POSITIVE_INFINITY }),
  })
  const events: InboxEvents['ingested'][] = []
  const failed: InboxEvents['failed'][] = []
  inbox.on('ingested', (event) => events.push(event))
  inbox.on('failed', (event) => failed.push(event))
  return { clock, inbox, ingested, batches, counts, failures, segmentFailures, events, failed }
}

export const toRecords = (sealed: Sealed, origin: WakuRecord['origin'] = 'live'): WakuRecord[] =>
  sealed.parts.map((part) => ({ ...part.sealed, hash: wakuMessageHash(part.sealed), origin }))
export const one = (sealed: Sealed, origin?: WakuRecord['origin']): WakuRecord => {
  const [record] = toRecords(sealed, origin)
  if (record === undefined) throw new Error('nothing was sealed')
  return record
}

export const said = async (text: string, at = 1_700_000_000_000): Promise<Sealed> =>
  sealChat({
    communityId,
    chatId: general,
    generation: 'N2',
    key: await keyOf(universal),
    author: ada.key,
    clock: at as Millis,
    timestamp: at as Millis,
    text,
    random,
  })

export async function signed(options: Partial<SealOptions> & Pick<SealOptions, 'type' | 'payload'>): Promise<Sealed> {
  return seal({
    author: communityKey,
    sender: communityKey,
    to: { pubsubTopic: content, chatId: universal, key: await keyOf(universal) },
    envelope: 'public',
    installationId: '',
    sentAt: nanosOf(1_700_000_000_000 as Millis),
    random,
    ...options,
  })
}
export const announcement = (clock: number, author = communityKey) =>
  signed({ type: 43, payload: encodeArchiveLink({ clock, archiveLink: LINK }), author })
