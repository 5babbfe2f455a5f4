/**
 * The store as the rest of the node holds it: every repository's methods, asynchronous. Writes go to one thread and are
 * done in the order in which they were called; reads go to another and see every write that was awaited before.
 */
import type { Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import { type Async, type Connection, connect, RpcError } from '../workers/rpc.ts'
import { endWorker, spawnWorker } from '../workers/spawn.ts'
import { backupFolder, listBackups } from './backup.ts'
import { closeDatabase } from './database.ts'
import { reviveStoreError, StoreError, storeError } from './errors.ts'
import { type Method, methodsOf, type Shape, shapeOf } from './methods.ts'
import { forgetRecovery, type Recovery, untoldRecovery } from './recovery.ts'
import { openRepositories, type Repositories } from './repositories.ts'
import { type Control, controlName, prepareDatabase } from './threads.ts'

export interface StoreControl {
  /** A copy of the database now; returns its path. RULES.md R1.6. */
  backUp(): Promise<string>
  /** A damaged database that was replaced when it was opened, now or in a start that was cut short; until it is told. */
  recovery(): Promise<Recovery | null>
  recoveryTold(): Promise<void>
  /** Waits for what was called before, then closes both connections. Later calls are refused with `closed`. */
  close(): Promise<void>
}

export type Store = Async<Repositories> & StoreControl

export interface StoreOptions {
  /** The database; its folder must exist. Backups go into `backups` beside it. */
  readonly file: string
  readonly clock: Clock
  /** Milliseconds between backups; null for none by time. A day unless told otherwise. */
  readonly backupEvery?: number | null
  /** A damaged database of which no backup is whole is replaced by an empty one, instead of refused. */
  readonly beginAnew?: boolean
  /** Told when a backup by time fails; it is tried again an hour later. */
  readonly onBackupFailure?: (error: Error) => void
  /** Each thread as it is started, so that a test can end one. */
  readonly onThread?: (name: ThreadName, worker: Worker) => void
}

export type ThreadName = 'store-writer' | 'store-reader'

type Served = Record<string, Record<string, Method>> & { [controlName]: Control }

const day = 86_400_000
const hour = 3_600_000
/** ms that a database thread may take to end: what SQLite has begun it finishes. */
const LAST_CALL = 15_000

/**
 * Opens the database in two threads: checked, replaced by a backup if it is damaged, backed up before a migration,
 * migrated.
 * @throws StoreError `corrupt`, `newer`, `migration`, `busy`, `no-space`, `unreachable`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { file, clock } = options
  const writer = new Thread('store-writer', options)
  const reader = new Thread('store-reader', options)
  try {
    const shape = await writer.call((api) => api[controlName].shape())
    await reader.call((api) => api[controlName].shape())
    const backUp = () => writer.call((api) => api[controlName].backUp(clock.now()))
    const stopBackups = backUpByTime(options, backUp)
    const control: StoreControl = {
      backUp,
      recovery: () => writer.call((api) => api[controlName].recovery()),
      recoveryTold: () => writer.call((api) => api[controlName].recoveryTold()),
      async close() {
        stopBackups()
        await reader.close()
        await writer.close()
      },
    }
    return facade(shape, control, (repository, method, kind, args) => {
      const call = (api: Async<Served>) => dynamic(api, repository, method)(...args)
      return kind === 'write' ? writer.call(call) : reader.call(call, 'again')
    })
  } catch (error) {
    await Promise.all([reader.end(), writer.end()])
    throw error
  }

  function backUpByTime(
    { backupEvery = day, onBackupFailure }: StoreOptions,
    backUp: () => Promise<string>,
  ): () => void {
    if (backupEvery === null) return () => {}
    let stop = () => {}
    const plan = (delay: number) => {
      stop = clock.setTimer(delay, () => {
        backUp().then(
          () => plan(backupEvery),
          (error: Error) => {
            onBackupFailure?.(error)
            plan(Math.min(hour, backupEvery))
          },
        )
      })
    }
    const last = listBackups(backupFolder(file))[0]?.at
    // A new database has none to fall back on, so its first is made soon.
    plan(last === undefined ? Math.min(hour, backupEvery) : Math.max(0, last + backupEvery - clock.now()))
    return () => stop()
  }
}

/**
 * The same store in this thread, for tests: one connection, the same copying of what goes in and out.
 * `:memory:` gives one that leaves nothing behind.
 */
export async function openStoreInThread(file: string, clock: Clock, { beginAnew = false } = {}): Promise<Store> {
  const db = await prepareDatabase({ file, now: clock.now(), recover: true, beginAnew })
  const repositories = openRepositories(db)
  const methods = methodsOf(repositories)
  const control: StoreControl = {
    recovery: async () => untoldRecovery(file),
    recoveryTold: async () => forgetRecovery(file),
    backUp: () => Promise.reject(new StoreError('refused', 'The store in this thread makes no backups.')),
    async close() {
      closeDatabase(db)
    },
  }
  return facade(shapeOf(repositories), control, async (repository, method, _kind, args) => {
    if (!db.open) throw closedError()
    return structuredClone(methods[repository]?.[method]?.(...structuredClone(args)))
  })
}

type Invoke = (repository: string, method: string, kind: 'read' | 'write', args: unknown[]) => Promise<unknown>

function facade(shape: Shape, control: StoreControl, invoke: Invoke): Store {
  const repositories = Object.entries(shape).map(([repository, methods]) => [
    repository,
    Object.fromEntries(
      Object.entries(methods).map(([method, kind]) => [
        method,
        (...args: unknown[]) => invoke(repository, method, kind, args),
      ]),
    ),
  ])
  // The shape was read from the very objects that the type describes.
  return { ...Object.fromEntries(repositories), ...control } as Store
}

function dynamic(api: Async<Served>, repository: string, method: string): (...args: unknown[]) => Promise<unknown> {
  const found = api[repository]?.[method]
  if (found === undefined) throw new StoreError('refused', `The store has no ${repository}.${method}.`)
  return found
}

/** A thread and its connection. One that died is started again by the next call. */
class Thread {
  readonly #name: ThreadName
  readonly #options: StoreOptions
  #live: { readonly worker: Worker; readonly connection: Connection<Served, Record<string, never>> } | null = null
  #closed = false
  #spawned = 0

  constructor(name: ThreadName, options: StoreOptions) {
    this.#name = name
    this.#options = options
  }

  /** `again`: a call that changes nothing is repeated once if the thread died under it. */
  async call<T>(step: (api: Async<Served>) => Promise<T>, ifGone: 'again' | 'reject' = 'reject'): Promise<T> {
    if (this.#closed) throw closedError()
    try {
      return await step(this.#connection().api)
    } catch (error) {
      if (!(error instanceof RpcError)) throw storeError(error)
      if (ifGone === 'again' && error.code === 'gone' && !this.#closed) return this.call(step)
      throw new StoreError(
        'gone',
        'The database thread ended during this call; it is started again with the next.',
        error,
      )
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    try {
      if (this.#live !== null) await this.call((api) => api[controlName].close())
    } finally {
      await this.end()
    }
  }

  async end(): Promise<void> {
    this.#closed = true
    const live = this.#live
    if (live !== null) await endWorker(live.worker, live.connection, LAST_CALL)
  }

  #connection(): Connection<Served, Record<string, never>> {
    if (this.#live !== null) return this.#live.connection
    const { file, clock, beginAnew = false } = this.#options
    // Only before anybody reads: later, the files under the other thread must stay what they are.
    const recover = this.#name === 'store-writer' && this.#spawned === 0
    this.#spawned += 1
    const worker = spawnWorker(this.#name, { file, now: clock.now(), recover, beginAnew })
    const connection = connect<Served>(worker, { revive: reviveStoreError })
    const live = { worker, connection }
    this.#live = live
    connection.closed.then(() => {
      if (this.#live === live) this.#live = null
    })
    this.#options.onThread?.(this.#name, worker)
    return connection
  }
}

function closedError(): StoreError {
  return new StoreError('closed', 'The store was closed.')
}
