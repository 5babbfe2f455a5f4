/**
 * Makes plans without keeping this thread busy. One that is small is there at once; a large one takes its steps between
 * other work, and the next is not begun before this thread has had ten times as long for other things: whoever can make
 * archives fail one by one would otherwise have it plan without end.
 */
import type { Clock } from '../clock.ts'
import { type DownloadPlan, type PlanInput, planSteps } from './plan.ts'

/** Steps that are taken at once, ms of this thread's time that they may take, and what rest follows a longer plan. */
const FEW = 8
const SLICE = 4
const REST = 10

export class Planner {
  readonly #clock: Clock
  readonly #input: () => PlanInput
  readonly #made: (plan: DownloadPlan) => void
  /** Something has changed since the plan, or the one being made, was begun. */
  #stale = true
  #busy = false
  #resting: (() => void) | null = null
  #closed = false

  /** `made` is given a plan whenever there is a new one; not while `plan` runs. */
  constructor(clock: Clock, input: () => PlanInput, made: (plan: DownloadPlan) => void) {
    this.#clock = clock
    this.#input = input
    this.#made = made
  }

  /** What the plan rests on has changed. */
  outdate(): void {
    this.#stale = true
  }

  /** A newer plan, if one can be had at once; otherwise one will be told of. Null also where nothing has changed. */
  plan(): DownloadPlan | null {
    if (!this.#stale || this.#busy || this.#resting !== null || this.#closed) return null
    this.#stale = false
    const steps = planSteps(this.#input())
    for (let step = 0; step < FEW; step += 1) {
      const next = steps.next()
      if (next.done) return next.value
    }
    this.#busy = true
    void this.#go(steps)
    return null
  }

  /** Whether the plan that is there is the newest that there could be. */
  get isCurrent(): boolean {
    return !this.#stale && !this.#busy
  }

  close(): void {
    this.#closed = true
    this.#resting?.()
  }

  async #go(steps: ReturnType<typeof planSteps>): Promise<void> {
    let took = 0
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#closed) return
      const began = performance.now()
      let next = steps.next()
      while (!next.done && performance.now() - began < SLICE) next = steps.next()
      took += performance.now() - began
      if (!next.done) continue
      this.#busy = false
      this.#resting = this.#clock.setTimer(took * REST, () => {
        this.#resting = null
        if (this.#stale) this.#again()
      })
      return this.#made(next.value)
    }
  }

  #again(): void {
    const plan = this.plan()
    if (plan !== null) this.#made(plan)
  }
}
