/** The engine's thread, from outside: started, asked, and replaced by another when it dies. */
import type { Worker } from 'node:worker_threads'
import { type Clock, wait } from '../../../clock.ts'
import { type Async, type Connection, connect, RpcError } from '../../../workers/rpc.ts'
import { EngineError, type EngineEvents } from '../../engine.ts'
import { toEngineError } from './errors.ts'
import type { CodexService } from './service.ts'

export type Api = Async<CodexService>

export interface ThreadOptions {
  readonly clock: Clock
  /** @param port 0 for the configured one */
  readonly spawn: (port: number) => Worker
  /** A new thread has started, and knows nothing yet. It counts as running when this resolves. */
  readonly prepare: (api: Api) => Promise<void>
  readonly listen: (connection: Connection<CodexService, EngineEvents>) => void
  readonly onState: (state: 'starting' | 'failed', error: string) => void
  /** The thread that gave the last totals is no more. */
  readonly onDeath: () => void
}

interface Running {
  readonly worker: Worker
  readonly connection: Connection<CodexService, EngineEvents>
  readonly port: number
}

/** ms before the n-th restart in a row; after these the engine has failed. */
const restartDelays = [0, 1_000, 5_000, 15_000]
/** ms of quiet after which a restart counts as the first again. */
const settledAfter = 60_000
/** Times that a call is made anew because the thread died under it. */
const callAttempts = 3
/** ms that an orderly stop may take before the thread is ended as it is. */
const stopPatience = 10_000

export class EngineThread {
  readonly #options: ThreadOptions
  #running: Promise<Running> | null = null
  #deaths = { count: 0, last: Number.NEGATIVE_INFINITY }

  constructor(options: ThreadOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const starting = this.#running ?? this.#launch(0)
    this.#running = starting
    try {
      await starting
    } catch (error) {
      if (this.#running === starting) this.#running = null
      throw toEngineError(error, 'start the Codex engine')
    }
  }

  async stop(): Promise<void> {
    const running = this.#running
    this.#running = null
    const found = await running?.catch(() => null)
    if (found === undefined || found === null) return
    const patience = new AbortController()
    const stopped = found.connection.api.stop().catch(() => {})
    await Promise.race([stopped, wait(this.#options.clock, stopPatience, patience.signal).catch(() => {})])
    patience.abort()
    await found.worker.terminate()
  }

  /** Makes a call, and makes it again if the thread died meanwhile: every one of them may be repeated. */
  async call<T>(doing: string, make: (api: Api) => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const running = this.#running
      if (running === null) throw new EngineError('unavailable', `Could not ${doing}: the Codex engine is not running.`)
      if (signal?.aborted)
        throw new EngineError('aborted', `Could not ${doing}: it was cancelled.`, { cause: signal.reason })
      const { connection } = await running.catch((error: unknown) => {
        throw toEngineError(error, doing)
      })
      try {
        return await make(connection.api)
      } catch (error) {
        const gone = error instanceof RpcError && error.code === 'gone'
        if (gone) await connection.closed // by then `#onDeath` has put another in its place
        if (!gone || this.#running === null || attempt >= callAttempts) {
          if (signal?.aborted)
            throw new EngineError('aborted', `Could not ${doing}: it was cancelled.`, { cause: error })
          throw toEngineError(error, doing)
        }
        while (this.#running === running) await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  async #launch(port: number): Promise<Running> {
    const { spawn, listen, prepare, onState } = this.#options
    onState('starting', '')
    const worker = spawn(port)
    const connection = connect<CodexService, EngineEvents>(worker)
    listen(connection)
    try {
      const { port: bound } = await connection.api.start()
      await prepare(connection.api)
      const running = { worker, connection, port: bound }
      void connection.closed.then((reason) => this.#died(running, reason))
      return running
    } catch (error) {
      await worker.terminate()
      const failure = toEngineError(error, 'start the Codex engine')
      onState('failed', failure.message)
      throw failure
    }
  }

  async #died(dead: Running, reason: RpcError): Promise<void> {
    const current = this.#running
    if (current === null || (await current.catch(() => null)) !== dead || this.#running !== current) return
    const { clock, onDeath, onState } = this.#options
    onDeath()
    const quiet = clock.now() - this.#deaths.last > settledAfter
    this.#deaths = { count: quiet ? 1 : this.#deaths.count + 1, last: clock.now() }
    onState('starting', reason.message)
    const next = this.#revive(dead.port)
    this.#running = next
    next.catch(() => {
      if (this.#running === next) this.#running = null // callers see it through `call`; `start` may be tried again
    })
  }

  async #revive(port: number): Promise<Running> {
    const delay = restartDelays[this.#deaths.count - 1]
    if (delay === undefined) {
      const message = 'The Codex engine stopped again and again; restart it by hand.'
      this.#options.onState('failed', message)
      throw new EngineError('unavailable', message, { retryable: false })
    }
    if (delay > 0) await wait(this.#options.clock, delay)
    // Hints that were announced name this port, so it is worth asking for.
    return await this.#launch(port).catch(() => this.#launch(0))
  }
}
