/** History archives: what an owner made and announced, what a member wants and has. */
import { z } from 'zod'
import { signalNames } from '../activity.ts'
import { archive, archiveId, communityId, done, engine, link, millis, seconds } from './nouns.ts'

/** What the owner sees of its archive loop, and the member of its restoration. */
const history = z.object({
  archives: z.array(archive).readonly(),
  /** ms; how long one archive spans. */
  interval: millis,
  lastEnd: seconds.nullable(),
  nextAt: millis.nullable(),
  /** Records not yet in any archive (owner). */
  unarchived: z.int(),
  links: z.array(z.object({ engine, clock: millis, link, state: z.string() })).readonly(),
  /** Time that no store node could give any more: this node was away for longer than they keep messages. */
  gaps: z.array(z.object({ from: seconds, to: seconds })).readonly(),
  paused: z.boolean(),
  /** Everything ignored or refused, counted by reason. */
  refused: z.array(z.object({ reason: z.string(), count: z.int() })).readonly(),
})

export const historyRequests = {
  'history.show': { input: z.object({ communityId }), output: history },
  'history.archiveNow': { input: z.object({ communityId }), output: z.object({ archives: z.int() }) },
  'history.pause': { input: z.object({ communityId, on: z.boolean() }), output: done },
  'history.retry': { input: z.object({ communityId, archiveId }), output: done },
} as const

export const historyEvents = {
  'history.changed': z.object({ communityId }),
  /** PROTOCOL.md §8. */
  'history.signal': z.object({
    name: z.enum(signalNames),
    communityId,
    from: seconds.nullable(),
    to: seconds.nullable(),
    at: millis,
    /** A reason, a link or a sentence; empty where name and range say everything. */
    detail: z.string(),
  }),
} as const

export type History = z.output<typeof history>
