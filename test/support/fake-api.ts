/**
 * A node that is not there: answers the whole contract from memory, checks every input and every output against it, and
 * lets a test make a request fail, hang or announce something. For the carriers' tests and for the interface's.
 */
import type { Api } from '../../src/main/api/index.ts'
import type { ActivityLine } from '../../src/shared/activity.ts'
import {
  type BenchSignal,
  type DesktopSettings,
  type EngineState,
  type EventName,
  type EventPayload,
  events,
  type Failure,
  type Handlers,
  type History,
  isRequestName,
  type Reply,
  type RequestName,
  type RequestOutput,
  requests,
  type Settings,
} from '../../src/shared/contract.ts'
import type { ChatId, Message, MessageId, Millis, NetworkStatus, Profile, Transfer } from '../../src/shared/domain.ts'
import { fakeBench } from './fake-bench.ts'
import { codexAnswers } from './fake-codex.ts'
import { fakeCommunities } from './fake-communities.ts'
import { fakeImports } from './fake-imports.ts'
import { coverageOf, fakeReplacement } from './fake-member.ts'
import { fakeOwner, type Retention } from './fake-owner.ts'
import { readingAnswers } from './fake-reading.ts'
import { buildWorld, type FakeCommunity, fakeContact, fakeNow, unreadOf, type World } from './fake-world.ts'

export interface FakeOptions {
  readonly mode?: 'desktop' | 'headless'
  readonly profiles?: readonly string[]
  /** The first profile is logged in. */
  readonly loggedIn?: boolean
  readonly communities?: readonly FakeCommunity[]
  readonly network?: NetworkStatus
  readonly history?: Partial<History>
  readonly retention?: Partial<Retention>
  readonly engines?: readonly EngineState[]
  readonly transfers?: readonly Transfer[]
  readonly notices?: readonly ActivityLine[]
  /** Newest first. */
  readonly activity?: readonly ActivityLine[]
  /** What waits to be sent. */
  readonly waiting?: RequestOutput<'network.details'>['waiting']
  /** Of the bench's log, newest first. */
  readonly signals?: readonly BenchSignal[]
  /** ms; the fake's clock. */
  readonly now?: () => number
}

export interface FakeApi extends Api {
  emit<K extends EventName>(name: K, payload: EventPayload<K>): void
  /** From now on `name` is answered so; null answers it again. */
  fail(name: RequestName, failure: Failure | null): void
  /** From now on `name` is not answered until released. */
  hang(name: RequestName): () => void
  /** Somebody else says something. */
  hear(chatId: ChatId, text: string): Message
  /** Lets an import that is under way come this far: 1 ends it. */
  advanceImport(share: number): void
  readonly calls: readonly { readonly name: string; readonly input: unknown }[]
}

class Refusal extends Error {
  readonly failure: Failure
  constructor(code: string, message: string, action: string) {
    super(message)
    this.failure = { code, message, action }
  }
}

export const fakePassword = 'correct horse'
export const fakePhrase = 'test test test test test test test test test test test junk'

const connected: NetworkStatus = { state: 'online', peers: 6, nodes: [], outbox: 0 }

const bothRunning: readonly EngineState[] = (['torrent', 'codex'] as const).map((engine) => ({
  engine,
  state: 'running',
  trouble: '',
  addresses: [],
  node: null,
}))

