/**
 * What this person says: signed and sealed once, then stored together with its outbox entry in one transaction, so that
 * a message seen here is a message that will be sent. It is judged by the same `interpret` as everybody's.
 */
import type { ChatId, CommunityId, Generation, MessageId, Millis } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import { asSegment, type RatchetStep, reassemble } from '../wire/index.ts'
import { postChatId } from './addresses.ts'
import { type InChannel, sealChat, sealDelete, sealEdit, sealPin, sealReaction } from './channel-messages.ts'
import type { InterpretContext } from './context.ts'
import { type Interpretation, interpret, interpretWhole } from './interpret.ts'
import type { Ingest, KeyOf, Random } from './ports.ts'
import { outboxEntries, type Sealed } from './sealing.ts'

export type PostingErrorCode = 'unknown-channel' | 'unknown-message' | 'not-allowed' | 'bad-text' | 'refused'

export class PostingError extends Error {
  readonly code: PostingErrorCode
  constructor(code: PostingErrorCode, message: string) {
    super(message)
    this.name = 'PostingError'
    this.code = code
  }
}

export interface ChannelRights {
  readonly post: boolean
  readonly react: boolean
  readonly pin: boolean
  /** Delete what others wrote. */
  readonly moderate: boolean
}

/** A channel as this person finds it. */
export interface PostingChannel {
  readonly communityId: CommunityId
  readonly generation: Generation
  readonly rights: ChannelRights
  /** With origin `own`. */
  readonly context: InterpretContext
  /** In an encrypted community: the next place in its group key's chain, used up by being asked for; else null. */
  readonly nextStep: (() => Promise<RatchetStep>) | null
}

export interface PostingParts {
  readonly identity: { readonly contactId: string; privateKey(): Uint8Array }
  /** What others are shown; left out of messages where other clients would refuse it. */
  readonly displayName: () => string
  readonly installationId: string
  readonly channel: (chatId: ChatId) => Promise<PostingChannel | null>
  /** The message's channel, author and whether it was deleted; null if it is not known. */
  readonly message: (
    communityId: CommunityId,
    id: MessageId,
  ) => Promise<{ readonly chatId: ChatId; readonly author: string; readonly deleted: boolean } | null>
  /** The greatest clock of a channel's messages, 0 if it has none. */
  readonly latestClock: (chatId: ChatId) => Promise<number>
  readonly keyOf: KeyOf
  readonly ingest: Ingest
  /** There is something new in the outbox. */
  readonly wake: () => void
  readonly clock: Clock
  readonly random: Random
  readonly cluster?: number
}

export interface Posting {
  post(input: { chatId: ChatId; text: string; responseTo?: MessageId | null }): Promise<MessageId>
  edit(input: { chatId: ChatId; id: MessageId; text: string }): Promise<MessageId>
  delete(input: { chatId: ChatId; id: MessageId }): Promise<MessageId>
  pin(input: { chatId: ChatId; id: MessageId; pinned: boolean }): Promise<MessageId>
  react(input: { chatId: ChatId; id: MessageId; emoji: string; retracted?: boolean }): Promise<MessageId>
}

export const MAX_TEXT = 4096
/** ms that a clock may run ahead of now: what others accept (120 s), less what the way to them takes. */
const LEAD = 100_000

