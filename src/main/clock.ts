/**
 * Time is injected: the scheduler, every timeout and every retry take a `Clock`, so that a test runs ten years in
 * seconds (ARCHITECTURE.md, decision 12). This is the only file that asks the system what time it is.
 */
import type { Millis } from '../shared/domain.ts'

export interface Clock {
  /** Unix time in milliseconds. */
  now(): Millis
  /** Calls `fn` once, `delay` milliseconds from now; the returned function takes it back and may be called twice. */
  setTimer(delay: number, fn: () => void): () => void
}

/** Longer delays overflow setTimeout's 32-bit counter and would fire at once. */
const longestTimeout = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now() as Millis,
  setTimer(delay, fn) {
    const due = performance.now() + delay
    let handle: ReturnType<typeof setTimeout>
    const arm = () => {
      const rest = due - performance.now()
      handle = rest > longestTimeout ? setTimeout(arm, longestTimeout) : setTimeout(fn, Math.max(0, rest))
    }
    arm()
    return () => clearTimeout(handle)
  },
}

/** Resolves after `delay` milliseconds of `clock`; rejects with the signal's reason when it is aborted before. */
export function wait(clock: Clock, delay: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const abort = () => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = clock.setTimer(delay, () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    signal?.addEventListener('abort', abort, { once: true })
  })
}
