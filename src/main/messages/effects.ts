/**
 * What a message said in a channel does there. The wire has checked its form (PROTOCOL.md §1.5, §1.6); here follows what
 * only the community, the author and the time of sending can tell. RULES.md R4.3: a message relabelled as another type
 * has fallen through one of these checks, or its effect is none.
 */
import type { ChatId, ContactId, MessageId, Millis, Origin } from '../../shared/domain.ts'
import { isChatId } from '../../shared/ids.ts'
import type { MessageEffect } from '../store/records.ts'
import {
  type ChatMessage,
  ContentType,
  emojiOf,
  type InnerMessage,
  isDisplayName,
  isNativeMessageId,
  MAX_CLOCK_LEAD,
} from '../wire/index.ts'
import { contentsOf } from './contents.ts'
import { type InterpretContext, standingOf } from './context.ts'
import { messageIdIn } from './message-ids.ts'
import { mayPin, mayPost, mayReact } from './permissions.ts'
import { refuseUnless } from './refusal.ts'

const MAX_NAME = 100
const MAX_ORIGIN = 2048
/** Digits, few enough for a number of milliseconds. */
const SECONDS = /^\d{1,11}$/

export interface Said {
  readonly id: MessageId
  readonly author: ContactId
  /** Whether the author is the community's own key. */
  readonly byCommunity: boolean
  /** The encoded inner message. */
  readonly payload: Uint8Array
  /** When its sender says it was sent, ms. */
  readonly sentAt: Millis
}

/**
 * The effect; `null` for a message that has none here (thread names), `undefined` for one that belongs in no channel.
 * @throws Refusal
 */
export function effectOf(inner: InnerMessage, said: Said, context: InterpretContext): MessageEffect | null | undefined {
  switch (inner.kind) {
    case 'chat':
      return chatEffect(inner.body, said, context)
    case 'edit': {
      const { text } = inner.body
      refuseUnless(text.trim() !== '', 'bad-text')
      const common = inChannel(inner.body, said, context)
      refuseUnless(mayPost(said.author, common.chatId, context), 'not-permitted')
      return { kind: 'edit', ...common, target: target(inner.body, context), text }
    }
    case 'delete': {
      const privileged = context.privileged.has(said.author)
      return {
        kind: 'delete',
        ...inChannel(inner.body, said, context),
        target: target(inner.body, context),
        privileged,
      }
    }
    case 'pin': {
      const { pinned } = inner.body
      const common = inChannel(inner.body, said, context)
      refuseUnless(mayPin(said.author, common.chatId, context), 'not-permitted')
      return { kind: 'pin', ...common, target: target(inner.body, context), pinned }
    }
    case 'reaction': {
      const { retracted } = inner.body
      const common = inChannel(inner.body, said, context)
      refuseUnless(mayReact(said.author, common.chatId, context), 'not-permitted')
      return { kind: 'reaction', ...common, target: target(inner.body, context), emoji: emojiOf(inner.body), retracted }
    }
    case 'thread-metadata':
      refuseUnless(mayPost(said.author, inChannel(inner.body, said, context).chatId, context), 'not-permitted')
      refuseUnless(isNativeMessageId(inner.body.threadId), 'bad-target')
      return null
    default:
      return undefined
  }
}

function chatEffect(message: ChatMessage, said: Said, context: InterpretContext): MessageEffect {
  const common = inChannel(message, said, context)
  refuseUnless(mayPost(said.author, common.chatId, context), 'not-permitted')
  const { discordMessage: discord, bridgeMessage: bridge, displayName } = message
  const wordless = discord !== undefined || bridge !== undefined || message.contentType === ContentType.IMAGE
  refuseUnless(wordless || message.text.trim() !== '', 'bad-text')
  refuseUnless(displayName === '' || isDisplayName(displayName), 'bad-display-name')
  // R4.4: only the community itself says what somebody said elsewhere.
  const imported = said.byCommunity ? discord : undefined
  const elsewhere = imported?.author?.nickname || imported?.author?.name || bridge?.userName || ''
  return {
    kind: 'chat',
    ...common,
    timestamp: message.timestamp as Millis,
    text: message.text || discord?.content || bridge?.content || '',
    contentType: message.contentType,
    responseTo: messageIdIn(message.responseTo, context.communityId),
    displayName: displayName || elsewhere.slice(0, MAX_NAME),
    standing: standingOf(said.author, context, said.byCommunity ? said.author : null),
    origin: originOf(imported, bridge),
    editedAt: imported === undefined ? null : millisOf(imported.timestampEdited),
    body: said.payload,
    contents: contentsOf(message, context.communityId),
  }
}

function originOf(discord: ChatMessage['discordMessage'], bridge: ChatMessage['bridgeMessage']): Origin | null {
  const text = (value: string | undefined) => (value ?? '').slice(0, MAX_ORIGIN)
  if (discord !== undefined) {
    return { kind: 'discord', authorId: text(discord.author?.id), avatarUrl: text(discord.author?.avatarUrl) }
  }
  if (bridge === undefined) return null
  return { kind: 'bridge', authorId: text(bridge.userId), avatarUrl: text(bridge.userAvatar) }
}

/** Imports write times as seconds, in digits. PROTOCOL.md §1.5. */
function millisOf(seconds: string): Millis | null {
  return SECONDS.test(seconds) && seconds !== '0' ? ((Number(seconds) * 1000) as Millis) : null
}

/** R4.1: the channel is this community's; PROTOCOL.md §1.5: nobody writes from the future. */
function inChannel(message: { clock: number; chatId: string }, said: Said, { communityId }: InterpretContext) {
  refuseUnless(isChatId(message.chatId), 'bad-chat-id')
  refuseUnless(message.chatId.startsWith(communityId), 'wrong-community')
  refuseUnless(message.clock - said.sentAt <= MAX_CLOCK_LEAD, 'bad-clock')
  const chatId: ChatId = message.chatId
  return { id: said.id, communityId, chatId, author: said.author, clock: message.clock as Millis }
}

function target(message: { messageId: string }, { communityId }: InterpretContext): MessageId {
  const id = messageIdIn(message.messageId, communityId)
  refuseUnless(id !== null, 'bad-target')
  return id
}
