/**
 * The people's half of a node on a network in memory: store, inbox, intake, communities and posting, wired as node/ wires
 * them. The outbox sends at once when it is online, and when it is told to otherwise.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Communities, type CommunitiesEvents, type CurrentLink } from '../../src/main/communities/index.ts'
import {
  type Control,
  createKeyTable,
  createPosting,
  createReading,
  Inbox,
  Intake,
  type KeyOf,
  type Posting,
  type Reading,
} from '../../src/main/messages/index.ts'
import { openStoreInThread, type Store } from '../../src/main/store/index.ts'
import type { CommunityId, Millis } from '../../src/shared/domain.ts'
import type { FakeClock } from './fake-clock.ts'
import type { MemoryNetwork, MemoryNode } from './memory-network.ts'
import { identityOf, seededRandom } from './people.ts'

/** Keys are derived once for all the nodes of a test file: it is slow on purpose. */
const sharedKeys: KeyOf = createKeyTable()

export interface SmallNode {
  readonly name: string
  readonly network: MemoryNode
  readonly store: Store
  readonly inbox: Inbox
  readonly intake: Intake
  readonly communities: Communities
  readonly posting: Posting
  readonly reading: Reading
  /** Every control message that came in. */
  readonly controls: Control[]
  readonly events: { readonly [K in keyof CommunitiesEvents]: CommunitiesEvents[K][] }
  /** What the owner's archives room would say. */
  link: CurrentLink | null
  /** Sends what waits in the outbox. */
  flush(): Promise<void>
  refusals(communityId: CommunityId | null): Promise<Record<string, number>>
  /** As logging out; the database stays. */
  stop(): Promise<void>
}

export interface Place {
  readonly network: MemoryNetwork
  readonly clock: FakeClock
}

const folders: string[] = []
/** To be called after each test. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chronicle-small-node-'))
  folders.push(folder)
  return folder
}

/** `folder` may hold the database of an earlier run of the same person. */
export async function startNode(place: Place, name: string, folder: string = newFolder()): Promise<SmallNode> {
  const { clock } = place
  const identity = identityOf(name)
  const random = seededRandom(`${name} ${clock.now()}`)
  const store = await openStoreInThread(join(folder, 'node.sqlite'), clock)
  const network = place.network.node()
  const inbox = new Inbox({
    keyOf: sharedKeys,
    ingest: (items, extras) => store.records.ingest(items, extras),
    segments: store.segments,
    count: (communityId, reason, n) => store.counters.add(communityId, reason, n),
    clock,
  })
  const intake = new Intake({ network, inbox })
  const flush = async () => {
    if (!network.online) return
    for (const row of await store.outbox.due(clock.now(), 1000)) {
      await network.publish(row.sealed)
      await store.outbox.sent(row.id, clock.now())
    }
  }
  const communities = new Communities({
    store: store.communities,
    groupKeys: store.groupKeys,
    identity,
    displayName: () => name,
    installationId: `${name}'s device`,
    keyOf: sharedKeys,
    listen: (listening) => intake.listen(listening),
    forget: (communityId) => intake.forget(communityId),
    catchUp: (query) => intake.catchUp(query),
    send: async (entries) => {
      for (const entry of entries) await store.outbox.add(entry)
      await flush()
    },
    names: (communityId, people) => store.messages.authorNames(communityId, people),
    currentLink: async () => node.link,
    clock,
    random,
  })
  const controls: Control[] = []
  const keep = (control: Control) => {
    controls.push(control)
  }
  inbox.register('archive-link', keep)
  inbox.register('community-description', keep)
  inbox.register('community-description', communities.handlers['community-description'])
  inbox.register('request-to-join', keep)
  inbox.register('request-to-join', communities.handlers['request-to-join'])
  inbox.register('cancel-request-to-join', communities.handlers['cancel-request-to-join'])
  inbox.register('request-to-join-response', keep)
  inbox.register('request-to-join-response', communities.handlers['request-to-join-response'])
  inbox.register('request-to-leave', communities.handlers['request-to-leave'])
  inbox.register('user-kicked', communities.handlers['user-kicked'])
  const events: SmallNode['events'] = {
    changed: [],
    joined: [],
    removed: [],
    reading: [],
    requests: [],
    link: [],
    keys: [],
    held: [],
    failed: [],
  }
  communities.on('changed', (event) => events.changed.push(event))
  communities.on('joined', (event) => events.joined.push(event))
  communities.on('removed', (event) => events.removed.push(event))
  communities.on('reading', (event) => events.reading.push(event))
  communities.on('requests', (event) => events.requests.push(event))
  communities.on('link', (event) => events.link.push(event))
  communities.on('keys', (event) => events.keys.push(event))
  communities.on('held', (event) => events.held.push(event))
  communities.on('failed', (event) => events.failed.push(event))
  inbox.on('waiting', ({ communityId }) => void communities.keyMissing(communityId))
  const posting = createPosting({
    identity,
    displayName: () => name,
    installationId: `${name}'s device`,
    channel: async (chatId) => communities.postingChannel(chatId),
    message: (communityId, id) => store.messages.get(communityId, id),
    latestClock: async (chatId) => (await store.messages.page({ chatId, limit: 1 })).messages[0]?.clock ?? 0,
    keyOf: sharedKeys,
    ingest: (items, extras) => store.records.ingest(items, extras),
    wake: () => void flush(),
    clock,
    random,
  })
  const node: SmallNode = {
    name,
    network,
    store,
    inbox,
    intake,
    communities,
    posting,
    reading: createReading({
      store,
      reader: { contactId: identity.contactId, name },
      channels: (communityId) => (communities.has(communityId) ? communities.get(communityId).channels : []),
    }),
    controls,
    events,
    link: null,
    flush,
    refusals: (communityId) => store.counters.list(communityId),
    stop: async () => {
      // First nothing more comes in, then what came is finished, then those who finish it stop.
      await intake.close()
      await inbox.close()
      await communities.stop()
      await store.close()
      identity.close()
    },
  }
  await communities.start()
  return node
}

/** Lets everything that is on its way arrive, be stored and be answered, without time passing. */
export async function settle(place: Place, ...nodes: readonly SmallNode[]): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    const before = place.network.stored.length
    for (const node of nodes) await node.flush()
    await place.network.settled()
    for (const node of nodes) await node.inbox.idle()
    await new Promise((resolve) => setTimeout(resolve, 2))
    quiet = place.network.stored.length === before ? quiet + 1 : 0
  }
}

/** Until a condition holds, the nodes doing what they do meanwhile. */
export async function until(condition: () => boolean, place: Place, ...nodes: readonly SmallNode[]): Promise<void> {
  const end = performance.now() + 5000
  while (!condition()) {
    if (performance.now() > end) throw new Error('it did not come about')
    await settle(place, ...nodes)
  }
}

/** A time long before the tests' clock. */
export const longAgo = (clock: FakeClock, ms: number): Millis => (clock.now() - ms) as Millis
