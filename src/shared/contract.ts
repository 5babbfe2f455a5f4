/**
 * Everything a front end may ask of a node and everything a node tells its front ends: one map of requests and one of
 * events. Electron's IPC, the WebSocket of the headless server and the command line all carry exactly these, and every
 * type is derived from them. Nothing here ever carries a private key; a password travels one way, inwards.
 */
import { z } from 'zod'
import type {
  Archive,
  ArchiveId,
  ArchiveLink,
  ChatId,
  Community,
  CommunityId,
  ContactId,
  Message,
  MessageId,
  Millis,
  NetworkStatus,
  Profile,
  Seconds,
  Transfer,
} from './domain.ts'
import { chatIdPattern, communityIdPattern, messageIdPattern } from './ids.ts'

const text = <T extends string>(pattern: RegExp, name: string) =>
  z.custom<T>((value) => typeof value === 'string' && pattern.test(value), { error: `not a ${name}` })
const time = <T extends number>() => z.custom<T>((value) => Number.isSafeInteger(value) && Number(value) >= 0)

export const communityId = text<CommunityId>(communityIdPattern, 'community id')
export const chatId = text<ChatId>(chatIdPattern, 'channel id')
export const contactId = text<ContactId>(/^0x04[0-9a-f]{128}$/, 'public key')
export const messageId = text<MessageId>(messageIdPattern, 'message id')
export const archiveId = text<ArchiveId>(/^0x[0-9a-f]{64}$/, 'archive id')
const link = text<ArchiveLink>(/^.{0,8192}$/s, 'archive link')
const millis = time<Millis>()
const seconds = time<Seconds>()
const engine = z.enum(['torrent', 'codex'])

const shape = <T>() => ({
  /** Checks that a schema describes a noun of domain.ts exactly; a field added there must be added here. */
  of: <S extends z.ZodType<T>>(schema: S): S => schema,
})

export const profile = shape<Profile>().of(z.object({ id: z.string(), name: z.string(), contactId }))

const channel = z.object({
  chatId,
  name: z.string(),
  description: z.string(),
  emoji: z.string(),
  color: z.string(),
  position: z.int(),
})

export const community = shape<Community>().of(
  z.object({
    id: communityId,
    role: z.enum(['owner', 'member']),
    name: z.string(),
    description: z.string(),
    color: z.string(),
    members: z.int(),
    channels: z.array(channel).readonly(),
    generation: z.enum(['M', 'N', 'N2']),
    historyArchives: z.boolean(),
    state: z.enum(['joined', 'requested', 'unknown']),
  }),
)

export const message = shape<Message>().of(
  z.object({
    id: messageId,
    chatId,
    author: contactId,
    authorName: z.string(),
    clock: millis,
    timestamp: millis,
    text: z.string(),
    contentType: z.int(),
    responseTo: messageId.nullable(),
    editedAt: millis.nullable(),
    deleted: z.boolean(),
    pinned: z.boolean(),
    reactions: z.array(z.object({ emoji: z.string(), authors: z.array(contactId).readonly() })).readonly(),
    source: z.enum(['live', 'store', 'archive', 'own']),
  }),
)

export const archive = shape<Archive>().of(
  z.object({
    id: archiveId,
    engine,
    from: seconds,
    to: seconds,
    state: z.enum([
      'building',
      'staged',
      'published',
      'wanted',
      'downloading',
      'downloaded',
      'importing',
      'imported',
      'waiting-for-key',
      'quarantined',
    ]),
    reason: z.string(),
    bytes: z.int(),
    messages: z.int(),
  }),
)

export const transfer = shape<Transfer>().of(
  z.object({
    communityId,
    engine,
    link,
    seeding: z.boolean(),
    peers: z.int(),
    bytesDone: z.number(),
    bytesTotal: z.number(),
    downloadRate: z.number(),
    uploadRate: z.number(),
  }),
)

export const networkStatus = shape<NetworkStatus>().of(
  z.object({
    state: z.enum(['offline', 'connecting', 'online']),
    peers: z.int(),
    nodes: z.array(z.object({ address: z.string(), connected: z.boolean(), error: z.string() })).readonly(),
    outbox: z.int(),
  }),
)

/** A position in a channel: pages are cut by it, never by a count of rows. */
const cursor = z.object({ clock: millis, id: messageId })

/** What the owner sees of its archive loop, and the member of its restoration. */
const history = z.object({
  archives: z.array(archive).readonly(),
  /** ms; how long one archive spans. */
  interval: millis,
  lastEnd: seconds.nullable(),
  nextAt: millis.nullable(),
  /** Records not yet in any archive (owner). */
  unarchived: z.int(),
  links: z.array(z.object({ engine, clock: millis, link, state: z.string() })).readonly(),
  paused: z.boolean(),
  /** Everything ignored or refused, counted by reason. */
  refused: z.array(z.object({ reason: z.string(), count: z.int() })).readonly(),
})

