/**
 * A scenario on the bench: the main job, on nodes of its own, step by step. It ends by itself: when it is done, when
 * something fails, or when its time is over.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchRun, BenchStep } from '../../../shared/contract.ts'
import type { Millis } from '../../../shared/domain.ts'
import { systemClock } from '../../clock.ts'
import { readCorpus, runDemo } from '../../demo/index.ts'
import { ApiError } from '../failures.ts'

/** The app's own sample; it lies at the same distance from src/ and from out/. */
const sample = fileURLToPath(new URL('../../../../resources/sample/community.ndjson', import.meta.url))
/** Messages of it that are used: enough for several archives, few enough for a minute. */
const messages = 80
/** ms */
const longest = 120_000
/** ms between two reports of the same step. */
const pace = 250

type Writable<T> = { -readonly [K in keyof T]: T[K] }

export class Scenario {
  readonly #changed: () => void
  #run: Writable<BenchRun> | null = null
  #controller: AbortController | null = null
  #ended: Promise<void> = Promise.resolve()

  constructor(changed: () => void) {
    this.#changed = changed
  }

  get run(): BenchRun | null {
    return this.#run
  }

  /** Resolves when it has begun. @throws ApiError `busy` */
  async start(engine: BenchRun['engine']): Promise<void> {
    if (this.#run?.state === 'running')
      throw new ApiError('busy', 'A scenario is being run.', 'Wait until it ends, or stop it.')
    const controller = new AbortController()
    const run: Writable<BenchRun> = { state: 'running', engine, startedAt: systemClock.now() as Millis, steps: [] }
    this.#controller = controller
    this.#run = run
    this.#changed()
    this.#ended = this.#play(run, controller.signal)
  }

  async stop(): Promise<void> {
    this.#controller?.abort(new Error('It was stopped.'))
    await this.#ended
  }

  async #play(run: Writable<BenchRun>, stopped: AbortSignal): Promise<void> {
    const folder = await mkdtemp(path.join(tmpdir(), 'chronicle-scenario-'))
    const late = AbortSignal.timeout(longest)
    try {
      const corpus = (await readCorpus(sample)).slice(0, messages)
      const demo = await runDemo({
        corpus,
        members: 1,
        engines: run.engine === 'both' ? ['torrent', 'codex'] : [run.engine],
        folder,
        signal: AbortSignal.any([stopped, late]),
        step: (title, total) => this.#step(run, title, total ?? 0),
      })
      const different = demo.comparisons.flatMap(({ identical, examples }) => (identical ? [] : examples))
      await demo.close()
      if (demo.comparisons.some(({ identical }) => !identical))
        throw new Error(`The member’s history differs: ${different.slice(0, 3).join('; ')}`)
      run.state = 'passed'
    } catch (error) {
      const why = late.aborted ? `It took longer than ${longest / 1000} s.` : sentence(error)
      run.state = stopped.aborted ? 'stopped' : 'failed'
      const at = run.steps.at(-1)
      const failed = { state: 'failed' as const, detail: why }
      if (at?.state === 'running') this.#change(run, run.steps.length - 1, { ...failed, took: since(at) })
      else run.steps = [...run.steps, { ...began('The result', 0), ...failed, took: 0 }]
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
      this.#changed()
    }
  }

  #step(run: Writable<BenchRun>, title: string, total: number) {
    const at = run.steps.length
    const step = began(title, total)
    run.steps = [...run.steps, step]
    this.#changed()
    let told = 0
    return {
      update: (done: number) => {
        const now = systemClock.now()
        this.#change(run, at, { done })
        if (now - told < pace) return
        told = now
        this.#changed()
      },
      done: (detail: string) => {
        const took = since(step)
        this.#change(run, at, { state: 'passed', done: total, detail, took })
        this.#changed()
        return took
      },
    }
  }

  #change(run: Writable<BenchRun>, at: number, change: Partial<BenchStep>): void {
    run.steps = run.steps.map((step, index) => (index === at ? { ...step, ...change } : step))
  }
}

const began = (title: string, total: number): BenchStep => ({
  ...{ title, state: 'running', done: 0, total, detail: '' },
  ...{ startedAt: systemClock.now() as Millis, took: null },
})
const since = ({ startedAt }: BenchStep): number => Math.max(0, Math.round(systemClock.now() - startedAt))
const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))
