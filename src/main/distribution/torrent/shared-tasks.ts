/** Work that several callers may wait for at once: it runs once, and is cancelled when the last of them has left. */
import { EngineError } from '../engine.ts'

export interface Progress {
  readonly done: number
  readonly total: number
}

export interface TaskContext {
  readonly signal: AbortSignal
  readonly progress: (progress: Progress) => void
}

export interface Waiter {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

interface Running<T> {
  readonly result: Promise<T>
  readonly controller: AbortController
  readonly waiters: Set<Waiter>
  last: Progress | null
}

export class SharedTasks<T> {
  readonly #running = new Map<string, Running<T>>()

  get size(): number {
    return this.#running.size
  }

  /** Joins the task of this name, or begins it. */
  async join(name: string, begin: (context: TaskContext) => Promise<T>, waiter: Waiter = {}): Promise<T> {
    if (waiter.signal?.aborted) throw cancelled(waiter.signal.reason)
    const task = this.#running.get(name) ?? this.#begin(name, begin)
    const mine = { ...waiter }
    task.waiters.add(mine)
    if (task.last !== null) mine.onProgress?.(task.last)
    const left = Promise.withResolvers<never>()
    left.promise.catch(() => {})
    const abort = () => left.reject(cancelled(waiter.signal?.reason))
    waiter.signal?.addEventListener('abort', abort, { once: true })
    try {
      return await Promise.race([task.result, left.promise])
    } finally {
      waiter.signal?.removeEventListener('abort', abort)
      task.waiters.delete(mine)
      if (task.waiters.size === 0) {
        if (this.#running.get(name) === task) this.#running.delete(name)
        task.controller.abort(cancelled())
      }
    }
  }

  #begin(name: string, begin: (context: TaskContext) => Promise<T>): Running<T> {
    const controller = new AbortController()
    const waiters = new Set<Waiter>()
    const progress = (now: Progress) => {
      task.last = now
      for (const waiter of waiters) waiter.onProgress?.(now)
    }
    const result = Promise.resolve().then(() => begin({ signal: controller.signal, progress }))
    const task: Running<T> = { result, controller, waiters, last: null }
    result.catch(() => {})
    this.#running.set(name, task)
    return task
  }
}

export function cancelled(reason?: unknown): EngineError {
  return new EngineError('aborted', 'The transfer was cancelled.', reason === undefined ? {} : { cause: reason })
}
