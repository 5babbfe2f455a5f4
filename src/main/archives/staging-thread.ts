/** What the archive worker serves: a staging writer for each partition, by number. Runs in that thread only. */
import type { MessagePort } from 'node:worker_threads'
import type { ArchiveRecord } from '../wire/index.ts'
import { serve } from '../workers/rpc.ts'
import { type StagedPartition, type StagingJob, StagingWriter } from './staging.ts'

export class StagingThread {
  readonly #writers = new Map<number, StagingWriter>()
  #next = 0

  begin(job: StagingJob): number {
    this.#next += 1
    this.#writers.set(this.#next, new StagingWriter(job))
    return this.#next
  }

  append(id: number, records: readonly ArchiveRecord[]): void {
    this.#writer(id).append(records)
  }

  finish(id: number): StagedPartition {
    const staged = this.#writer(id).finish()
    this.#writers.delete(id)
    return staged
  }

  discard(id: number): void {
    this.#writers.get(id)?.discard()
    this.#writers.delete(id)
  }

  #writer(id: number): StagingWriter {
    const writer = this.#writers.get(id)
    if (!writer) throw new Error(`No partition is open under the number ${id}.`)
    return writer
  }
}

export function serveStaging(port: MessagePort): void {
  serve(port, new StagingThread())
}