const settings = z.object({
  distribution: z.enum(['torrent', 'codex', 'both']),
  /** ms; from 10 s for tests to 7 days, the default. */
  archiveInterval: z.custom<Millis>((value) => Number.isSafeInteger(value) && Number(value) >= 10_000),
  /** Other people's Waku service nodes, multiaddrs. Empty: this machine only. */
  nodes: z.array(z.string().max(512)).max(32).readonly(),
  /** Who may reach this node, and whom its engines may dial: this machine, the local network, or everybody. */
  reach: z.enum(['machine', 'lan', 'internet']),
  /** The IP address at which others reach this node from outside; empty where it has none. */
  publicAddress: z.union([z.literal(''), z.ipv4(), z.ipv6()]),
})

const nothing = z.undefined()
const done = z.void()
const password = z.string().min(1).max(1024)
const name = z.string().trim().min(1).max(100)

export const requests = {
  'app.info': {
    input: nothing,
    output: z.object({ version: z.string(), mode: z.enum(['desktop', 'headless']), profile: profile.nullable() }),
  },
  'profiles.list': { input: nothing, output: z.array(profile).readonly() },
  'profiles.create': { input: z.object({ name, password }), output: profile },
  'profiles.login': { input: z.object({ id: z.string().max(64), password }), output: profile },
  'profiles.logout': { input: nothing, output: done },
  'communities.list': { input: nothing, output: z.array(community).readonly() },
  'communities.create': {
    input: z.object({
      name,
      description: z.string().max(500),
      color: z.string().regex(/^#[0-9a-fA-F]{6}$/),
      channels: z.array(name).min(1).max(50),
      historyArchives: z.boolean(),
    }),
    output: community,
  },
  'communities.join': { input: z.object({ id: communityId }), output: community },
  'communities.leave': { input: z.object({ id: communityId }), output: done },
  'communities.addChannel': { input: z.object({ id: communityId, name }), output: community },
  'communities.setHistoryArchives': { input: z.object({ id: communityId, on: z.boolean() }), output: done },
  'messages.page': {
    input: z.object({
      chatId,
      before: cursor.optional(),
      after: cursor.optional(),
      limit: z.int().min(1).max(200),
    }),
    /** Oldest first. `total` counts the channel's messages. */
    output: z.object({ messages: z.array(message).readonly(), total: z.int() }),
  },
  /** One message by its id, for a reply whose original lies outside the page; null where it is not known here. */
  'messages.get': { input: z.object({ chatId, id: messageId }), output: message.nullable() },
  'messages.post': {
    input: z.object({ chatId, text: z.string().min(1).max(4096), responseTo: messageId.optional() }),
    output: messageId,
  },
  'messages.search': {
    input: z.object({ communityId, text: z.string().min(1).max(500), limit: z.int().min(1).max(100) }),
    output: z.array(message).readonly(),
  },
  'history.show': { input: z.object({ communityId }), output: history },
  'history.archiveNow': { input: z.object({ communityId }), output: z.object({ archives: z.int() }) },
  'history.pause': { input: z.object({ communityId, on: z.boolean() }), output: done },
  'history.retry': { input: z.object({ communityId, archiveId }), output: done },
  'transfers.list': { input: nothing, output: z.array(transfer).readonly() },
  'network.status': { input: nothing, output: networkStatus },
  /** Multiaddrs at which others reach this node's own service node. */
  'network.addresses': { input: nothing, output: z.array(z.string()) },
  'settings.get': { input: nothing, output: settings },
  'settings.set': { input: settings.partial(), output: settings },
} as const

export const events = {
  'session.changed': z.object({ profile: profile.nullable() }),
  'communities.changed': z.object({ id: communityId }),
  'messages.changed': z.object({ communityId, chatIds: z.array(chatId) }),
  'history.changed': z.object({ communityId }),
  'history.signal': z.object({
    name: z.string(),
    communityId,
    from: seconds.nullable(),
    to: seconds.nullable(),
    at: millis,
  }),
  'transfers.changed': z.array(transfer).readonly(),
  'network.changed': networkStatus,
} as const

export type RequestName = keyof typeof requests
export type EventName = keyof typeof events
export type RequestInput<K extends RequestName> = z.input<(typeof requests)[K]['input']>
export type RequestOutput<K extends RequestName> = z.output<(typeof requests)[K]['output']>
export type EventPayload<K extends EventName> = z.output<(typeof events)[K]>
export type History = z.output<typeof history>
export type Settings = z.output<typeof settings>
export type Cursor = z.output<typeof cursor>

/** One function for each request; a missing one is a type error. */
export type Handlers = {
  readonly [K in RequestName]: (input: z.output<(typeof requests)[K]['input']>) => Promise<RequestOutput<K>>
}

/** What a person is told when a request fails: what happened, and what can be done about it. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly action: string
}
export type Reply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: Failure }

export const isRequestName = (value: unknown): value is RequestName =>
  typeof value === 'string' && Object.hasOwn(requests, value)
export const isEventName = (value: unknown): value is EventName =>
  typeof value === 'string' && Object.hasOwn(events, value)
