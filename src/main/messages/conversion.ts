/**
 * Brings messages that an earlier version stored into today's form, a few at a time, while everything else goes on.
 * What is done stays done: it may be stopped anywhere and goes on with the next start.
 */
import type { Store } from '../store/index.ts'
import { contentsIn } from './contents.ts'

/** Messages in a slice, and bytes of them: a few milliseconds of this thread's time. */
const SLICE = 100
const SLICE_BYTES = 500_000

export async function convertMessages(conversion: Store['conversion'], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const messages = await conversion.next(SLICE, SLICE_BYTES)
    if (messages.length === 0 || signal.aborted) return
    await conversion.convert(
      messages.map(({ key, communityId, body }) => ({ key, contents: contentsIn(body, communityId) })),
    )
  }
}
