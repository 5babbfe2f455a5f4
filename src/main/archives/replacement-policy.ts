/**
 * Which time of a history its archives speak for, so that what they do not hold may be put aside. Pure. Archives are cut
 * by the time of records and a message bears its author's, so nothing near an end, and nothing young, is ever judged.
 */
import type { ArchiveId, ArchiveState, EngineKind, Millis, Seconds } from '../../shared/domain.ts'
import { closingLag } from './schedule.ts'

export interface ImportedArchive {
  readonly engine: EngineKind
  readonly entry: { readonly id: ArchiveId; readonly from: Seconds; readonly to: Seconds }
  readonly state: ArchiveState
  /** Messages of it that were refused, by reason. */
  readonly refused: Readonly<Record<string, number>>
}

/** A closed partition of which everything is in the history, and the archives, of one engine, that hold it. */
export interface SpokenFor<A extends ImportedArchive> {
  readonly from: Seconds
  readonly to: Seconds
  readonly archives: readonly A[]
}

/** s; how late a message may reach the network, and so an archive, and still be looked for there. */
const GRACE = 24 * 3600
/** What an archive holds and this node could not read, or does not believe today though it may have once. */
const unreadable = [
  'waiting-for-key',
  'bad-encryption',
  'incomplete-segments',
  'bad-segments',
  'bad-record',
  'wrong-topic',
  'out-of-range',
  'not-permitted',
] as const

/** Newest first. An engine that lists fewer archives of a partition than another one does not know all of it. */
export function spokenFor<A extends ImportedArchive>(archives: readonly A[]): SpokenFor<A>[] {
  const partitions = new Map<string, Map<EngineKind, A[]>>()
  for (const archive of archives) {
    const key = `${archive.entry.from}-${archive.entry.to}`
    const engines = partitions.get(key) ?? new Map<EngineKind, A[]>()
    partitions.set(key, engines.set(archive.engine, [...(engines.get(archive.engine) ?? []), archive]))
  }
  return [...partitions.values()]
    .flatMap((engines) => {
      const most = Math.max(...[...engines.values()].map(({ length }) => length))
      const whole = [...engines.values()].find((share) => share.length === most && share.every(isRead))
      const [first] = whole ?? []
      return whole === undefined || first === undefined
        ? []
        : [{ from: first.entry.from, to: first.entry.to, archives: whole }]
    })
    .sort((a, b) => b.to - a.to || b.from - a.from)
}

const isRead = ({ state, refused }: ImportedArchive): boolean =>
  state === 'imported' && unreadable.every((reason) => (refused[reason] ?? 0) === 0)

/** Whether a time is old enough, and followed by enough other time that is spoken for. */
export function judges(
  partitions: readonly { readonly from: Seconds; readonly to: Seconds }[],
  now: Millis,
): (at: Millis) => boolean {
  const runs: { from: number; to: number }[] = []
  for (const { from, to } of [...partitions].sort((a, b) => a.from - b.from)) {
    const last = runs.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else runs.push({ from, to })
  }
  const longest = partitions.reduce((most, { from, to }) => Math.max(most, to - from), 0)
  const young = now - (closingLag(longest) + GRACE) * 1000
  return (at) => at < young && runs.some(({ from, to }) => at >= from * 1000 && at < (to - GRACE) * 1000)
}
