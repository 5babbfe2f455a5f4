/**
 * Encodes the records of one partition into archives on disk, a few at a time: what is in memory is one buffer, however
 * large the partition. Runs in the archive worker. PROTOCOL.md §4.4, RULES.md R1.1 step 2.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Seconds, Topic4 } from '../../shared/domain.ts'
import { type ArchiveRecord, encodeArchiveHead, encodeArchiveRecord, MAX_ARCHIVE_WEIGHT } from '../wire/index.ts'
import { openPart, type PartFile, type PartSeal } from './part-file.ts'

export interface StagingJob {
  readonly folder: string
  /** Files are named `{name}-{number}.archive`. */
  readonly name: string
  readonly from: Seconds
  readonly to: Seconds
  readonly topics: readonly Topic4[]
  /** For the archives of an encrypted community, one each; `supply` adds more. Null: they are not encrypted. */
  readonly seals: readonly PartSeal[] | null
}

export interface StagedPart {
  readonly file: string
  /** Encoded length. */
  readonly bytes: number
  readonly messages: number
}

export interface StagedPartition {
  readonly parts: readonly StagedPart[]
  /** Records too heavy for any archive. */
  readonly dropped: number
}

const BUFFER = 1 << 20

interface Open {
  readonly file: string
  readonly part: PartFile
  messages: number
  /** Payload and signer bytes, which is what the limit counts. */
  weight: number
}

export class StagingWriter {
  readonly #job: StagingJob
  readonly #parts: StagedPart[] = []
  readonly #buffer: Uint8Array[] = []
  readonly #seals: PartSeal[] | null
  #buffered = 0
  #open: Open | null = null
  #dropped = 0

  constructor(job: StagingJob) {
    this.#job = job
    this.#seals = job.seals === null ? null : [...job.seals]
    mkdirSync(job.folder, { recursive: true, mode: 0o700 })
  }

  /** Archives that can still be begun; null: any number. */
  get sealsLeft(): number | null {
    return this.#seals?.length ?? null
  }

  supply(seals: readonly PartSeal[]): void {
    this.#seals?.push(...seals)
  }

  /** Adds records in the order in which they are to stand. A new archive begins where the weight would pass the limit. */
  append(records: readonly ArchiveRecord[]): void {
    for (const record of records) {
      const weight = record.payload.length + record.sig.length
      if (weight > MAX_ARCHIVE_WEIGHT) {
        this.#dropped += 1
        continue
      }
      if (this.#open && this.#open.weight + weight > MAX_ARCHIVE_WEIGHT) this.#close()
      const open = this.#open ?? this.#begin()
      open.weight += weight
      open.messages += 1
      this.#write(open, encodeArchiveRecord(record))
    }
  }

  /** Everything is on disk when this returns: each file's bytes, and the folder's names. */
  finish(): StagedPartition {
    this.#close()
    const folder = openSync(this.#job.folder, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
    return { parts: this.#parts, dropped: this.#dropped }
  }

  /** Leaves no file behind. */
  discard(): void {
    this.#open?.part.discard()
    for (const { file } of this.#parts) rmSync(file, { force: true })
    this.#open = null
  }

  #begin(): Open {
    const { folder, name, from, to, topics } = this.#job
    const file = join(folder, `${name}-${this.#parts.length}.archive`)
    const seal = this.#seals === null ? null : this.#seals.shift()
    if (seal === undefined) throw new Error('There is nothing left to seal an archive with.')
    const open = { file, part: openPart(file, seal), messages: 0, weight: 0 }
    this.#open = open
    this.#write(open, encodeArchiveHead({ from, to, topics }))
    return open
  }

  #write(open: Open, bytes: Uint8Array): void {
    this.#buffer.push(bytes)
    this.#buffered += bytes.length
    if (this.#buffered >= BUFFER) this.#flush(open)
  }

  #flush(open: Open): void {
    const whole = Buffer.concat(this.#buffer.splice(0))
    this.#buffered = 0
    open.part.write(whole)
  }

  #close(): void {
    const open = this.#open
    if (!open) return
    this.#flush(open)
    const bytes = open.part.finish()
    this.#open = null
    this.#parts.push({ file: open.file, bytes, messages: open.messages })
  }
}
