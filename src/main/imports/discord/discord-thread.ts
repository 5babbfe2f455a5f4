/**
 * What the import worker serves: an export read, checked, signed and cut into batches, at the pace of the one who
 * stores them. Runs in that thread only: parsing and signing a large past takes minutes.
 */
import { serialize } from 'node:v8'
import type { MessagePort } from 'node:worker_threads'
import type { CommunityId, Millis } from '../../../shared/domain.ts'
import type { InboxItem } from '../../store/records.ts'
import { serve, transfer } from '../../workers/rpc.ts'
import { type Piece, type Place, UnreadableJson } from '../json-pieces.ts'
import { Composer, type Composition, foreignId, type KeptAttachment, keptByAddress } from './compose.ts'
import { type ExportedMessage, type ExportHead, judgeMessage, type LeftOutReason } from './export.ts'
import { ExportReader } from './export-reader.ts'
import { MAX_EMBEDDED, MediaFolder } from './media.ts'

export type Unreadable = Place & { readonly reason: string }

export interface DiscordJob {
  readonly path: string
  /** Where an earlier reading ended; null for the beginning of the messages. */
  readonly from: Place | null
  /** How many messages that was. */
  readonly before: number
  readonly communityId: CommunityId
  /** Null for a dry run: then nothing is signed, and batches name ids only. */
  readonly composition: Composition | null
  /** Channels over there whose messages are, or will be, in this community. */
  readonly channels: readonly string[]
  readonly now: Millis
}

export interface Noted extends Place {
  readonly reason: LeftOutReason
  readonly detail: string
}

export interface DiscordBatch {
  /** Records and effects, serialized: one buffer to move, where hundreds of small ones would be copied. */
  readonly packed: Uint8Array<ArrayBuffer>
  /** Of a dry run: ids that the messages would have here. */
  readonly ids: readonly string[]
  /** Messages read, whether or not they are taken over. */
  readonly messages: number
  /** Everything before it is in this batch or in an earlier one. */
  readonly position: Place
  readonly leftOut: Readonly<Record<string, number>>
  readonly examples: readonly Noted[]
  /** The last of its file; then `error` says why it ends before the file does. */
  readonly done: boolean
  readonly error: Unreadable | null
}

/** Messages, and bytes of records, in a batch: one transaction, and one message between threads. */
const BATCH = 250
const BATCH_BYTES = 1 << 20
/** Examples of one reason that a batch carries. */
const EXAMPLES = 20
/** Ids of late that are compared to find what an export holds twice. */
const RECENT = 10_000

export class DiscordThread {
  /** Whose history the file is. */
  async head(path: string): Promise<ExportHead | Unreadable> {
    const reader = await ExportReader.open(path)
    try {
      return (await reader.head()).head
    } catch (error) {
      return unreadable(error)
    } finally {
      await reader.close()
    }
  }

  async *read(job: DiscordJob): AsyncGenerator<DiscordBatch> {
    const reader = await ExportReader.open(job.path)
    const file = new FileImport(job)
    try {
      const { start } = await reader.head()
      file.position = job.from ?? start
      const messages = reader.messages(file.position, job.from === null)
      for (let next = await messages.next(); ; next = await messages.next()) {
        if (next.done) {
          file.end(next.value.messageCount)
          break
        }
        await file.take(next.value)
        if (file.isFull()) yield file.batch(false, null)
      }
      yield file.batch(true, null)
    } catch (error) {
      yield file.batch(true, unreadable(error))
    } finally {
      job.composition?.key.fill(0)
      await reader.close()
    }
  }
}

/** One file on its way: what was read since the last batch. */
class FileImport {
  readonly #job: DiscordJob
  readonly #composer: Composer | null
  readonly #media: MediaFolder
  readonly #channels: ReadonlySet<string>
  readonly #recent = new Set<string>()
  #read: number
  #items: InboxItem[] = []
  #ids: string[] = []
  #messages = 0
  #bytes = 0
  #leftOut: Record<string, number> = {}
  #examples: Noted[] = []
  position: Place = { line: 1, byte: 0 }

