/** History archives: what an owner made and announced, what a member wants and has. */
import { z } from 'zod'
import { signalNames } from '../activity.ts'
import { missingReasons, weekStates } from '../coverage.ts'
import { archive, archiveId, communityId, done, engine, link, message, millis, seconds } from './nouns.ts'

/** What a member wants of a history: all of it, the newest archive's time only, or a stretch of time. */
const wanted = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('all') }),
  z.object({ kind: z.literal('latest') }),
  z.object({ kind: z.literal('range'), from: seconds, to: seconds }).refine(({ from, to }) => from < to, {
    error: 'the range ends before it begins',
  }),
])

/** Why an owner's node publishes nothing for a community now. RULES.md R1.2, R1.3, R3.7. */
const hold = z.object({
  reason: z.enum([
    /** The newest announcement is being looked for. */
    'looking',
    'no-store',
    'no-description',
    'no-link',
    /** The description speaks of newer archives than any link leads to. */
    'newer-link-missing',
    'engine-off',
    'fetching',
    /** Another device with the same key publishes, and members follow it. */
    'other-device',
    'yielded',
  ]),
  /** A sentence. */
  detail: z.string(),
  since: millis,
  /** Archives that are here, of those there are; both 0 where nothing is being fetched. */
  done: z.int(),
  total: z.int(),
})

/** Another device that announces archives with the same key. RULES.md R3.7. */
const rival = z.object({
  /** What tells it from this one: hex of its device id, or the name of its installation. */
  device: z.string(),
  /** ms; first and last heard. */
  since: millis,
  heardAt: millis,
  link,
  clock: millis,
  /** Whose links members follow, as far as can be told. */
  followed: z.enum(['this-device', 'other-device']),
  choice: z.enum(['keep-publishing', 'yield']).nullable(),
})

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
  wanted,
  /** Whether what was downloaded is served to others. */
  seeding: z.boolean(),
  /** Whether archives replace what is here, and how many messages were put aside for that and can be brought back. */
  replaces: z.boolean(),
  replaced: z.int(),
  /** Everything ignored or refused, counted by reason. */
  refused: z.array(z.object({ reason: z.string(), count: z.int() })).readonly(),
  /** Owner: whether publishing may go on, or what it waits for. */
  standing: z.enum(['member', 'publishing', 'held']),
  hold: hold.nullable(),
  rival: rival.nullable(),
})

/** Raw records of an owner's community: what the retention of the settings would free now, and what stays. */
const retention = z.object({
  /** 0: everything is kept. */
  days: z.int(),
  records: z.int(),
  bytes: z.int(),
  /** Records old enough that stay: they are in no archive yet, or an engine or the network lacks it. */
  held: z.int(),
  /** Of the oldest record that stays whole. */
  oldestKept: seconds.nullable(),
  /** Bytes inside the database file that hold nothing and are used before it grows. */
  reusable: z.int(),
})
const pruned = z.object({
  dryRun: z.boolean(),
  records: z.int(),
  bytes: z.int(),
  /** Bytes by which the database file became smaller. */
  returned: z.int(),
})

/** What archives would replace: messages of their time that none of them holds. */
const replacement = z.object({
  on: z.boolean(),
  messages: z.int(),
  /** Those are the newest; older time is looked at when they are gone. */
  more: z.boolean(),
  /** Messages after the end of the newest archive: they stay, as does what is not a day old. */
  younger: z.int(),
  /** Archives that cannot be read now; while there are any, nothing is replaced. */
  unread: z.int(),
  /** Put aside before, and can be brought back. */
  replaced: z.int(),
  /** Newest first; weeks as Unix time has them. */
  weeks: z
    .array(z.object({ from: seconds, messages: z.int() }))
    .max(5300)
    .readonly(),
  /** The newest of them. */
  first: z.array(message).max(50).readonly(),
})

/** A week of the map, beginning where the history does. */
const week = z.object({
  from: seconds,
  to: seconds,
  state: z.enum(weekStates),
  /** Why it is missing; null where it is not. */
  missing: z.enum(missingReasons).nullable(),
  /** What its archives say of themselves: codes and sentences. */
  reasons: z.array(z.string()).readonly(),
  archives: z.int(),
  /** Messages and bytes of its archives. */
  messages: z.int(),
  bytes: z.int(),
  /** Messages that did not first come in an archive, counted by days. */
  live: z.int(),
  /** Connected peers that hold all of it; null where no engine can tell. */
  peers: z.int().nullable(),
})

export const historyRequests = {
  /** The newest weeks, oldest first; `weeks` of the answer counts all of them. */
  'history.coverage': {
    input: z.object({ communityId, limit: z.int().min(1).max(5300) }),
    output: z.object({ weeks: z.int(), newest: z.array(week).readonly() }),
  },
  'history.show': { input: z.object({ communityId }), output: history },
  'history.archiveNow': { input: z.object({ communityId }), output: z.object({ archives: z.int() }) },
  'history.pause': { input: z.object({ communityId, on: z.boolean() }), output: done },
  'history.want': { input: z.object({ communityId, wanted }), output: done },
  /** Gives up what is not here yet; the next announcement is followed again. */
  'history.cancel': { input: z.object({ communityId }), output: done },
  'history.seed': { input: z.object({ communityId, on: z.boolean() }), output: done },
  'history.retry': { input: z.object({ communityId, archiveId }), output: done },
  'history.retention': { input: z.object({ communityId }), output: retention },
  /** Frees raw records that need not be kept; by default it only says how many. Messages are never touched. */
  'history.prune': { input: z.object({ communityId, dryRun: z.boolean().default(true) }), output: pruned },
  /** Reads every archive: it takes as long as importing them did. Changes nothing. */
  'history.previewReplacement': { input: z.object({ communityId }), output: replacement },
  /** Off by default. What is replaced is put aside, not deleted. Not for an owner. */
  'history.setReplacement': { input: z.object({ communityId, on: z.boolean() }), output: done },
  /** Brings back what was put aside, and switches it off. */
  'history.restoreReplaced': { input: z.object({ communityId }), output: z.object({ messages: z.int() }) },
  /** Gives up what was published before and cannot be found. `name` is the community's, typed by its owner. R1.3. */
  'history.startAfresh': { input: z.object({ communityId, name: z.string().max(100) }), output: done },
  /** Which of two devices with the same key goes on. R3.7. */
  'history.resolveRival': {
    input: z.object({ communityId, choice: z.enum(['keep-publishing', 'yield']) }),
    output: done,
  },
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
    /** Of `historyArchivesSeeding`: which engine offers the history now. */
    seeding: z.object({ torrent: z.boolean(), codex: z.boolean() }).nullable(),
  }),
} as const

export type History = z.output<typeof history>
export type ReplacementPreview = z.output<typeof replacement>
export type PublishingHold = z.output<typeof hold>
export type Rival = z.output<typeof rival>
