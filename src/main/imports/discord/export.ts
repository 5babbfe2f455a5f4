/**
 * What an export of DiscordChatExporter (JSON) says, checked field by field. A message that breaks a rule is left out
 * with a reason and no other suffers; what has no place in a Status community is counted. Pure.
 */
import type { Millis } from '../../../shared/domain.ts'

export interface ExportHead {
  readonly guildId: string
  readonly channelId: string
  readonly channelName: string
}

export interface ExportedAttachment {
  readonly id: string
  readonly url: string
  readonly fileName: string
  readonly size: number
}

export interface ExportedMessage {
  readonly id: string
  readonly type: string
  readonly at: Millis
  readonly editedAt: Millis | null
  readonly pinned: boolean
  readonly content: string
  readonly author: {
    readonly id: string
    readonly name: string
    readonly discriminator: string
    readonly nickname: string
    readonly avatarUrl: string
  }
  readonly attachments: readonly ExportedAttachment[]
  readonly reference: { readonly messageId: string; readonly channelId: string; readonly guildId: string } | null
  /** What was there and has no place here, by reason. */
  readonly leftOut: Readonly<Record<string, number>>
}

/** Why a message, or a part of one, was not taken over. Shown to people; part of the contract's reports. */
export type LeftOutReason =
  | 'not-a-message'
  | 'bad-id'
  | 'bad-time'
  | 'too-long'
  | 'too-many-attachments'
  /** Joins, pins, renamed channels: what Discord itself said. */
  | 'system-message'
  | 'call'
  /** Neither text nor attachments. */
  | 'empty'
  | 'reactions'
  | 'embeds'
  | 'stickers'
  | 'components'
  /** Texts with broken characters, kept with a mark in their place. */
  | 'mended-text'
  /** The message it answers is in no channel of this community. */
  | 'reply-elsewhere'
  | 'attachment-not-found'
  | 'attachment-outside'
  | 'attachment-too-large'
  /** A message of this id stands in the file before. */
  | 'duplicate'
  | 'count-differs'

export type Judged =
  | { readonly kind: 'message'; readonly message: ExportedMessage }
  | { readonly kind: 'left-out'; readonly reason: LeftOutReason; readonly detail: string }

/** Snowflakes: 64 bits in digits. */
const ID = /^\d{1,20}$/
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/
/** Discord began on 1 January 2015: its ids count from there. */
const FIRST = Date.UTC(2015, 0, 1)
/** Clocks of other machines may be ahead, ms. */
const LEAD = 24 * 3600 * 1000
/** Characters; Discord itself takes 4,000. */
const MAX_TEXT = 100_000
const MAX_NAME = 200
const MAX_URL = 2048
const MAX_ATTACHMENTS = 100

/** Types with something that a person, or a bot on a person's behalf, said; numbers are those the exporter has no name for. */
const SAID = new Set(['Default', 'Reply', '20', '23'])

/** Null if this is no export of a channel. */
export function readHead(guild: unknown, channel: unknown): ExportHead | null {
  if (!isObject(guild) || !isObject(channel)) return null
  const guildId = own(guild, 'id')
  const id = own(channel, 'id')
  const name = own(channel, 'name')
  if (!isId(guildId) || !isId(id) || typeof name !== 'string' || name.trim() === '') return null
  return { guildId, channelId: id, channelName: clipped(name.trim(), 100) }
}

