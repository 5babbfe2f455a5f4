/**
 * The main job, end to end, on this machine: a service node, an owner and members who know nothing. The owner's community
 * is filled over Waku, archived and announced; then the service node forgets what was said, so that the archives are the
 * members' only source; and every member ends with the same history, or the demonstration has failed.
 */
import type {
  ArchiveId,
  ArchiveLink,
  ChatId,
  Community,
  CommunityId,
  EngineKind,
  Millis,
  Seconds,
} from '../../shared/domain.ts'
import { systemClock } from '../clock.ts'
import { createKeyTable } from '../messages/index.ts'
import { openWaku, startServiceNode, type Waku } from '../waku/index.ts'
import { contentTopicOf } from '../wire/index.ts'
import { type Comparison, compareHistories } from './compare.ts'
import type { CorpusMessage } from './corpus.ts'
import { type Inhabitant, moveIn } from './inhabitant.ts'
import { createPeople, type Person } from './people.ts'
import { type HistoryLine, speak } from './speaker.ts'
import { until } from './until.ts'

export interface DemoStep {
  update(done: number): void
  done(summary: string): number
}

export interface DemoOptions {
  /** Of the community; its own name unless given. */
  readonly title?: string
  readonly corpus: readonly CorpusMessage[]
  readonly members: number
  /** How archives travel; torrent alone unless given. */
  readonly engines?: readonly EngineKind[]
  /** Empty folder of the demonstration's own; its owner deletes it. */
  readonly folder: string
  readonly step: (title: string, total?: number) => DemoStep
  readonly signal: AbortSignal
  readonly log?: (line: string) => void
}

export interface DemoArchive {
  readonly id: ArchiveId
  readonly from: Seconds
  readonly to: Seconds
  readonly messages: number
  readonly bytes: number
}

export interface DemoMember {
  readonly downloadedArchives: number
  readonly downloadedBytes: number
  readonly imported: number
  readonly rejected: number
  readonly identical: boolean
  /** ms */
  readonly timings: { readonly join: number; readonly restore: number; readonly compare: number }
}

export interface DemoResult {
  readonly input: { readonly messages: number; readonly channels: number; readonly authors: number }
  /** Messages in the service node's store, before and after it forgot the chat. */
  readonly store: { readonly before: number; readonly after: number }
  readonly archives: readonly DemoArchive[]
  readonly announced: { readonly link: ArchiveLink }
  readonly members: readonly DemoMember[]
  /** ms */
  readonly timings: Readonly<Record<'start' | 'post' | 'receive' | 'archive' | 'restore' | 'total', number>>
}

/** What is still running when the result is there: `close` ends it. */
export interface Demo {
  readonly result: DemoResult
  readonly communityId: CommunityId
  /** Addresses of the service node, for whoever else wants to join. */
  readonly nodes: readonly string[]
  readonly owner: Inhabitant
  readonly members: readonly Inhabitant[]
  readonly histories: readonly (readonly HistoryLine[])[]
  readonly comparisons: readonly Comparison[]
  close(): Promise<void>
}

const DAY = 86_400_000
/** Messages read at once. */
const PAGE = 1000

