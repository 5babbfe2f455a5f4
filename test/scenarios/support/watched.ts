/** How promptly a person's program answers another process, and what it takes of the machine, while others attack it. */
import { readdirSync, readFileSync } from 'node:fs'
import type { ChatId, CommunityId } from '../../../src/shared/domain.ts'
import type { Person } from './person.ts'

/** ms between two questions. */
const PACE = 50

export interface Watch {
  /** Figures of what happened since the last call. */
  lap(): { readonly p50: number; readonly p99: number; readonly longest: number; readonly asked: number }
  end(): void
}

/** Asks for a page and for the history in turn. Counted from when a question was due: a busy program lets it wait. */
export function watch({ client }: Person, communityId: CommunityId, chatId: ChatId): Watch {
  let times: number[] = []
  let due = performance.now()
  let asked = 0
  const ask = () => {
    const since = Math.max(due, performance.now() - PACE)
    asked += 1
    const page = () => client.request('messages.page', { chatId, limit: 50 })
    const question = asked % 4 === 0 ? client.request('history.show', { communityId }) : page()
    void question.then(
      () => times.push(performance.now() - since),
      () => {},
    )
    due += PACE
    timer = setTimeout(ask, Math.max(0, due - performance.now()))
  }
  let timer = setTimeout(ask, 0)
  const lap = () => {
    const sorted = times.toSorted((a, b) => a - b)
    times = []
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { p50: at(0.5), p99: at(0.99), longest: at(1), asked: sorted.length }
  }
  return { lap, end: () => clearTimeout(timer) }
}

/** Bytes: what is this program's alone and its share of the rest, and all that is resident. Zeros where nobody tells. */
export function memoryOf(pid: number): { readonly pss: number; readonly rss: number } {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024
    return { pss: of('Pss'), rss: of('Rss') }
  } catch {
    return { pss: 0, rss: 0 }
  }
}

/**
 * ms that a program has had of the processors, its main thread and all of them: what other programs on the machine take
 * is not in it. Zeros where nobody tells.
 */
export function processorOf(pid: number): { readonly main: number; readonly all: number } {
  const of = (thread: string | number) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  try {
    return { main: of(pid), all: readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + of(thread), 0) }
  } catch {
    return { main: 0, all: 0 }
  }
}
