/** What the node did, line by line, and what of it a person should not miss. */
import { z } from 'zod'
import type { ActivityLine } from '../activity.ts'
import { activityKinds } from '../activity.ts'
import { communityId, done, millis, nothing, seconds } from './nouns.ts'

/** Rises with every line of a profile's log. */
const seq = z.int().min(0)

const line = z.object({
  seq,
  at: millis,
  /** One of `activityKinds`, unless another version wrote it. */
  kind: z.string(),
  communityId: communityId.nullable(),
  from: seconds.nullable(),
  to: seconds.nullable(),
  detail: z.string(),
}) satisfies z.ZodType<ActivityLine>

export const activityRequests = {
  /** Newest first; `before` is the `seq` of the last line of the page before. */
  'activity.page': {
    input: z.object({
      communityId: communityId.optional(),
      kind: z.enum(activityKinds).optional(),
      before: seq.optional(),
      limit: z.int().min(1).max(500),
    }),
    /** `dropped`: how many of the oldest lines are no longer kept. */
    output: z.object({ lines: z.array(line).readonly(), dropped: z.int().min(0) }),
  },
  /** How this node is, for somebody who helps: a text without keys or messages; lines of the log may name a channel or a file. */
  'diagnostics.show': { input: nothing, output: z.object({ text: z.string() }) },
  /** Lines that stay on screen until somebody has seen them, oldest first. */
  'notices.list': { input: nothing, output: z.array(line).readonly() },
  /** This one and all before it were seen. */
  'notices.dismiss': { input: z.object({ seq }), output: done },
} as const

export const activityEvents = {
  /** Something that a person should see happened while they are logged in. */
  'notices.changed': z.array(line).readonly(),
} as const
