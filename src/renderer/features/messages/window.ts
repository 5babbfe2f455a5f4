/**
 * The part of a channel that is held here: neighbouring messages, oldest first, cut from a history of any length. Pages
 * are asked for by the message they border on, never by a count of rows. Pure; feed.ts does the asking.
 */
import type { Cursor } from '../../../shared/contract.ts'
import type { Message, MessageId, Millis } from '../../../shared/domain.ts'

export interface Page {
  readonly messages: readonly Message[]
  readonly total: number
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  /** The message that was aimed at, or the first one after it. */
  readonly target: MessageId | null
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
/** Messages asked for around a place: enough for the screen, no more, so that they are soon here. */
export const firstSize = (screen: number): number => Math.min(200, Math.max(20, 2 * Math.ceil(screen / lowest)))
/** px; hardly a message is lower. */
const lowest = 48
/** Messages held at most; beyond it the far side is let go. */
export const maxHeld = 1_000

/** Ids sort after this one: with a clock, it names the place before every message of that time. */
const lowestId = '!' as MessageId

export const cursorOf = ({ clock, id }: Message): Cursor => ({ clock, id })
export const isTimeOnly = ({ id }: Cursor): boolean => id === lowestId
export const cursorAt = (clock: Millis): Cursor => ({ clock, id: lowestId })
/** From this cursor on, `after` gives the message itself first, perhaps behind others of the same time. */
export const cursorBefore = ({ clock }: Cursor): Cursor => cursorAt(clock)

export const compare = (a: Cursor, b: Cursor): number => a.clock - b.clock || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

export const windowOf = ({ messages, hasOlder, hasNewer, total }: Page): MessageWindow => ({
  messages,
  atStart: !hasOlder,
  atEnd: !hasNewer,
  total,
})

export function withOlder(window: MessageWindow, page: Page): MessageWindow {
  const messages = joined(page.messages, window.messages)
  return {
    messages: messages.slice(0, maxHeld),
    atStart: !page.hasOlder,
    atEnd: window.atEnd && messages.length <= maxHeld,
    total: page.total,
  }
}

export function withNewer(window: MessageWindow, page: Page): MessageWindow {
  const messages = joined(window.messages, page.messages)
  return {
    messages: messages.slice(-maxHeld),
    atStart: window.atStart && messages.length <= maxHeld,
    atEnd: !page.hasNewer,
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
