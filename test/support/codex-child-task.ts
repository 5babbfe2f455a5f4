/** What a Codex child process is told, and how a test runs one. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { PublishedSet, StagedArchive } from '../../src/main/distribution/engine.ts'
import type { ArchiveLink, CommunityId } from '../../src/shared/domain.ts'

export interface CodexTask {
  readonly root: string
  readonly communityId: CommunityId
  /** Dies here, as `armCrashPoint` takes it; null runs to the end. */
  readonly crashPoint: string | null
  readonly peers?: readonly string[]
  readonly publish?: { readonly previous: PublishedSet | null; readonly staged: readonly StagedArchive[] }
  readonly fetch?: ArchiveLink
  /** Stays up after the last step. */
  readonly hold: boolean
}

export interface CodexLine {
  readonly step: 'started' | 'published' | 'opened' | 'progress' | 'fetched'
  readonly set?: PublishedSet
  readonly addresses?: readonly string[]
  readonly done?: number
}

export interface CodexChild {
  readonly lines: readonly CodexLine[]
  /** The first line that passes; rejects if the process ends before. */
  line(test: (line: CodexLine) => boolean): Promise<CodexLine>
  /** The signal that ended it, or null; after all of its output was read. */
  readonly ended: Promise<NodeJS.Signals | null>
  kill(): void
}

export function runCodexChild(task: CodexTask): CodexChild {
  const file = new URL('./codex-child.ts', import.meta.url)
  const child = spawn(process.execPath, [file.pathname, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: CodexLine[] = []
  const waiting = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as CodexLine)
    for (const wake of waiting) wake()
  })
  const ended = once(child, 'close').then(([, signal]) => signal as NodeJS.Signals | null)
  return {
    lines,
    ended,
    kill: () => child.kill('SIGKILL'),
    line: (test) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find(test)
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
        void ended.then((signal) => reject(new Error(`The child ended (${signal}) before that.`)))
      }),
  }
}