export async function runDemo(options: DemoOptions): Promise<Demo> {
  const closing: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step().catch(() => {})
  }
  try {
    return await play(options, closing, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function play(
  { title = 'Demonstration', corpus, members: count, engines = ['torrent'], folder, step, signal, log }: DemoOptions,
  closing: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Demo> {
  const began = performance.now()
  const open = <T>(value: T, end: (value: T) => Promise<unknown>): T => {
    closing.push(() => end(value))
    return value
  }
  const starting = step('Start a service node and an owner')
  const service = open(await startServiceNode({ storeFile: `${folder}/service.sqlite`, identityFile: null }), (node) =>
    node.stop(),
  )
  const nodes = await service.service.addresses()
  const owner = open(await moveIn({ root: `${folder}/owner`, name: 'Owner', nodes, engines, log }), (one) =>
    one.close(),
  )
  const people = createPeople(
    corpus.map(({ author }) => author),
    owner.random,
  )
  const community = await found(owner, title, corpus, people)
  const start = starting.done(`${nodes.length} addresses, community ${community.id.slice(0, 14)}…`)

  const posting = step('Post every message over Waku', corpus.length)
  const voice = open(await openWaku({ service: null, nodes: [...nodes] }), (node) => node.stop())
  await online(voice, signal)
  const said = await speak(corpus, {
    communityId: community.id,
    generation: community.generation,
    channels: channelsOf(community),
    people,
    network: voice,
    keyOf: createKeyTable(),
    random: owner.random,
    onProgress: (sent) => posting.update(sent),
  })
  const post = posting.done(`${said.length} messages by ${people.size} authors`)

  const receiving = step('The owner has all of them', said.length)
  await received(owner, community.id, said, signal, (n) => receiving.update(n))
  const receive = receiving.done(`${said.length} messages`)

  const archiving = step('Archive, publish and announce')
  const before = systemClock.now()
  await owner.node.setHistoryArchives(community.id, true)
  const archives = await archived(owner, community.id, engines[0] ?? 'torrent', signal)
  await owner.node.outbox.drained()
  const link = (await owner.node.archives.publication(community.id))?.links[0]?.link
  if (link === undefined) throw new Error('The owner announced nothing.')
  const bytes = archives.reduce((sum, one) => sum + one.bytes, 0)
  const archive = archiving.done(`${archives.length} archives, ${bytes} bytes`)

  const held = await service.service.count()
  const exceptTopics = [contentTopicOf(community.id)]
  await service.service.forget({ receivedBefore: before as Millis, exceptTopics })
  const left = await service.service.count()

  const restoring = step(
    `${count} ${count === 1 ? 'member restores' : 'members restore'} the history`,
    count * said.length,
  )
  const progress = new Array<number>(count).fill(0)
  const outcomes = await Promise.all(
    progress.map(async (_zero, index) => {
      const member = open(
        await moveIn({ root: `${folder}/member-${index + 1}`, name: `Member ${index + 1}`, nodes, engines, log }),
        (one) => one.close(),
      )
      return restore(member, community, said, people, signal, (n) => {
        progress[index] = n
        restoring.update(progress.reduce((a, b) => a + b, 0))
      })
    }),
  )
  const identical = outcomes.filter(({ comparison }) => comparison.identical).length
  const restored = restoring.done(`${identical} of ${count} identical to the input`)

  const result: DemoResult = {
    input: { messages: said.length, channels: channelsOf(community).size, authors: people.size },
    store: { before: held, after: left },
    archives,
    announced: { link },
    members: outcomes.map(({ member }) => member),
    timings: { start, post, receive, archive, restore: restored, total: Math.round(performance.now() - began) },
  }
  return {
    result,
    communityId: community.id,
    nodes,
    owner,
    members: outcomes.map(({ inhabitant }) => inhabitant),
    histories: outcomes.map(({ history }) => history),
    comparisons: outcomes.map(({ comparison }) => comparison),
    close,
  }
}

/** Archives are switched on when everything was said: an owner does not archive in the middle of a sentence. */
async function found(
  owner: Inhabitant,
  name: string,
  corpus: readonly CorpusMessage[],
  people: ReadonlyMap<string, Person>,
): Promise<Community> {
  const { communities, outbox } = owner.node
  const names = [...new Set(corpus.map(({ channel }) => channel))]
  const created = await communities.create({
    name,
    description: 'A history that was archived and restored.',
    color: '#1f2c75',
    channels: names.map((name) => ({ name })),
    historyArchives: false,
  })
  await communities.addMembers(
    created.id,
    [...people.values()].map(({ contactId }) => contactId),
  )
  await outbox.drained()
  return communities.get(created.id)
}

/** Channels keep the order in which they were named, so names need not be unique inside the community's rules. */
function channelsOf(community: Community): ReadonlyMap<string, ChatId> {
  return new Map(community.channels.map(({ name, chatId }) => [name, chatId]))
}

async function online(network: Waku, signal: AbortSignal): Promise<void> {
  await until(
    signal,
    (listener) => network.on('status', listener),
    async () => network.status().state === 'online',
  )
}

/** Live delivery may lose a message; what is missing after a pause is asked of the store, day by day. */
async function received(
  owner: Inhabitant,
  communityId: CommunityId,
  said: readonly HistoryLine[],
  signal: AbortSignal,
  onProgress: (n: number) => void,
): Promise<void> {
  const { store, intake, communities, events } = owner.node
  const complete = async () => {
    const { messages } = await counted(owner, communityId)
    onProgress(messages)
    return messages >= said.length
  }
  const quiet = AbortSignal.timeout(10_000)
  await until(AbortSignal.any([signal, quiet]), (listener) => events.on('messages.changed', listener), complete).catch(
    async (error: unknown) => {
      if (signal.aborted) throw error
      const times = said.map(({ timestamp }) => timestamp as number)
      const from = (times.reduce((a, b) => Math.min(a, b)) - DAY) as Millis
      const to = (times.reduce((a, b) => Math.max(a, b)) + DAY) as Millis
      await intake.catchUp({ topics: communities.contentTopics(communityId), from, to, signal })
    },
  )
  if (await complete()) return
  throw new Error(`The owner received ${await store.messages.count({ communityId })} of ${said.length} messages.`)
}

async function counted(owner: Inhabitant, communityId: CommunityId): Promise<{ messages: number }> {
  return { messages: await owner.node.store.messages.count({ communityId }) }
}

/** The loop publishes what is due by itself; the running week is closed by hand, so that nothing waits for it. */
async function archived(
  owner: Inhabitant,
  communityId: CommunityId,
  kind: EngineKind,
  signal: AbortSignal,
): Promise<DemoArchive[]> {
  const { archives, events, store } = owner.node
  await until(
    signal,
    (listener) => events.on('history.changed', listener),
    async () => archives.loop(communityId).startedAs !== null,
  )
  await archives.archiveNow(communityId)
  return (await store.archives.list(communityId))
    .filter(({ state, engine }) => state === 'published' && engine === kind)
    .map(({ id, from, to, messages, bytes }) => ({ id, from, to, messages, bytes }))
    .toSorted((a, b) => a.from - b.from)
}

async function restore(
  inhabitant: Inhabitant,
  community: Community,
  said: readonly HistoryLine[],
  people: ReadonlyMap<string, Person>,
  signal: AbortSignal,
  onProgress: (n: number) => void,
): Promise<{ inhabitant: Inhabitant; member: DemoMember; history: HistoryLine[]; comparison: Comparison }> {
  const { communities, events, store, archives, engines } = inhabitant.node
  const began = performance.now()
  await communities.join(community.id)
  await until(
    signal,
    (listener) => events.on('communities.changed', listener),
    async () => communities.get(community.id).state === 'joined',
  )
  const joined = performance.now()
  await until(
    signal,
    (listener) => events.on('history.changed', listener),
    async () => {
      onProgress(await store.messages.count({ communityId: community.id }))
      const { links } = await archives.history(community.id)
      return links.length > 0 && links.every(({ state }) => state === 'done') && !archives.isRestoring(community.id)
    },
  )
  const restored = performance.now()
  const history = await historyOf(inhabitant, community, people)
  const comparison = compareHistories(said, history)
  const rows = await store.downloads.list(community.id)
  const refused = Object.values(await store.downloads.refused(community.id)).reduce((a, b) => a + b, 0)
  const member: DemoMember = {
    downloadedArchives: rows.filter(({ state }) => state === 'imported').length,
    downloadedBytes: engines.totals().downloaded,
    imported: history.length,
    rejected: refused,
    identical: comparison.identical,
    timings: {
      join: Math.round(joined - began),
      restore: Math.round(restored - joined),
      compare: Math.round(performance.now() - restored),
    },
  }
  return { inhabitant, member, history, comparison }
}

/** A member's history in the corpus's own words: channels by their names, authors by whose key signed. */
async function historyOf(
  inhabitant: Inhabitant,
  community: Community,
  people: ReadonlyMap<string, Person>,
): Promise<HistoryLine[]> {
  const { store, communities } = inhabitant.node
  const channels = new Map(communities.get(community.id).channels.map(({ chatId, name }) => [chatId, name]))
  const authors = new Map([...people.values()].map(({ contactId, name }) => [contactId, name]))
  const lines: HistoryLine[] = []
  let page: Awaited<ReturnType<typeof store.messages.history>> = []
  for (;;) {
    const last = page.at(-1)
    page = await store.messages.history({ communityId: community.id, limit: PAGE, ...(last ? { after: last } : {}) })
    for (const { id, chatId, author, timestamp, text } of page)
      lines.push({
        id,
        channel: channels.get(chatId) ?? chatId,
        author: authors.get(author) ?? author,
        timestamp,
        text,
      })
    if (page.length < PAGE) return lines
  }
}