export function judgeMessage(value: unknown, now: Millis): Judged {
  if (!isObject(value)) return leftOut('not-a-message', 'it is no object')
  const id = own(value, 'id')
  if (!isId(id)) return leftOut('bad-id', 'a message is known by the digits of its id (RULES.md R4.4)')
  const at = readTime(own(value, 'timestamp'), now)
  if (at === null) return leftOut('bad-time', `message ${id}`)
  const type = textOf(value, 'type')
  if (type === 'Call') return leftOut('call', `message ${id}`)
  if (!SAID.has(type)) return leftOut('system-message', `message ${id}: ${clipped(type, 40)}`)
  const forwarded = own(value, 'forwardedMessage')
  const inner = isObject(forwarded) && textOf(value, 'content') === '' ? forwarded : value
  const content = textOf(inner, 'content')
  if (content.length > MAX_TEXT) return leftOut('too-long', `message ${id}: ${content.length} characters`)
  const attachments = listOf(inner, 'attachments').filter(isObject).map(readAttachment)
  if (attachments.length > MAX_ATTACHMENTS) return leftOut('too-many-attachments', `message ${id}`)
  if (content.trim() === '' && attachments.length === 0) return leftOut('empty', `message ${id}`)
  const author = own(value, 'author')
  const edited = own(value, 'timestampEdited')
  const message = {
    id,
    type,
    at,
    editedAt: edited === null || edited === undefined ? null : readTime(edited, now),
    pinned: own(value, 'isPinned') === true,
    content: content.toWellFormed(),
    author: readAuthor(isObject(author) ? author : {}),
    attachments,
    reference: readReference(own(value, 'reference')),
    leftOut: countExtras(inner, value, content),
  }
  return { kind: 'message', message }
}

function countExtras(inner: object, value: object, content: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const part of ['reactions', 'embeds', 'stickers', 'components'] as const) {
    const count = listOf(part === 'embeds' || part === 'stickers' ? inner : value, part).length
    if (count > 0) counts[part] = count
  }
  if (!content.isWellFormed()) counts['mended-text'] = 1
  return counts
}

function readAuthor(author: object): ExportedMessage['author'] {
  const id = own(author, 'id')
  return {
    id: isId(id) ? id : '',
    name: shortOf(author, 'name'),
    discriminator: shortOf(author, 'discriminator'),
    nickname: shortOf(author, 'nickname'),
    avatarUrl: remoteUrl(textOf(author, 'avatarUrl')),
  }
}

function readAttachment(attachment: object): ExportedAttachment {
  const id = own(attachment, 'id')
  const size = own(attachment, 'fileSizeBytes')
  return {
    id: isId(id) ? id : '',
    url: textOf(attachment, 'url'),
    fileName: shortOf(attachment, 'fileName'),
    size: Number.isSafeInteger(size) && Number(size) > 0 ? Number(size) : 0,
  }
}

function readReference(reference: unknown): ExportedMessage['reference'] {
  if (!isObject(reference)) return null
  const messageId = own(reference, 'messageId')
  const channelId = own(reference, 'channelId')
  const guildId = own(reference, 'guildId')
  if (!isId(messageId)) return null
  return { messageId, channelId: isId(channelId) ? channelId : '', guildId: isId(guildId) ? guildId : '' }
}

/**
 * An address on the web, or nothing: a path of the exporter's machine is nobody else's business, and leads nowhere for
 * them. Kept as text, and never asked (RULES.md R4.7).
 */
export function remoteUrl(url: string): string {
  return /^https?:\/\//i.test(url) && url.length <= MAX_URL ? url.toWellFormed() : ''
}

function readTime(value: unknown, now: Millis): Millis | null {
  if (typeof value !== 'string' || !ISO.test(value)) return null
  const at = Date.parse(value)
  return at >= FIRST && at <= now + LEAD ? (at as Millis) : null
}

const leftOut = (reason: LeftOutReason, detail: string): Judged => ({ kind: 'left-out', reason, detail })

const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value)

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const own = (value: object, name: string): unknown =>
  Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined

function textOf(value: object, name: string): string {
  const text = own(value, name)
  return typeof text === 'string' ? text : ''
}

const shortOf = (value: object, name: string): string => clipped(textOf(value, name).toWellFormed(), MAX_NAME)

/** Cut between characters, never inside one. */
const clipped = (text: string, most: number): string => text.slice(0, most).toWellFormed()

function listOf(value: object, name: string): readonly unknown[] {
  const list = own(value, name)
  return Array.isArray(list) ? list : []
}
