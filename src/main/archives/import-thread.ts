/**
 * What an import worker serves: the messages of one archive, verified one by one, in batches. Nothing is believed
 * because the archive says so: it must be what the index said, each record must lie in its time and topics, and each
 * message must be signed by its author. Runs in that thread only. RULES.md §4, PROTOCOL.md §6.5.
 */
import { open } from 'node:fs/promises'
import type { MessagePort } from 'node:worker_threads'
import type { EngineKind, MessageId, Millis, Seconds, Topic4 } from '../../shared/domain.ts'
import type { ArchiveFile } from '../distribution/engine.ts'
import {
  type GroupKey,
  type Interpretation,
  type InterpretContext,
  interpret,
  interpretWhole,
  wipeGroupKey,
} from '../messages/index.ts'
import type { MessageEffect } from '../store/records.ts'
import {
  bytesToHex,
  decodeArchiveRecord,
  iterateArchive,
  MAX_BLOB_BYTES,
  type OpenArchive,
  reassemble,
  type Segment,
  WireError,
} from '../wire/index.ts'
import { EffectPacker, handed, type PackedEffects } from '../workers/packed-effects.ts'
import { serve, transfer } from '../workers/rpc.ts'
import { openBlob } from './blobs.ts'
import { checkIndex, type TalliedIndex, tally } from './index-codec.ts'

export interface ImportJob {
  readonly file: ArchiveFile
  /** What the index entry says. */
  readonly from: Seconds
  readonly to: Seconds
  readonly topics: readonly Topic4[]
  readonly context: InterpretContext
  /** Messages in a batch. */
  readonly batch: number
}

export interface HashJob extends Omit<ImportJob, 'context' | 'batch'> {
  readonly groupKeys: InterpretContext['groupKeys']
}

export interface IndexJob {
  readonly bytes: Uint8Array
  readonly kind: EngineKind
  readonly now: Millis
  readonly groupKeys: InterpretContext['groupKeys']
}

export interface ImportedBatch {
  readonly effects: PackedEffects
  /** Records refused since the batch before, by reason. */
  readonly refused: Readonly<Record<string, number>>
  /** The last one of its archive; it may be empty. */
  readonly done: boolean
  /** Of the archive's records, how many are behind us, and how many there are. */
  readonly read: number
  readonly records: number
}

/** Entries of an index that cross to another thread at once: one or two milliseconds of either. */
export const ENTRIES = 500

/** Nothing of the archive is to be taken. */
export class UnusableArchive extends Error {
  /** `ENCRYPTED` waits for a key; all others are final: codes of the wire, or `TRUNCATED`. */
  readonly code: string
  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'UnusableArchive'
    this.code = code
  }
}

export class ImportThread {
  /** Takes ownership of the keys in the job, which came as copies. @throws UnusableArchive before anything was given */
  async *read(job: ImportJob): AsyncGenerator<ImportedBatch> {
    const { groupKeys } = job.context
    try {
      const packer = new EffectPacker()
      for (const batch of readArchive(openArchive(await readRange(job.file), job, groupKeys), job, packer)) {
        const effects = packer.take()
        yield transfer({ ...batch, effects }, handed(effects))
      }
    } finally {
      for (const key of groupKeys) wipeGroupKey(key)
    }
  }

  /** Ids of everything that `read` would give, and nothing else of it. Takes ownership of the keys. @throws as `read` */
  async *ids(job: ImportJob): AsyncGenerator<readonly MessageId[]> {
    const { groupKeys } = job.context
    try {
      const archive = openArchive(await readRange(job.file), job, groupKeys)
      const ids = new IdList()
      for (const _ of readArchive(archive, job, ids)) yield ids.take()
    } finally {
      for (const key of groupKeys) wipeGroupKey(key)
    }
  }

  /**
   * What of somebody's index may be believed, some entries at a time: whoever asked has other things to do between them.
   * Takes ownership of the keys, as `read`. @throws {WireError} as `checkIndex`
   */
  async *index({ bytes, kind, now, groupKeys }: IndexJob): AsyncGenerator<TalliedIndex> {
    try {
      const { entries, ...rest } = tally(checkIndex(openBlob(bytes, groupKeys), kind, now))
      yield { ...rest, entries: entries.slice(0, ENTRIES) }
      for (let from = ENTRIES; from < entries.length; from += ENTRIES) {
        yield { entries: entries.slice(from, from + ENTRIES), refused: [], counts: {} }
      }
    } finally {
      for (const key of groupKeys) wipeGroupKey(key)
    }
  }

  /** Takes ownership of the keys, as `read`. 32 bytes for each record that can be read, one behind the other; none where nothing of the archive can be. */
  async hashes({ groupKeys, ...job }: HashJob): Promise<Uint8Array> {
    const hashes: Uint8Array[] = []
    try {
      for (const frame of openArchive(await readRange(job.file), job, groupKeys).frames()) {
        const record = attempt('bad-record', () => decodeArchiveRecord(frame))
        if (!('kind' in record) && record.hash.length === 32) hashes.push(record.hash)
      }
    } catch (error) {
      // What cannot be read covers no record: whatever of it is waiting here is archived by itself.
      if (!(error instanceof UnusableArchive)) throw error
    } finally {
      for (const key of groupKeys) wipeGroupKey(key)
    }
    return new Uint8Array(Buffer.concat(hashes))
  }
}

/** Where what was read goes; how much of it is there ends a batch. */
interface Sink {
  readonly count: number
  add(effect: MessageEffect): void
}

