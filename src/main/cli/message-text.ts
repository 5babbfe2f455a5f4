/** Messages as lines of text. What strangers wrote is shown on a terminal, so nothing of it may steer the terminal. */
import type { RequestOutput } from '../../shared/contract.ts'
import type { Channel, Message, Millis } from '../../shared/domain.ts'
import { formatTable } from './output.ts'

type Page = RequestOutput<'messages.page'>
type Found = RequestOutput<'messages.search'>
type Versions = RequestOutput<'messages.edits'>
type Unread = RequestOutput<'messages.unread'>

/** Everything that moves a cursor, colours, rings or turns the direction of writing; line breaks and tabs stay. */
const steering = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu
export const printable = (text: string): string => text.replace(steering, '\u{fffd}')

export function describePage(page: Page): string {
  const { messages, total, hasOlder, hasNewer } = page
  const [first] = messages
  const last = messages.at(-1)
  if (!first || !last) return total === 0 ? 'Nothing was said here yet.' : 'There is nothing beyond that.'
  return [
    ...(hasOlder ? [`Older ones: --before ${first.id}`] : []),
    describeMessages(messages),
    ...(hasNewer ? [`Newer ones: --after ${last.id}`] : []),
    `${messages.length} of ${total} messages.`,
  ].join('\n')
}

export const describeMessages = (messages: readonly Message[]): string => messages.map((one) => line(one)).join('\n')

export function describeFound(found: Found, channels: readonly Channel[]): string {
  const { hits, next, rankedAmong, unsearched, ignored } = found
  const names = new Map(channels.map(({ chatId, name }) => [chatId, name]))
  return [
    ...(hits.length === 0 ? ['Nothing was found in what is here.'] : []),
    ...hits.map(({ message }) => line(message, `#${names.get(message.chatId) ?? 'another channel'}  `)),
    ...(rankedAmong === null ? [] : [`Ranked among the newest ${rankedAmong} hits.`]),
    ...(ignored.length === 0 ? [] : [`Not understood, and so left out: ${ignored.join(', ')}`]),
    ...(unsearched === 0 ? [] : [`${unsearched} messages cannot be found yet.`]),
    ...(next === null ? [] : ['There is more: --limit, or narrower words.']),
  ].join('\n')
}

export function describeVersions(versions: Versions): string {
  if (versions.length === 0) return 'This message is not here, or was deleted.'
  return versions.map(({ at, text }) => `${moment(at)}  ${indented(text)}`).join('\n')
}

export function describeUnread(unread: Unread, channels: readonly Channel[]): string {
  if (unread.length === 0) return 'Everything was read.'
  const names = new Map(channels.map(({ chatId, name }) => [chatId, name]))
  const rows = unread.map((one) => [
    `#${names.get(one.chatId) ?? one.chatId}`,
    String(one.unread),
    String(one.mentions),
    moment(one.first.clock),
  ])
  return formatTable(['CHANNEL', 'UNREAD', 'NAMED', 'SINCE'], rows)
}

function line(message: Message, where = ''): string {
  const { timestamp, authorName, author, text, deleted, editedAt, pinned, images } = message
  const marks = [
    ...(pinned ? ['pinned'] : []),
    ...(editedAt !== null && !deleted ? ['edited'] : []),
    ...(images === 0 ? [] : [images === 1 ? 'one image' : `${images} images`]),
  ]
  const said = deleted ? '(deleted by its author)' : indented(text)
  const name = printable(authorName.trim() || author.slice(0, 12)).replaceAll('\n', ' ')
  return `${moment(timestamp)}  ${where}${name}: ${said}${marks.length === 0 ? '' : ` [${marks.join(', ')}]`}`
}

const indented = (text: string): string => printable(text).replaceAll('\n', '\n    ')

/** In the time of this computer; a clock that lies may be outside of what a date can say. */
function moment(at: Millis): string {
  const local = new Date(at - new Date().getTimezoneOffset() * 60_000)
  return Number.isNaN(local.getTime()) ? String(at) : local.toISOString().slice(0, 16).replace('T', ' ')
}