export function createPosting(parts: PostingParts): Posting {
  const issued = new Map<ChatId, number>()

  const enter = async (chatId: ChatId): Promise<PostingChannel> => {
    const channel = await parts.channel(chatId)
    if (channel !== null) return channel
    throw new PostingError('unknown-channel', 'This channel is in no community that you joined.')
  }

  /** Lamport-like: after everything seen here, but never so far ahead that others would refuse it. §1.5. */
  const nextClock = async (chatId: ChatId): Promise<Millis> => {
    const latest = await parts.latestClock(chatId)
    const now = parts.clock.now()
    const after = Math.max(latest, issued.get(chatId) ?? 0) + 1
    const clock = Math.min(Math.max(now, after), now + LEAD) as Millis
    issued.set(chatId, clock)
    return clock
  }

  const inChannel = async (
    chatId: ChatId,
    { communityId, generation, nextStep }: PostingChannel,
  ): Promise<InChannel> => ({
    communityId,
    chatId,
    generation,
    key: await parts.keyOf(postChatId(communityId, chatId, generation)),
    author: parts.identity.privateKey(),
    clock: await nextClock(chatId),
    sentAt: (BigInt(parts.clock.now()) * 1_000_000n) as NonNullable<InChannel['sentAt']>,
    installationId: parts.installationId,
    random: parts.random,
    step: (await nextStep?.()) ?? null,
    ...(parts.cluster === undefined ? {} : { cluster: parts.cluster }),
  })

  const send = async (sealed: Sealed, { context }: PostingChannel): Promise<MessageId> => {
    const items = sealed.parts.flatMap(({ record }) => {
      const result = interpret(record, context)
      return result.kind === 'item' || result.kind === 'segment' ? [result.item] : [refuse(result)]
    })
    const whole = sealed.parts.length > 1 ? [joined(sealed, context)] : []
    await parts.ingest([...items, ...whole], { outbox: outboxEntries(sealed, parts.clock.now()) })
    parts.wake()
    return sealed.id
  }

  const known = async (channel: PostingChannel, chatId: ChatId, id: MessageId) => {
    const message = await parts.message(channel.communityId, id)
    if (message !== null && message.chatId === chatId && !message.deleted) return message
    throw new PostingError('unknown-message', 'This message is not here, or was deleted.')
  }

  return {
    post: async ({ chatId, text, responseTo }) => {
      const channel = await enter(chatId)
      allow(channel.rights.post, 'post in this channel')
      const said = { text: checkText(text), responseTo: responseTo ?? null, displayName: parts.displayName() }
      const common = await inChannel(chatId, channel)
      return send(sealChat({ ...common, ...said, timestamp: parts.clock.now() }), channel)
    },
    edit: async ({ chatId, id: target, text }) => {
      const channel = await enter(chatId)
      const { author } = await known(channel, chatId, target)
      allow(author === parts.identity.contactId, 'edit what somebody else wrote')
      allow(channel.rights.post, 'write in this channel any more')
      const checked = checkText(text)
      return send(sealEdit({ ...(await inChannel(chatId, channel)), target, text: checked }), channel)
    },
    delete: async ({ chatId, id: target }) => {
      const channel = await enter(chatId)
      const { author } = await known(channel, chatId, target)
      allow(author === parts.identity.contactId || channel.rights.moderate, 'delete what somebody else wrote')
      return send(sealDelete({ ...(await inChannel(chatId, channel)), target }), channel)
    },
    pin: async ({ chatId, id: target, pinned }) => {
      const channel = await enter(chatId)
      await known(channel, chatId, target)
      allow(channel.rights.pin, 'pin messages in this channel')
      return send(sealPin({ ...(await inChannel(chatId, channel)), target, pinned }), channel)
    },
    react: async ({ chatId, id: target, emoji, retracted = false }) => {
      const channel = await enter(chatId)
      await known(channel, chatId, target)
      allow(channel.rights.react, 'react in this channel')
      return send(sealReaction({ ...(await inChannel(chatId, channel)), target, emoji, retracted }), channel)
    },
  }
}

/** A message sent in segments has its effect once, here as everywhere. */
function joined(sealed: Sealed, context: InterpretContext) {
  const segments = sealed.parts.flatMap(({ record }) => asSegment(record.payload) ?? [])
  const last = sealed.parts.at(-1)
  if (last === undefined) throw new PostingError('refused', 'There is nothing to send.')
  const result = interpretWhole(reassemble(segments), last.record, context)
  return result.kind === 'item' ? result.item : refuse(result)
}

function refuse(result: Interpretation): never {
  const reason = result.kind === 'refused' ? result.reason : result.kind
  throw new PostingError('refused', `Others would not accept this message (${reason}).`)
}

function allow(may: boolean, what: string): void {
  if (!may) throw new PostingError('not-allowed', `You may not ${what}.`)
}

function checkText(text: string): string {
  if (text.trim() !== '' && text.length <= MAX_TEXT) return text
  throw new PostingError('bad-text', `A message has 1 to ${MAX_TEXT} characters.`)
}
