/** The decisions of the outbox. Pure. */
import type { Millis, Nanos } from '../../shared/domain.ts'
import { type BackoffRange, equalJitter } from './backoff.ts'
import type { OutboxEntry } from './network.ts'

/** ms. Store nodes may leave out what is 20 s off their clocks (13/WAKU2-STORE); RULES.md R2.4. */
export const staleAfter = 15_000

const usual: BackoffRange = { base: 1000, cap: 60_000 }
/** For what failed many times over, or would fail again for the same reason. */
const patient: BackoffRange = { base: 600_000, cap: 600_000 }
const patientAfter = 10

/**
 * The timestamp to send with instead of the sealed one; null to keep it. R2.4: only a timestamp that has grown stale in
 * the queue is renewed. One that lay in the past when the entry was made was chosen (history posted with its original
 * times), and renewing it would move the message into another week.
 */
export function renewal({ sealed, createdAt }: OutboxEntry, now: Millis): Nanos | null {
  const stamped = Number(sealed.timestamp / 1_000_000n)
  if (stamped < createdAt - staleAfter) return null
  return now - stamped > staleAfter ? ((BigInt(now) * 1_000_000n) as Nanos) : null
}

/** ms until the next attempt, after `attempts` that failed. */
export function retryDelay(attempts: number, retryable: boolean, random: () => number): number {
  return retryable && attempts <= patientAfter ? equalJitter(attempts, usual, random) : equalJitter(1, patient, random)
}
