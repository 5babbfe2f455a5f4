/** What a torrent child process is told, and how a test runs one. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { PublishedSet, StagedArchive } from '../../src/main/distribution/engine.ts'
import type { ArchiveLink, CommunityId } from '../../src/shared/domain.ts'

export interface ChildTask {
  readonly root: string
  readonly communityId: CommunityId
  /** Dies here, as `armCrashPoint` takes it; null runs to the end. */
  readonly crashPoint: string | null
  readonly steps: readonly (
    | { readonly do: 'publish'; readonly previous: PublishedSet | null; readonly staged: readonly StagedArchive[] }
    | { readonly do: 'fetch'; readonly link: ArchiveLink }
  )[]
  /** Stays up after the last step. */
  readonly hold: boolean
}

export interface ChildLine {
  readonly step: 'started' | 'published' | 'fetched'
  readonly set?: PublishedSet
  readonly addresses?: readonly string[]
  readonly hashed?: number
  readonly downloaded?: number
}

export interface Child {
  readonly lines: readonly ChildLine[]
  /** Resolves with the first line of this step; rejects if the process ends before. */
  line(step: ChildLine['step']): Promise<ChildLine>
  /** `signal` that ended it, or null; after all of its output was read. */
  readonly ended: Promise<NodeJS.Signals | null>
  kill(signal?: NodeJS.Signals): void
}

export function runChild(task: ChildTask, options: { readonly witness?: string } = {}): Child {
  const file = new URL('./torrent-child.ts', import.meta.url)
  const hook = new URL('./network-witness.cjs', import.meta.url)
  const child = spawn(
    process.execPath,
    [...(options.witness === undefined ? [] : ['--require', hook.pathname]), file.pathname, JSON.stringify(task)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...(options.witness === undefined ? {} : { CHRONICLE_WITNESS: options.witness }) },
    },
  )
  const lines: ChildLine[] = []
  const waiting = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as ChildLine)
    for (const wake of waiting) wake()
  })
  const ended = once(child, 'close').then(([, signal]) => signal as NodeJS.Signals | null)
  return {
    lines,
    ended,
    kill: (signal = 'SIGKILL') => child.kill(signal),
    line: (step) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find((line) => line.step === step)
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
        void ended.then((signal) => reject(new Error(`The child ended (${signal}) before it had ${step}.`)))
      }),
  }
}
