/**
 * Where records are opened and judged. That costs a signature or two for each, which anybody can ask for a thousand times
 * a second; so a handful is looked at here, and more than that in a thread. The thread begins when it is first needed.
 */
import type { Worker } from 'node:worker_threads'
import type { StoredSegment } from '../store/index.ts'
import type { WakuRecord } from '../waku/network.ts'
import { type Connection, connect } from '../workers/rpc.ts'
import { endWorker, spawnWorker } from '../workers/spawn.ts'
import type { JudgeThread } from './judge-thread.ts'
import { listeningOf, type TopicTable } from './listening.ts'
import { contextOf, type Judgement, type Opened, openRecord } from './opening.ts'
import { type Piece, readWhole } from './segments.ts'

/** Records that are judged here: some two milliseconds of this thread's time. */
const FEW = 8
/** Bytes of a payload that is put together here. */
const SMALL = 128 * 1024
/** Milliseconds of judging here before other work gets its turn: of this thread's time, not the protocol's. */
const SLICE = 8

interface Thread {
  readonly worker: Worker
  readonly connection: Connection<JudgeThread, never>
  /** What it was told to listen to. */
  table: TopicTable
}

export interface JudgeOptions {
  /** Records that are judged without a thread. */
  readonly few?: number
  /** Each thread as it is started, so that a test can end one. */
  readonly onThread?: (worker: Worker) => void
}

export class Judge {
  readonly #few: number
  readonly #onThread: (worker: Worker) => void
  #thread: Thread | null = null
  #ending: Promise<void> = Promise.resolve()

  constructor({ few = FEW, onThread = () => {} }: JudgeOptions = {}) {
    this.#few = few
    this.#onThread = onThread
  }

  /** One for each record, in their order; what `failed` gives where that is not possible. */
  async judge(
    records: readonly WakuRecord[],
    table: TopicTable,
    failed: (record: WakuRecord, error: unknown) => null,
  ): Promise<(Opened | null)[]> {
    const far = records.length > this.#few ? await this.#ask(table, (api) => api.judge(records)) : null
    const all: (Opened | null)[] = []
    let sliceEnd = performance.now() + SLICE
    for (const [at, record] of records.entries()) {
      all.push(far?.[at] ?? (await openRecord(record, table).catch((error) => failed(record, error))))
      if (far !== null || performance.now() < sliceEnd) continue
      await new Promise((resolve) => setImmediate(resolve))
      sliceEnd = performance.now() + SLICE
    }
    return all
  }

  /** What these segments make up; null while they are too few, or if nobody listens any more. */
  async join(stored: readonly StoredSegment[], piece: Piece, table: TopicTable): Promise<Judgement | null> {
    const bytes = stored.reduce((sum, { payload }) => sum + payload.length, 0)
    const far = bytes > SMALL ? await this.#ask(table, async (api) => ({ found: await api.join(stored, piece) })) : null
    if (far !== null) return far.found
    const listening = listeningOf(table, piece.communityId)
    if (listening === null) return null
    return await readWhole(stored, piece.record, contextOf({ listening, archived: false }, piece.origin))
  }

  /** Forgets every key that the thread was given. */
  async close(): Promise<void> {
    this.#retire()
    await this.#ending
  }

  /** Null if the thread died over it: then it is looked at here, as slowly as that may be. */
  async #ask<T>(table: TopicTable, question: (api: Thread['connection']['api']) => Promise<T>): Promise<T | null> {
    const thread = this.#current()
    try {
      if (thread.table !== table) {
        thread.table = table
        await thread.connection.api.listen([...table])
      }
      return await question(thread.connection.api)
    } catch {
      this.#retire()
      return null
    }
  }

  #current(): Thread {
    if (this.#thread !== null) return this.#thread
    const worker = spawnWorker('judge')
    const thread: Thread = { worker, connection: connect<JudgeThread, never>(worker), table: new Map() }
    this.#thread = thread
    this.#onThread(worker)
    void thread.connection.closed.then(() => {
      if (this.#thread === thread) this.#thread = null
    })
    return thread
  }

  #retire(): void {
    const thread = this.#thread
    this.#thread = null
    if (thread === null) return
    const ended = endWorker(thread.worker, thread.connection)
    this.#ending = Promise.all([this.#ending, ended]).then(() => {})
  }
}
