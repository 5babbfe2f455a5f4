/** What a node's process is told, how a test runs one, and how it kills it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { EngineKind } from '../../../src/shared/domain.ts'

export interface NodeTask {
  readonly role: 'owner' | 'member'
  /** Its engine. */
  readonly kind: EngineKind
  /** Everything the node keeps. */
  readonly folder: string
  /** The network's folder, which the kills do not touch. */
  readonly network: string
  /** Owner: what is said, one publication for each. Member: where the announcements lie. */
  readonly shelves: readonly string[]
}

export type NodeLine =
  | { readonly step: 'open' }
  | { readonly step: 'signal'; readonly name: string; readonly detail: string }
  /** Everything on this shelf is durable. */
  | { readonly step: 'heard'; readonly shelf: string }
  | { readonly step: 'published'; readonly shelf: string }
  | { readonly step: 'done'; readonly addresses: readonly string[] }

export interface RunningNode {
  readonly addresses: readonly string[]
  /** ms from the moment it had opened until it had nothing left to do. */
  readonly took: number
  /** Ends it in order. */
  stop(): Promise<void>
}

const child = fileURLToPath(new URL('./node-child.ts', import.meta.url))
/** ms; a node that takes longer hangs. */
const PATIENCE = 60_000
/** Processes that a failed test left behind. */
const alive = new Set<ChildProcess>()
process.once('exit', () => {
  for (const process_ of alive) process_.kill('SIGKILL')
})

class NodeProcess {
  readonly #process: ChildProcess & { readonly stdin: NodeJS.WritableStream }
  readonly #lines: (NodeLine & { readonly at: number })[] = []
  readonly #waiting = new Set<() => void>()
  readonly #hung: NodeJS.Timeout
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  #complaints = ''
  #over = false

  constructor(task: NodeTask, crashPoint: string | null) {
    const started = spawn(process.execPath, [child, JSON.stringify({ ...task, crashPoint })], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // The same modules are loaded some hundred times.
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'chronicle-chaos-compiled') },
    })
    this.#process = started
    alive.add(started)
    started.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints += text
    })
    createInterface({ input: started.stdout }).on('line', (line) => {
      this.#lines.push({ ...(JSON.parse(line) as NodeLine), at: performance.now() })
      this.#wake()
    })
    this.#hung = setTimeout(() => {
      this.#complaints += `It was ended because it had done nothing for ${PATIENCE} ms.`
      this.kill()
    }, PATIENCE)
    this.ended = once(started, 'close').then(([code, signal]) => {
      alive.delete(started)
      clearTimeout(this.#hung)
      // A store node forgets; what was heard is in the database or nowhere.
      if (task.role === 'owner')
        for (const line of this.#lines)
          if (line.step === 'heard') rmSync(join(task.network, line.shelf), { recursive: true, force: true })
      this.#over = true
      this.#wake()
      return { code, signal }
    })
  }

  get story(): string {
    return [...this.#lines.map((line) => JSON.stringify(line)), this.#complaints].join('\n')
  }

  get isHung(): boolean {
    return this.#complaints.includes('It was ended because')
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  /** Lets it stay up as long as it likes, until `finish`. */
  rest(): void {
    clearTimeout(this.#hung)
  }

  finish(): void {
    this.#process.stdin.end()
  }

  /** The first line of this step, or null if the process ends without one. */
  async line<S extends NodeLine['step']>(step: S): Promise<(NodeLine & { step: S; at: number }) | null> {
    const found = () =>
      this.#lines.find((line): line is NodeLine & { step: S; at: number } => line.step === step) ?? null
    while (found() === null && !this.#over) await new Promise<void>((resolve) => this.#waiting.add(resolve))
    return found()
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

/** Runs a node until it has nothing left to do. @throws with what it said, if it ends or hangs before. */
export async function runNode(task: NodeTask): Promise<RunningNode> {
  const node = new NodeProcess(task, null)
  const open = await node.line('open')
  const done = await node.line('done')
  if (done === null || open === null) throw new Error(`The node ended before it was done:\n${node.story}`)
  node.rest()
  return {
    addresses: done.addresses,
    took: done.at - open.at,
    stop: async () => {
      node.finish()
      const { code, signal } = await node.ended
      if (code !== 0) throw new Error(`The node ended with ${code ?? signal}:\n${node.story}`)
    },
  }
}

/** Runs a node that is to die at its crash point. False if it was done without coming by. */
export async function runUntilCrash(task: NodeTask, crashPoint: string): Promise<boolean> {
  const node = new NodeProcess(task, crashPoint)
  if ((await node.line('done')) !== null) {
    node.kill()
    await node.ended
    return false
  }
  const { signal } = await node.ended
  if (signal !== 'SIGKILL' || node.isHung) throw new Error(`The node was not killed by itself:\n${node.story}`)
  return true
}

/** Runs a node and kills it `delay` ms after it has opened, done or not. */
export async function runForAWhile(task: NodeTask, delay: number): Promise<void> {
  const node = new NodeProcess(task, null)
  if ((await node.line('open')) === null) throw new Error(`The node did not open:\n${node.story}`)
  await Promise.race([new Promise((resolve) => setTimeout(resolve, delay)), node.ended])
  node.kill()
  const { code, signal } = await node.ended
  if (signal !== 'SIGKILL')
    throw new Error(`The node ended with ${code ?? signal} before it was killed:\n${node.story}`)
}
