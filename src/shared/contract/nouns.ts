/** The nouns of domain.ts as schemas, and the small values that requests and events are made of. */
import { z } from 'zod'
import type {
  Archive,
  ArchiveId,
  ArchiveLink,
  ChatId,
  Community,
  CommunityId,
  ContactId,
  JoinRequest,
  Member,
  Message,
  MessageId,
  Millis,
  NetworkStatus,
  Profile,
  Seconds,
  Transfer,
} from '../domain.ts'
import { chatIdPattern, communityIdPattern, messageIdPattern } from '../ids.ts'

const text = <T extends string>(pattern: RegExp, name: string) =>
  z.custom<T>((value) => typeof value === 'string' && pattern.test(value), { error: `not a ${name}` })
const time = <T extends number>() => z.custom<T>((value) => Number.isSafeInteger(value) && Number(value) >= 0)

export const communityId = text<CommunityId>(communityIdPattern, 'community id')
export const chatId = text<ChatId>(chatIdPattern, 'channel id')
export const contactId = text<ContactId>(/^0x04[0-9a-f]{128}$/, 'public key')
export const messageId = text<MessageId>(messageIdPattern, 'message id')
export const archiveId = text<ArchiveId>(/^0x[0-9a-f]{64}$/, 'archive id')
export const link = text<ArchiveLink>(/^.{0,8192}$/s, 'archive link')
export const millis = time<Millis>()
export const seconds = time<Seconds>()
export const engine = z.enum(['torrent', 'codex'])

const shape = <T>() => ({
  /** Checks that a schema describes a noun of domain.ts exactly; a field added there must be added here. */
  of: <S extends z.ZodType<T>>(schema: S): S => schema,
})

export const profile = shape<Profile>().of(z.object({ id: z.string(), name: z.string(), contactId }))

export const joining = z.enum(['open', 'request'])

const channel = z.object({
  chatId,
  name: z.string(),
  description: z.string(),
  emoji: z.string(),
  color: z.string(),
  position: z.int(),
  posting: z.enum(['everyone', 'chosen']),
  viewersMayReact: z.boolean(),
  mayPost: z.boolean(),
})

export const community = shape<Community>().of(
  z.object({
    id: communityId,
    role: z.enum(['owner', 'member']),
    name: z.string(),
    description: z.string(),
    color: z.string(),
    emoji: z.string(),
    tags: z.array(z.string()).readonly(),
    introMessage: z.string(),
    outroMessage: z.string(),
    joining,
    membersMayPin: z.boolean(),
    openToRead: z.boolean(),
    members: z.int(),
    channels: z.array(channel).readonly(),
    generation: z.enum(['M', 'N', 'N2']),
    historyArchives: z.boolean(),
    encrypted: z.boolean(),
    state: z.enum(['joined', 'requested', 'refused', 'removed', 'reading', 'closed', 'unknown']),
  }),
)

export const member = shape<Member>().of(
  z.object({
    contactId,
    name: z.string(),
    standing: z.enum(['member', 'former', 'banned']),
    role: z.enum(['owner', 'admin', 'token-master', 'member']),
  }),
)

export const joinRequest = shape<JoinRequest>().of(
  z.object({ contactId, name: z.string(), state: z.enum(['pending', 'refused']), since: millis }),
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
    images: z.int(),
    thread: messageId.nullable(),
    reactions: z.array(z.object({ emoji: z.string(), authors: z.array(contactId).readonly() })).readonly(),
    source: z.enum(['live', 'store', 'archive', 'own']),
    standing: z.enum(['member', 'former', 'banned', 'unknown']),
    origin: z.object({ kind: z.enum(['discord', 'bridge']), authorId: z.string(), avatarUrl: z.string() }).nullable(),
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
    pieces: z.object({ total: z.int(), here: z.int(), parts: z.array(z.int()).max(60).readonly() }),
    trouble: z.string(),
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
export const cursor = z.object({ clock: millis, id: messageId })

/** Of a request without arguments, and of one that says nothing but that it is done. */
export const nothing = z.undefined()
export const done = z.void()
export const password = z.string().min(1).max(1024)
export const name = z.string().trim().min(1).max(100)
