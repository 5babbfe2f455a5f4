/** What the archive worker serves: a staging writer for each partition, by number. Runs in that thread only. */
import type { MessagePort } from 'node:worker_threads'
import type { ArchiveRecord } from '../wire/index.ts'
import { serve } from '../workers/rpc.ts'
import type { PartSeal } from './part-file.ts'
import { type StagedPartition, type StagingJob, StagingWriter } from './staging.ts'

export class StagingThread {
  readonly #writers = new Map<number, StagingWriter>()
  #next = 0

  begin(job: StagingJob): number {
    this.#next += 1
    this.#writers.set(this.#next, new StagingWriter(job))
    return this.#next
  }

  /** @returns how many archives can still be begun; null: any number */
  append(id: number, records: readonly ArchiveRecord[]): number | null {
    const writer = this.#writer(id)
    writer.append(records)
    return writer.sealsLeft
  }

  supply(id: number, seals: readonly PartSeal[]): void {
    this.#writer(id).supply(seals)
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
