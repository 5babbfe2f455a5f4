/**
 * The bench: several people of this machine in one window, to try a whole community out by clicks. They are made for it,
 * live in a folder of their own and are gone when it is closed; the person who is logged in is not one of them.
 */
import { z } from 'zod'
import { communityId, done, millis, nothing, seconds } from './nouns.ts'

const id = z.string().max(64)
const count = z.int().min(0)

/** What may be asked of a person of the bench: nothing that carries a secret, and nothing about who they are. */
export const benchQuestions = [
  'communities.list',
  'communities.create',
  'communities.join',
  'communities.leave',
  'communities.setHistoryArchives',
  'history.show',
  'history.archiveNow',
  'history.pause',
  'messages.post',
  'messages.search',
  'network.status',
  'settings.get',
  'settings.set',
  'transfers.list',
] as const

const person = z.object({
  id,
  name: z.string(),
  state: z.enum(['logged-out', 'logging-in', 'logged-in', 'logging-out']),
  /** Why the last step failed; empty where it did not. */
  trouble: z.string(),
})

const step = z.object({
  title: z.string(),
  state: z.enum(['running', 'passed', 'failed']),
  done: count,
  /** 0: not known. */
  total: count,
  /** What came of it, or what it was that failed. */
  detail: z.string(),
  startedAt: millis,
  /** ms; null while it runs. */
  took: count.nullable(),
})

const run = z.object({
  state: z.enum(['running', 'passed', 'failed', 'stopped']),
  engine: z.enum(['torrent', 'codex', 'both']),
  startedAt: millis,
  steps: z.array(step).max(50).readonly(),
})

const bench = z.object({
  /** The Waku service node that its people use. */
  service: z.object({
    state: z.enum(['off', 'starting', 'on', 'stopping']),
    addresses: z.array(z.string()).readonly(),
    trouble: z.string(),
  }),
  people: z.array(person).readonly(),
  /** The last scenario that was run. */
  run: run.nullable(),
  /** The machine's clock. */
  now: millis,
})

const signal = z.object({
  /** Rises with every line. */
  seq: count,
  at: millis,
  /** Whose node said it: a person of the bench, or null for the person who is logged in. */
  person: id.nullable(),
  name: z.string(),
  communityId: communityId.nullable(),
  from: seconds.nullable(),
  to: seconds.nullable(),
  detail: z.string(),
})

export const benchRequests = {
  'bench.show': { input: nothing, output: bench },
  /** Makes a person and logs them in. */
  'bench.add': { input: z.object({ name: z.string().trim().min(1).max(100) }), output: bench },
  'bench.login': { input: z.object({ id }), output: bench },
  'bench.logout': { input: z.object({ id }), output: bench },
  'bench.service': { input: z.object({ on: z.boolean() }), output: bench },
  /** One of `benchQuestions`, answered by that person's node; input and answer are those of the contract. */
  'bench.ask': {
    input: z.object({ id, name: z.enum(benchQuestions), input: z.unknown().optional() }),
    output: z.unknown(),
  },
  /** Newest first; `before` is the `seq` of the last line of the page before. */
  'bench.signals': {
    input: z.object({
      person: id.nullable().optional(),
      name: z.string().max(64).optional(),
      before: count.optional(),
      limit: z.int().min(1).max(1000),
    }),
    output: z.object({ lines: z.array(signal).readonly(), dropped: count }),
  },
  /** Archives a history and restores it, as `chronicle demo` does; two minutes at most. */
  'bench.run': { input: z.object({ engine: z.enum(['torrent', 'codex', 'both']) }), output: bench },
  'bench.stop': { input: nothing, output: bench },
  /** Ends everything and deletes its folder. */
  'bench.clear': { input: nothing, output: done },
} as const

export const benchEvents = {
  'bench.changed': bench,
  'bench.signal': signal,
} as const

export type Bench = z.output<typeof bench>
export type BenchPerson = z.output<typeof person>
export type BenchQuestion = (typeof benchQuestions)[number]
export type BenchRun = z.output<typeof run>
export type BenchSignal = z.output<typeof signal>
export type BenchStep = z.output<typeof step>
