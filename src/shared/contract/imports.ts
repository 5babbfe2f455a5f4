/** Pasts from elsewhere: an owner brings a Discord export into a community. */
import { z } from 'zod'
import { chatId, communityId, millis } from './nouns.ts'

const id = z.string().regex(/^[0-9a-f]{16}$/)
const count = z.int().min(0)

/** Where in a file something is wrong. */
const place = { line: count, byte: count }

/** Anything not taken over, and how often. */
const leftOut = z.array(z.object({ reason: z.string(), count })).readonly()

const imported = z.object({
  id,
  communityId,
  kind: z.literal('discord'),
  /** A report about what would happen; nothing is written, and the report lives as long as the node. */
  dryRun: z.boolean(),
  /** `cancelled` and `failed` can be resumed; `incomplete`: a file could not be read to its end. */
  state: z.enum(['running', 'done', 'incomplete', 'cancelled', 'failed']),
  startedAt: millis,
  endedAt: millis.nullable(),
  files: count,
  bytesDone: count,
  bytesTotal: count,
  /** Messages read; those that are new here; those that were here before. */
  messages: count,
  added: count,
  known: count,
  leftOut,
  /** Messages a second, while it runs. */
  rate: z.number(),
  /** Why it failed; empty otherwise. */
  error: z.string(),
})

const file = z.object({
  path: z.string(),
  state: z.enum(['waiting', 'reading', 'done', 'failed']),
  /** The channel there, and the one here; null until the file was opened, or in a dry run would be created. */
  channel: z.string(),
  chatId: chatId.nullable(),
  bytesDone: count,
  bytesTotal: count,
  messages: count,
  added: count,
  known: count,
  error: z.object({ ...place, reason: z.string() }).nullable(),
})

const example = z.object({ reason: z.string(), path: z.string(), ...place, detail: z.string() })

const report = z.object({
  import: imported,
  files: z.array(file).readonly(),
  /** The first of each reason. */
  examples: z.array(example).readonly(),
})

export const importRequests = {
  'imports.start': {
    input: z.object({
      communityId,
      kind: z.literal('discord'),
      /** Absolute, on the node's machine. */
      files: z.array(z.string().min(1).max(4096)).min(1).max(1000),
      /** From a Discord channel, by id or name, to a channel here, by id or name. */
      map: z
        .array(z.object({ from: z.string().min(1).max(200), to: z.string().min(1).max(200) }))
        .max(1000)
        .optional(),
      dryRun: z.boolean().optional(),
    }),
    output: imported,
  },
  /** Newest first. */
  'imports.list': {
    input: z.object({ communityId: communityId.optional(), limit: z.int().min(1).max(100) }),
    output: z.array(imported).readonly(),
  },
  'imports.show': { input: z.object({ id }), output: report },
  'imports.cancel': { input: z.object({ id }), output: imported },
  'imports.resume': { input: z.object({ id }), output: imported },
} as const

export const importEvents = {
  'imports.changed': z.object({ import: imported }),
} as const

export type Import = z.output<typeof imported>
export type ImportFile = z.output<typeof file>
export type ImportExample = z.output<typeof example>
export type ImportReport = z.output<typeof report>
