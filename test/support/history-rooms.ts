/**
 * The rooms through which history goes, wired as node/ wires them and without the rest of a node: the store in its
 * threads, the inbox, the outbox on a network that is a folder, the torrent engine in its thread, and archives.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Archives } from '../../src/main/archives/index.ts'
import { systemClock } from '../../src/main/clock.ts'
import type { DistributionEngine } from '../../src/main/distribution/index.ts'
import { createCodexEngine, createTorrentEngine, type TorrentEngineOptions } from '../../src/main/distribution/index.ts'
import {
  announceChatId,
  createKeyTable,
  Inbox,
  Intake,
  type InterpretContext,
  nanosOf,
  nobody,
  outboxEntries,
  seal,
  shardsOf,
} from '../../src/main/messages/index.ts'
import { openStore, type Store } from '../../src/main/store/index.ts'
import { Outbox } from '../../src/main/waku/outbox.ts'
import { ApplicationType, encodeArchiveLink, topic4Of, universalChatId } from '../../src/main/wire/index.ts'
import type { EngineKind, Millis } from '../../src/shared/domain.ts'
import { FolderNetwork } from './folder-network.ts'
import { communityId, communityKey, general, person, random, seededRandom } from './people.ts'

export interface HistoryRooms {
  readonly store: Store
  readonly engine: DistributionEngine
  readonly archives: Archives
  readonly outbox: Outbox
  /** Takes in everything on this shelf of the network, and all that was said; durable when it resolves. */
  hear(...shelves: readonly string[]): Promise<void>
  /** In order, as when a person logs out. */
  close(): Promise<void>
}

export interface RoomsOptions {
  /** Everything that this node keeps lies here; made if it is missing. */
  readonly folder: string
  /** The network's folder. */
  readonly network: string
  readonly role: 'owner' | 'member'
  readonly importThreads?: number
  /** The one it runs; torrent if absent. */
  readonly kind?: EngineKind
  /** How the engine differs from one that speaks to this machine only. */
  readonly torrent?: Omit<TorrentEngineOptions, 'root'>
}

export const databaseOf = (folder: string): string => join(folder, 'chronicle.sqlite')
export const engineFolderOf = (kind: EngineKind, folder: string): string => join(folder, kind)
export const stagingOf = (folder: string): string => join(folder, 'staging')

/** An engine that keeps all it has in `folder`. Not yet started. */
export function engineIn(kind: EngineKind, folder: string, torrent: RoomsOptions['torrent'] = {}): DistributionEngine {
  const root = engineFolderOf(kind, folder)
  return kind === 'torrent' ? createTorrentEngine({ ...torrent, root }) : createCodexEngine({ root })
}

export const keyOf = createKeyTable()
export const universal = universalChatId(communityId)
export const topics = [general, random, universal].map(topic4Of)

export const contextOf = (origin: InterpretContext['origin'], keepRaw: boolean): InterpretContext => ({
  ...nobody,
  communityId,
  origin,
  groupKeys: [],
  membersMayPin: false,
  keepRaw,
})

export async function openRooms({
  folder,
  network: place,
  role,
  importThreads = 2,
  kind = 'torrent',
  torrent = {},
}: RoomsOptions): Promise<HistoryRooms> {
  mkdirSync(folder, { recursive: true })
  const clock = systemClock
  const owner = role === 'owner'
  const store = await openStore({ file: databaseOf(folder), clock, backupEvery: null })
  await store.communities.add({
    id: communityId,
    role,
    membership: 'joined',
    generation: 'N2',
    historyArchives: true,
    sealedKey: null,
    deviceId: new Uint8Array(16).fill(7),
    createdAt: clock.now(),
  })
  const network = new FolderNetwork(place)
  const engine = engineIn(kind, folder, torrent)
  const outbox = new Outbox({ port: store.outbox, network, lookup: network, clock, random: Math.random })
  const inbox = new Inbox({
    keyOf,
    ingest: (items, extras) => store.records.ingest(items, extras),
    segments: store.segments,
    count: (id, reason, n) => store.counters.add(id, reason, n),
    clock,
  })
  const intake = new Intake({ network, inbox })
  await intake.listen({
    ...nobody,
    communityId,
    chats: [{ chatId: universal, archived: true }],
    groupKeys: [],
    membersMayPin: false,
    keepRaw: owner,
  })
  const hear = async (...shelves: readonly string[]) => {
    for (const shelf of shelves) network.shelves.add(shelf)
    await intake.catchUp({ from: 0 as Millis, to: clock.now() })
  }
  const running = () => (engine.status().state === 'running' ? [engine] : [])
  const archives = new Archives({
    store,
    clock,
    staging: stagingOf(folder),
    engines: {
      running,
      publishing: running,
      wanted: () => ['torrent'],
      preference: () => ({ first: 'both', fallback: true }),
    },
    owner: {
      interval: () => 7 * 24 * 3600,
      retentionDays: () => 30,
      findAnnouncements: async () => {},
      catchUp: () => hear(),
      topics: async () => topics,
      queued: () => outbox.wake(),
      composeAnnouncement: ({ clock: published, links }, at) =>
        announcement(published, links[0]?.link ?? '', at, engine),
    },
    member: {
      standing: async () => ({ known: true, historyArchives: true, owner, joined: true }),
      interpretContext: async () => contextOf('archive', false),
      imported: () => {},
      replaced: () => {},
      count: () => {},
      linkRules: () => ({ trackers: false, peerScopes: new Set(['loopback'] as const) }),
      diskLimit: () => null,
    },
    importThreads,
    // So few that an archive takes several of them.
    importBatch: 500,
    restoration: { firstRetry: 100 },
  })
  inbox.register('archive-link', async ({ message, origin }) => {
    await archives.announced(communityId, message, origin)
  })
  await engine.start()
  outbox.start()
  const close = async () => {
    await archives.close()
    await outbox.stop()
    await intake.close()
    await inbox.close()
    await engine.stop()
    await store.close()
  }
  return { store, engine, archives, outbox, hear, close }
}

/** Type 43, signed by the community, as the owner's node composes it. */
async function announcement(published: Millis, link: string, at: Millis, engine: DistributionEngine) {
  const chatId = announceChatId(communityId, 'N2')
  const sealed = seal({
    type: ApplicationType.COMMUNITY_MESSAGE_ARCHIVE_LINK,
    payload: encodeArchiveLink({ clock: published, archiveLink: link, peers: [...engine.status().addresses] }),
    author: communityKey,
    sender: person('the owner').key,
    to: { pubsubTopic: shardsOf('N2').content, chatId, key: await keyOf(chatId) },
    envelope: 'public',
    installationId: 'rooms',
    sentAt: nanosOf(at),
    random: seededRandom(`announcement ${at}`),
  })
  const [entry] = outboxEntries(sealed, at, `${sealed.id}@${at}`)
  if (entry === undefined) throw new Error('an announcement was sealed into nothing')
  return entry
}