export function createFakeApi(options: FakeOptions = {}): FakeApi {
  const now = options.now ?? (() => fakeNow)
  const listeners = new Map<EventName, Set<(payload: unknown) => void>>()
  const failures = new Map<RequestName, Failure>()
  const held = new Map<RequestName, Promise<void>>()
  const calls: { name: string; input: unknown }[] = []
  const profiles: Profile[] = (options.profiles ?? []).map((name, index) => profileOf(name, index))
  let current: Profile | null = options.loggedIn ? (profiles[0] ?? null) : null
  let settings: Settings = {
    distribution: 'both',
    distributionFallback: true,
    codexEngine: 'embedded',
    codexNode: 'http://127.0.0.1:8080',
    codexNodeElsewhere: false,
    codexPeers: [],
    codexNearby: false,
    codexBootstrap: [],
    archiveInterval: 604_800_000 as Millis,
    nodes: [],
    reach: 'machine',
    publicAddress: '',
    downloadLimit: null,
    uploadLimit: null,
    diskLimit: null,
    retentionDays: 30,
  }
  let desktop: DesktopSettings = { closeToTray: 'owners', launchAtLogin: false, notifications: true, updates: null }
  let notices = options.notices ?? []
  const worlds = (options.communities ?? []).map((plan, index) => buildWorld(index + 1, plan))
  const unread = unreadOf(worlds, options.communities ?? [])
  const paused = new Set<string>()
  /** Communities whose archives are not served. */
  const silent = new Set<string>()
  const passwords = new Map<string, string>()

  function emit<K extends EventName>(name: K, payload: EventPayload<K>): void {
    const checked = events[name].parse(payload)
    for (const listener of [...(listeners.get(name) ?? [])]) listener(checked)
  }
  const worldOf = (id: string): World => {
    const world = worlds.find(({ community }) => community.id === id)
    if (!world) throw new Refusal('unknown-community', 'This community is not known here.', 'Join it first.')
    return world
  }
  const channelOf = (chatId: ChatId): Message[] => {
    const list = worldOf(chatId.slice(0, 68)).messages.get(chatId)
    if (!list) throw new Refusal('unknown-channel', 'This channel is not known here.', 'Choose another.')
    return list
  }
  const replace = (id: string, change: Partial<World['community']>): World['community'] => {
    const index = worlds.findIndex(({ community }) => community.id === id)
    const world = worldOf(id)
    const community = { ...world.community, ...change }
    worlds[index] = { ...world, community }
    emit('communities.changed', { id: community.id })
    return community
  }
  const add = (chatId: ChatId, message: Message): void => {
    channelOf(chatId).push(message)
    emit('messages.changed', { communityId: worldOf(chatId.slice(0, 68)).community.id, chatIds: [chatId] })
  }
  const compose = (chatId: ChatId, text: string, author: number, name: string): Message => ({
    id: `0x${(channelOf(chatId).length + 10_000_000).toString(16).padStart(64, '0')}` as MessageId,
    chatId,
    author: fakeContact(author),
    authorName: name,
    clock: now() as Millis,
    timestamp: now() as Millis,
    text,
    contentType: 1,
    responseTo: null,
    editedAt: null,
    deleted: false,
    pinned: false,
    images: 0,
    thread: null,
    reactions: [],
    source: 'live',
    standing: 'member',
    origin: null,
  })
  const told = (chatId: ChatId): void => {
    const communityId = worldOf(chatId.slice(0, 68)).community.id
    emit('messages.unread', { communityId, chatId, unread: unread.get(chatId) ?? 0, mentions: 0 })
  }
  const signIn = (profile: Profile | null): void => {
    current = profile
    emit('session.changed', { profile })
  }

  const imports = fakeImports({ emit, now, refuse: (code, message, action) => new Refusal(code, message, action) })

  const handlers: Handlers = {
    'app.info': async () => ({ version: '0.1.0', mode: options.mode ?? 'headless', profile: current }),
    'profiles.list': async () => profiles,
    'profiles.create': async ({ name, password }) => {
      const profile = profileOf(name, profiles.length)
      profiles.push(profile)
      passwords.set(profile.id, password)
      return { profile, phrase: fakePhrase }
    },
    'profiles.restore': async ({ name, password, phrase }) => {
      if (phrase !== fakePhrase) throw new Refusal('bad-phrase', 'This is not a recovery phrase.', 'Check every word.')
      const profile = profileOf(name, profiles.length)
      profiles.push(profile)
      passwords.set(profile.id, password)
      return profile
    },
    'profiles.rename': async ({ id, name }) => {
      const index = profiles.findIndex((one) => one.id === id)
      const profile = { ...profileOf(name, index), id }
      profiles[index] = profile
      if (current?.id === id) signIn(profile)
      return profile
    },
    'profiles.changePassword': async ({ id, next }) => {
      passwords.set(id, next)
    },
    'profiles.phrase': async () => ({ phrase: fakePhrase }),
    'profiles.remove': async ({ id }) => {
      profiles.splice(
        profiles.findIndex((one) => one.id === id),
        1,
      )
    },
    'profiles.login': async ({ id, password }) => {
      const profile = profiles.find((one) => one.id === id)
      if (!profile || password !== (passwords.get(id) ?? fakePassword))
        throw new Refusal('wrong-password', `That is not the password of ${profile?.name ?? id}.`, 'Try again.')
      signIn(profile)
      return profile
    },
    'profiles.beginAnew': async ({ id }) => {
      const profile = profiles.find((one) => one.id === id)
      if (!profile) throw new Refusal('not-found', 'There is no such profile.', 'Choose another.')
      signIn(profile)
      return profile
    },
    'profiles.logout': async () => signIn(null),
    ...fakeCommunities({ worlds, worldOf, replace, emit }),
    ...fakeOwner({
      worlds,
      worldOf,
      emit,
      history: options.history ?? {},
      retention: options.retention ?? {},
      shown: (communityId) => ({
        interval: settings.archiveInterval,
        paused: paused.has(communityId),
        seeding: !silent.has(communityId),
      }),
      retentionDays: () => settings.retentionDays,
      now,
      refuse: (code, message, action) => new Refusal(code, message, action),
      password: fakePassword,
    }),
    ...readingAnswers(channelOf, (communityId) => worldOf(communityId).messages, unread, told),
    'messages.export': async ({ communityId, format }) => {
      const messages = [...worldOf(communityId).messages.values()].flat().length
      return { id: 'export-1', path: `/exports/made-up.${format}`, bytes: messages * 200, messages }
    },
    'messages.cancelExport': async () => {},
    'messages.post': async ({ chatId, text, responseTo }) => {
      const message = { ...compose(chatId, text, 900, current?.name ?? ''), responseTo: responseTo ?? null }
      add(chatId, { ...message, author: current?.contactId ?? message.author, source: 'own' })
      return message.id
    },
    'history.coverage': async ({ communityId, limit }) =>
      coverageOf(worldOf(communityId), options.history?.gaps ?? [], limit),
    'history.archiveNow': async ({ communityId }) => {
      worldOf(communityId)
      emit('history.changed', { communityId })
      return { archives: 1 }
    },
    'history.pause': async ({ communityId, on }) => {
      if (on) paused.add(communityId)
      else paused.delete(communityId)
      emit('history.changed', { communityId })
    },
    'history.want': async ({ communityId }) => emit('history.changed', { communityId }),
    'history.cancel': async ({ communityId }) => emit('history.changed', { communityId }),
    'history.seed': async ({ communityId, on }) => {
      if (on) silent.delete(communityId)
      else silent.add(communityId)
      emit('history.changed', { communityId })
    },
    ...fakeReplacement((communityId) => emit('history.changed', { communityId })),
    'history.retry': async ({ communityId, archiveId }) => {
      const index = worlds.indexOf(worldOf(communityId))
      const world = worldOf(communityId)
      const archives = world.archives.map((archive) =>
        archive.id === archiveId ? { ...archive, state: 'wanted' as const, reason: '' } : archive,
      )
      worlds[index] = { ...world, archives }
      emit('history.changed', { communityId })
    },
    'engines.list': async () => [...(options.engines ?? bothRunning)],
    'transfers.list': async () => [...(options.transfers ?? [])],
    'network.status': async () => options.network ?? connected,
    'network.details': async ({ limit }) => ({
      topics: ['/waku/2/rs/16/32', '/waku/2/rs/16/64'],
      waiting: (options.waiting ?? []).slice(0, limit),
      fetched: worlds.map(({ community }) => ({ communityId: community.id, upTo: (now() - 120_000) as Millis })),
    }),
    'network.addresses': async () => [],
    ...codexAnswers,
    ...imports.handlers,
    ...fakeBench({
      emit,
      now,
      signals: options.signals ?? [],
      ask: async (name, input) => {
        const reply = await handle(name, input)
        if (!reply.ok) throw new Refusal(reply.error.code, reply.error.message, reply.error.action)
        return reply.value
      },
    }),
    'activity.page': async ({ communityId, kind, before, limit }) => ({
      lines: (options.activity ?? [])
        .filter((line) => communityId === undefined || line.communityId === communityId)
        .filter((line) => kind === undefined || line.kind === kind)
        .filter(({ seq }) => before === undefined || seq < before)
        .slice(0, limit),
      dropped: 0,
    }),
    'notices.list': async () => notices,
    'notices.dismiss': async ({ seq }) => {
      notices = notices.filter((notice) => notice.seq > seq)
      emit('notices.changed', notices)
    },
    'desktop.settings': async () => (options.mode === 'desktop' ? desktop : null),
    'desktop.configure': async (change) => {
      desktop = { ...desktop, ...defined(change) }
      return desktop
    },
    'desktop.chooseFiles': async () => null,
    'settings.get': async () => settings,
    'settings.set': async (change) => {
      settings = { ...settings, ...defined(change) }
      return settings
    },
  }

  async function handle(name: string, input: unknown): Promise<Reply> {
    calls.push({ name, input })
    if (!isRequestName(name)) return no('unknown-request', `There is no request ${name}.`)
    await held.get(name)
    const failure = failures.get(name)
    if (failure) return { ok: false, error: failure }
    const parsed = requests[name].input.safeParse(input)
    if (!parsed.success) return no('bad-input', parsed.error.issues.map((issue) => issue.message).join('; '))
    try {
      const handler = handlers[name] as (value: unknown) => Promise<unknown>
      return { ok: true, value: requests[name].output.parse(await handler(parsed.data)) }
    } catch (error) {
      if (error instanceof Refusal) return { ok: false, error: error.failure }
      throw error
    }
  }

  return {
    handle,
    emit,
    calls,
    subscribe(name, listener) {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(listener))
      return () => set.delete(listener)
    },
    advanceImport: imports.advance,
    join: async () => null,
    async close() {
      listeners.clear()
    },
    fail(name, failure) {
      if (failure) failures.set(name, failure)
      else failures.delete(name)
    },
    hang(name) {
      let resolve = (): void => {}
      const promise = new Promise<void>((release) => {
        resolve = release
      })
      held.set(name, promise)
      return () => {
        held.delete(name)
        resolve()
      }
    },
    hear(chatId, text) {
      const message = compose(chatId, text, 3, 'Golden Orca')
      unread.set(chatId, (unread.get(chatId) ?? 0) + 1)
      add(chatId, message)
      told(chatId)
      return message
    },
  }
}

const no = (code: string, message: string): Reply => ({ ok: false, error: { code, message, action: '' } })

const profileOf = (name: string, index: number): Profile => ({
  id: `p${index}`,
  name,
  contactId: fakeContact(500 + index),
})

const defined = (change: object): object =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
