/** Ten years of a busy community as archives on disk: a corpus said again and again, every message signed by its author. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type CorpusMessage, readCorpus } from '../../../src/main/demo/index.ts'
import type { StagedArchive } from '../../../src/main/distribution/engine.ts'
import type { ChatId, CommunityId, Seconds } from '../../../src/shared/domain.ts'

export const WEEKS = 520
export const WEEK = 7 * 24 * 3600
/** People; each has a name of their own. */
const AUTHORS = 200
const MOST_LINES = 20_000

export interface BigHistoryTask {
  readonly communityId: CommunityId
  readonly chatIds: readonly ChatId[]
  readonly folder: string
  readonly texts: readonly string[]
  readonly authors: number
  /** Messages of each week; the last one may have fewer. */
  readonly perWeek: number
  readonly messages: number
  /** s; the beginning of the first week. */
  readonly start: Seconds
  /** This thread makes every week whose number is `share` modulo `shares`. */
  readonly share: number
  readonly shares: number
}

export interface BigHistoryInput {
  readonly communityId: CommunityId
  readonly chatIds: readonly ChatId[]
  readonly folder: string
  readonly corpus: string
  readonly messages: number
  /** s; when the last week ended. */
  readonly end: Seconds
  readonly threads: number
}

/** A word that only the message of this number has, so that a search for it finds that one alone. */
export const markOf = (message: number): string => `mark${message.toString(36)}x`

/** The archives, oldest first; their files lie in `folder`. */
export async function bigHistory(input: BigHistoryInput): Promise<StagedArchive[]> {
  const { corpus, messages, end, threads, ...rest } = input
  const lines: readonly CorpusMessage[] = (await readCorpus(corpus)).slice(0, MOST_LINES)
  const task: Omit<BigHistoryTask, 'share' | 'shares'> = {
    ...rest,
    messages,
    texts: lines.map(({ text }) => text),
    authors: AUTHORS,
    perWeek: Math.ceil(messages / WEEKS),
    start: (end - WEEKS * WEEK) as Seconds,
  }
  const shares = await Promise.all(
    Array.from({ length: threads }, async (_one, share) => {
      const worker = new Worker(new URL('./big-history-thread.ts', import.meta.url), {
        workerData: { ...task, share, shares: threads } satisfies BigHistoryTask,
      })
      const [made] = await once(worker, 'message')
      return made as StagedArchive[]
    }),
  )
  return shares.flat().toSorted((a, b) => a.from - b.from)
}