  constructor(job: DiscordJob) {
    this.#job = job
    this.#composer = job.composition === null ? null : new Composer(job.composition)
    this.#media = new MediaFolder(job.path)
    this.#channels = new Set(job.channels)
    this.#read = job.before
  }

  isFull(): boolean {
    return this.#messages >= BATCH || this.#bytes >= BATCH_BYTES
  }

  async take(piece: Piece): Promise<void> {
    this.#messages += 1
    this.#read += 1
    this.position = piece.next
    const judged = judgeMessage(piece.value, this.#job.now)
    if (judged.kind === 'left-out') return this.#note(judged.reason, piece, judged.detail)
    const { message } = judged
    if (this.#recent.has(message.id)) return this.#note('duplicate', piece, `message ${message.id}`)
    this.#remember(message.id)
    for (const [reason, count] of Object.entries(message.leftOut))
      this.#note(reason as LeftOutReason, piece, `message ${message.id}`, count)
    if (piece.mended && message.leftOut['mended-text'] === undefined)
      this.#note('mended-text', piece, `message ${message.id}`)
    const attachments = await this.#attachments(message, piece)
    const answers = this.#answers(message, piece)
    if (this.#composer === null) {
      this.#ids.push(foreignId(this.#job.communityId, message.id))
      return
    }
    this.#add(this.#composer.chat(message, attachments, answers))
    if (message.pinned) this.#add(this.#composer.pin(message))
  }

  end(messageCount: number | null): void {
    if (messageCount === null || messageCount === this.#read) return
    this.#note('count-differs', this.position, `the export counts ${messageCount} messages and holds ${this.#read}`)
  }

  batch(done: boolean, error: Unreadable | null): DiscordBatch {
    // Copied, since the serializer's own buffer cannot be moved.
    const packed = new Uint8Array(serialize(this.#items))
    const batch = {
      packed,
      ids: this.#ids,
      messages: this.#messages,
      position: this.position,
      leftOut: this.#leftOut,
      examples: this.#examples,
      done,
      error,
    }
    this.#items = []
    this.#ids = []
    this.#messages = 0
    this.#bytes = 0
    this.#leftOut = {}
    this.#examples = []
    return transfer(batch, [packed.buffer])
  }

  #add(item: InboxItem): void {
    this.#items.push(item)
    this.#bytes += item.record?.payload.length ?? 0
  }

  /** A reply keeps what it answers where that can be in this community: deleted there, it is missing here as well. */
  #answers({ type, reference }: ExportedMessage, place: Place): boolean {
    if (type !== 'Reply' || reference === null) return false
    if (reference.channelId === '' || this.#channels.has(reference.channelId)) return true
    this.#note('reply-elsewhere', place, `message ${reference.messageId}`)
    return false
  }

  async #attachments(message: ExportedMessage, place: Place): Promise<KeptAttachment[]> {
    const kept: KeptAttachment[] = []
    let room = MAX_EMBEDDED
    for (const attachment of message.attachments) {
      const media = await this.#media.read(attachment.url, room)
      if (media.kind === 'found') {
        room -= media.bytes.length
        const { bytes: payload, contentType } = media
        kept.push({ ...attachment, url: '', size: payload.length, contentType, payload })
        continue
      }
      if (media.kind === 'refused')
        this.#note(media.reason, place, `message ${message.id}, attachment ${attachment.id}`)
      kept.push(keptByAddress(attachment))
    }
    return kept
  }

  #note(reason: LeftOutReason, { line, byte }: Place, detail: string, count = 1): void {
    const before = this.#leftOut[reason] ?? 0
    this.#leftOut[reason] = before + count
    if (before < EXAMPLES) this.#examples.push({ reason, line, byte, detail })
  }

  #remember(id: string): void {
    this.#recent.add(id)
    if (this.#recent.size <= RECENT) return
    for (const oldest of this.#recent) {
      this.#recent.delete(oldest)
      return
    }
  }
}

/** @throws what is not about the file's content */
function unreadable(error: unknown): Unreadable {
  if (error instanceof UnreadableJson) return { ...error.place, reason: error.message }
  throw error
}

export function serveDiscord(port: MessagePort): void {
  serve(port, new DiscordThread())
}
