/**
 * What a node tells of its work, by name: the signals of PROTOCOL.md §8, and what else goes into the activity log that a
 * person can read. One list for the node, the contract and every front end, and the sentence for each of them.
 */
import type { CommunityId, Millis, Seconds } from './domain.ts'

/** PROTOCOL.md §8, without `community.`; those marked as ours are not in it. */
export const signalNames = [
  'historyArchivesProtocolEnabled',
  'historyArchivesProtocolDisabled',
  'creatingHistoryArchives',
  'historyArchivesCreated',
  'noHistoryArchivesCreated',
  'historyArchivesSeeding',
  'historyArchivesUnseeded',
  'indexDownloadCompleted',
  'downloadingHistoryArchivesStarted',
  'historyArchiveDownloaded',
  'importingHistoryArchiveMessages',
  'downloadingHistoryArchivesFinished',
  /** Ours: an archive or an index entry was refused; `detail` says why. */
  'historyArchiveRefused',
  /** Ours: no store node has this time any more; it is a hole in the history. RULES.md R2.5. */
  'historyArchivesGap',
  /** Ours: something an owner or a member should see, in a sentence. */
  'historyArchivesNotice',
] as const
export type SignalName = (typeof signalNames)[number]

/** Everything that the log knows: the signals, and what happened to the profile as a whole. */
export const activityKinds = [
  ...signalNames,
  /** The database was damaged; `detail` says which backup stands in for it and where the damaged one lies. */
  'databaseRestored',
  /** The database was damaged and no backup was whole; the person chose to begin with an empty one. */
  'databaseStartedAnew',
  /** A past from elsewhere was brought in; `detail` says how much of it. */
  'pastImported',
] as const
export type ActivityKind = (typeof activityKinds)[number]

/** What stays on screen until a person has seen it. */
export const noticeKinds = ['databaseRestored', 'databaseStartedAnew'] as const satisfies readonly ActivityKind[]

/** One line of the log. */
export interface ActivityLine {
  /** Rises with every line. */
  readonly seq: number
  readonly at: Millis
  /** One of `activityKinds`, unless another version wrote it. */
  readonly kind: string
  readonly communityId: CommunityId | null
  readonly from: Seconds | null
  readonly to: Seconds | null
  /** A reason, a link or a sentence; empty where kind and range say everything. */
  readonly detail: string
}

type Told = Pick<ActivityLine, 'from' | 'to' | 'detail'>

/** Receives the range in words, with a space before it, or an empty text. */
const sentences: Readonly<Record<ActivityKind, (range: string, detail: string) => string>> = {
  historyArchivesProtocolEnabled: () => 'History archives were switched on.',
  historyArchivesProtocolDisabled: () => 'History archives were switched off.',
  creatingHistoryArchives: (range) => `Began to archive the messages${range}.`,
  historyArchivesCreated: (range) => `Archived and published the messages${range}.`,
  noHistoryArchivesCreated: (range) => `There was nothing to archive${range}.`,
  historyArchivesSeeding: () => 'The history is offered to others.',
  historyArchivesUnseeded: () => 'The history is no longer offered to others.',
  indexDownloadCompleted: () => 'Fetched the list of archives.',
  downloadingHistoryArchivesStarted: () => 'Began to download the history.',
  historyArchiveDownloaded: (range) => `Downloaded the archive${range}.`,
  importingHistoryArchiveMessages: (range) => `Began to import the archive${range}.`,
  downloadingHistoryArchivesFinished: () => 'Everything wanted was downloaded and imported.',
  historyArchiveRefused: (range, detail) => `Refused the archive${range}: ${detail}`,
  historyArchivesGap: (range, detail) =>
    `No store node has the messages${range} any more.${detail === '' ? '' : ` ${detail}`}`,
  historyArchivesNotice: (_range, detail) => detail,
  databaseRestored: (_range, detail) => detail,
  databaseStartedAnew: (_range, detail) => detail,
  pastImported: (_range, detail) => detail,
}

/** What happened, in words; the community is not named, since a list of lines shows it beside them. */
export function activitySentence(kind: string, told: Told, day: (at: Seconds) => string = isoDay): string {
  const { from, to, detail } = told
  const range = from === null || to === null ? '' : ` from ${day(from)} to ${day(to)}`
  if (!isActivityKind(kind)) return detail === '' ? kind : `${kind}: ${detail}`
  return sentences[kind](range, detail)
}

export const isActivityKind = (kind: string): kind is ActivityKind => Object.hasOwn(sentences, kind)

/** A range that lies may be outside of what a date can say. */
function isoDay(seconds: Seconds): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().slice(0, 10)
}
