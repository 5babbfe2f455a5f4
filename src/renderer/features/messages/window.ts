/**
 * The part of a channel that is held here: neighbouring messages, oldest first, cut from a history of any length. Pages
 * are asked for by the message they border on, never by a count of rows. Pure; feed.ts does the asking.
 */
import type { Cursor } from '../../../shared/contract.ts'
import type { Message, MessageId, Millis } from '../../../shared/domain.ts'

export interface Page {
  readonly messages: readonly Message[]
  readonly total: number
}

export interface MessageWindow {
  readonly messages: readonly Message[]
  /** Nothing older, nothing newer exists here. */
  readonly atStart: boolean
  readonly atEnd: boolean
  /** Messages in the whole channel. */
  readonly total: number
}

/** Messages in one page. */
export const pageSize = 100
/** Messages asked for on each side of a place: enough for any screen, and soon here. */
export const aroundSize = 50
/** Messages held at most; beyond it the far side is let go. */
export const maxHeld = 1_000

/** Ids sort after this one: with a clock, it names the place before every message of that time. */
const lowestId = '!' as MessageId

export const cursorOf = ({ clock, id }: Message): Cursor => ({ clock, id })
export const cursorAt = (clock: Millis): Cursor => ({ clock, id: lowestId })
/** From this cursor on, `after` gives the message itself first, perhaps behind others of the same time. */
export const cursorBefore = ({ clock }: Cursor): Cursor => cursorAt(clock)

export const compare = (a: Cursor, b: Cursor): number => a.clock - b.clock || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

export const openAtEnd = (page: Page): MessageWindow => ({
  messages: page.messages,
  atStart: page.messages.length < pageSize,
  atEnd: true,
  total: page.total,
})

/** `after` begins with the message, or the first one past the time, that was asked for. */
export const openAround = (before: Page, after: Page): MessageWindow => ({
  messages: joined(before.messages, after.messages),
  atStart: before.messages.length < aroundSize,
  atEnd: after.messages.length < aroundSize,
  total: after.total,
})

export function withOlder(window: MessageWindow, page: Page): MessageWindow {
  const messages = joined(page.messages, window.messages)
  return {
    messages: messages.slice(0, maxHeld),
    atStart: page.messages.length < pageSize,
    atEnd: window.atEnd && messages.length <= maxHeld,
    total: page.total,
  }
}

export function withNewer(window: MessageWindow, page: Page): MessageWindow {
  const messages = joined(window.messages, page.messages)
  return {
    messages: messages.slice(-maxHeld),
    atStart: window.atStart && messages.length <= maxHeld,
    atEnd: page.messages.length < pageSize,
    total: page.total,
  }
}

/**
 * The same stretch, read again: edits, deletions, and what an import has put in between. `reachedEnd` says that the
 * reading went on until nothing newer was left.
 */
export function reread(
  window: MessageWindow,
  messages: readonly Message[],
  total: number,
  reachedEnd: boolean,
): MessageWindow {
  const gained = messages.length - window.messages.length
  return {
    messages: messages.slice(-maxHeld),
    // More came into the channel than into this stretch: it lies before it, or after.
    atStart: window.atStart && total - window.total === gained && messages.length <= maxHeld,
    atEnd: reachedEnd,
    total,
  }
}

/** Two neighbouring stretches, a message that is in both only once. */
function joined(older: readonly Message[], newer: readonly Message[]): Message[] {
  const known = new Set(newer.map(({ id }) => id))
  return [...older.filter(({ id }) => !known.has(id)), ...newer]
}
