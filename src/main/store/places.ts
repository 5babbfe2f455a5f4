/**
 * A message's key is its place in time: the clock, moved aside where the place is taken. Pure. Keys below FIRST_PLACE
 * were given by earlier versions in the order of arrival.
 */
import type { MessageId, Millis } from '../../shared/domain.ts'

export const FIRST_PLACE = 2 ** 33
/** Clocks are strangers' numbers: what lies beyond shares the last places, and every key stays a safe integer. */
const LAST_CLOCK = 2 ** 52

/** The first place that a message of this time, or of a later one, can have. */
export function placeOf(clock: Millis): number {
  return FIRST_PLACE + Math.trunc(Math.min(Math.max(0, clock || 0), LAST_CLOCK))
}

/**
 * Places to try, one after the other, the same ones for the same message: its own, then ever farther ones, so that
 * however many messages claim one instant, each finds a free place soon and as near as there is one.
 */
export function* placesFor(clock: Millis, id: MessageId): Generator<number, never> {
  const own = placeOf(clock)
  yield own
  for (let attempt = 0; ; attempt += 1) yield own + (mixed(id, attempt) % 2 ** Math.min(31, 4 + attempt))
}

/** 32 bits (FNV-1a). */
function mixed(id: string, attempt: number): number {
  let hash = 0x811c9dc5 ^ attempt
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193)
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b3c6d) >>> 0
}