class IdList implements Sink {
  #ids: MessageId[] = []

  get count(): number {
    return this.#ids.length
  }

  add({ id }: MessageEffect): void {
    this.#ids.push(id)
  }

  take(): readonly MessageId[] {
    const taken = this.#ids
    this.#ids = []
    return taken
  }
}

/** Fills `sink`, and stops whenever a batch is full. */
function* readArchive(archive: OpenArchive, job: ImportJob, sink: Sink): Generator<Omit<ImportedBatch, 'effects'>> {
  let refusals = new Refusals()
  let read = 0
  const segments = new SegmentTable()
  const topics = new Set<string>(job.topics)
  for (const frame of archive.frames()) {
    read += 1
    const found = judge(frame, job, topics, segments)
    const effect = found === null ? null : refusals.take(found)
    if (effect !== null) sink.add(effect)
    if (sink.count < job.batch) continue
    yield { refused: refusals.counts, done: false, read, records: archive.count }
    refusals = new Refusals()
  }
  refusals.add('incomplete-segments', segments.size)
  yield { refused: refusals.counts, done: true, read, records: archive.count }
}

/** Refusals of this room beside those of `interpret`. */
type PlaceReason = 'bad-record' | 'wrong-topic' | 'out-of-range' | 'bad-segments'
type Found = Interpretation | { readonly kind: 'refused'; readonly reason: PlaceReason; readonly detail: string }

class Refusals {
  readonly counts: Record<string, number> = {}

  /** The effect of what was not refused. */
  take(found: Found): MessageEffect | null {
    if (found.kind === 'item') return found.item.effect
    if (found.kind === 'refused') this.add(found.reason, 1)
    else if (found.kind === 'waiting') this.add('waiting-for-key', 1)
    // Descriptions, links and the like are believed only from the network. RULES.md R4.1.
    else if (found.kind === 'control') this.add('type-not-allowed', 1)
    return null
  }

  add(reason: string, count: number): void {
    if (count > 0) this.counts[reason] = (this.counts[reason] ?? 0) + count
  }
}

/** Segments of one archive, by what they are pieces of. PROTOCOL.md §3.7. */
class SegmentTable {
  readonly #wholes = new Map<string, Segment[]>()

  /** The whole payload, once enough of it is there. */
  add(segment: Segment): Uint8Array | null {
    const key = bytesToHex(segment.hash)
    const pieces = [...(this.#wholes.get(key) ?? []), segment]
    this.#wholes.set(key, pieces)
    const count = pieces.find((piece) => piece.count > 0)?.count
    if (count === undefined || pieces.length < count) return null
    try {
      const whole = reassemble(pieces)
      this.#wholes.delete(key)
      return whole
    } catch (error) {
      if (error instanceof WireError && error.code === 'INCOMPLETE') return null
      throw error
    }
  }

  /** Segments whose fellows are missing. */
  get size(): number {
    return [...this.#wholes.values()].reduce((sum, pieces) => sum + pieces.length, 0)
  }
}

/** What one record comes to; null for a segment whose fellows are still to come. */
function judge(frame: Uint8Array, job: ImportJob, topics: ReadonlySet<string>, segments: SegmentTable): Found | null {
  const record = attempt('bad-record', () => decodeArchiveRecord(frame, { views: true }))
  if ('kind' in record) return record
  if (!topics.has(bytesToHex(record.topic))) return refused('wrong-topic', 'the archive does not list its topic')
  if (record.timestamp < job.from || record.timestamp >= job.to) {
    return refused('out-of-range', 'it is not of the time of its archive')
  }
  const found = interpret(record, job.context)
  if (found.kind !== 'segment') return found
  const whole = attempt('bad-segments', () => segments.add(found.segment))
  if (whole === null || 'kind' in whole) return whole
  return interpretWhole(whole, record, job.context)
}

function refused(reason: PlaceReason, detail: string) {
  return { kind: 'refused', reason, detail } as const
}

function attempt<T>(reason: PlaceReason, work: () => T) {
  try {
    return work()
  } catch (error) {
    if (error instanceof WireError) return refused(reason, error.message)
    throw error
  }
}

async function readRange({ path, offset, length }: ArchiveFile): Promise<Uint8Array> {
  if (length > MAX_BLOB_BYTES) throw new UnusableArchive('TOO_LARGE', `The archive claims ${length} bytes.`)
  const bytes = new Uint8Array(length)
  const file = await open(path, 'r')
  try {
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(bytes, done, length - done, offset + done)
      if (bytesRead === 0)
        throw new UnusableArchive('TRUNCATED', 'The archive on this disk is shorter than it should be.')
      done += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}

function openArchive(
  bytes: Uint8Array,
  expected: Pick<ImportJob, 'from' | 'to' | 'topics'>,
  keys: readonly GroupKey[],
): OpenArchive {
  try {
    const archive = iterateArchive(openBlob(bytes, keys))
    if (archive.metadata !== null && sameMetadata(archive.metadata, expected)) return archive
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw new UnusableArchive(error.code, `The archive cannot be read: ${error.message}.`, error)
  }
  throw new UnusableArchive('METADATA_MISMATCH', 'The archive is not about what its index entry says.')
}

function sameMetadata(a: Pick<ImportJob, 'from' | 'to' | 'topics'>, b: Pick<ImportJob, 'from' | 'to' | 'topics'>) {
  return a.from === b.from && a.to === b.to && a.topics.join() === b.topics.join()
}

export function serveImports(port: MessagePort): void {
  serve(port, new ImportThread())
}
