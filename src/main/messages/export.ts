/**
 * Writes a community's or a channel's history into a file of the profile's `exports` folder, page by page: however long
 * it is, little of it is in memory. The file appears under its name when it is complete and on the disk.
 */
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChatId, CommunityId, Millis } from '../../shared/domain.ts'
import { EXPORT_VERSION, type ExportAbout, type ExportedMessage } from '../../shared/export-file.ts'
import type { HistoryCursor, Store, StoredMessage } from '../store/index.ts'
import { imageIn } from './contents.ts'
import { type ExportFormat, type ExportKind, exportFormats } from './export-formats.ts'

export interface ExportRequest {
  readonly communityId: CommunityId
  /** Null for all channels. */
  readonly chatId: ChatId | null
  readonly format: ExportKind
  readonly includeBanned?: boolean
}

export interface ExportProgress extends Pick<ExportRequest, 'communityId' | 'chatId' | 'format'> {
  readonly id: string
  readonly messages: number
  readonly total: number
  readonly bytes: number
}

export interface Exported {
  readonly id: string
  readonly path: string
  readonly bytes: number
  readonly messages: number
}

export interface ExportsParts {
  readonly messages: Pick<Store['messages'], 'history' | 'body' | 'count' | 'editHistory'>
  /** Made when it is needed. */
  readonly folder: string
  readonly now: () => Millis
  readonly about: (communityId: CommunityId) => Pick<ExportAbout, 'community' | 'channels'>
  readonly onProgress: (progress: ExportProgress) => void
}

export type ExportErrorCode = 'busy' | 'cancelled' | 'no-space' | 'unreachable'
export class ExportError extends Error {
  readonly code: ExportErrorCode
  constructor(code: ExportErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ExportError'
    this.code = code
  }
}

/** Messages read at once, characters gathered before they are written, exports at a time. */
const PAGE = 100
const CHUNK = 262_144
const MOST_AT_ONCE = 2
/** Bytes of one image, and of all images of a file; what is beyond is named as left out. */
const MAX_IMAGE = 1_048_576
const MAX_IMAGES = 50_000_000
const PART = '.part'

export class Exports {
  readonly #parts: ExportsParts
  readonly #running = new Map<string, { readonly abort: AbortController; readonly done: Promise<unknown> }>()
  #count = 0

  constructor(parts: ExportsParts) {
    this.#parts = parts
  }

  /** @throws ExportError */
  async export(request: ExportRequest): Promise<Exported> {
    if (this.#running.size >= MOST_AT_ONCE)
      throw new ExportError('busy', 'Other exports are being written. Wait for one of them, or cancel it.')
    const id = `export-${++this.#count}`
    const abort = new AbortController()
    const done = this.#write(id, request, abort.signal)
    this.#running.set(id, { abort, done: done.catch(() => {}) })
    try {
      return await done
    } catch (error) {
      throw exportError(error)
    } finally {
      this.#running.delete(id)
    }
  }

  /** Nothing is left of it. */
  cancel(id: string): void {
    this.#running.get(id)?.abort.abort(new ExportError('cancelled', 'The export was cancelled.'))
  }

  async close(): Promise<void> {
    for (const id of this.#running.keys()) this.cancel(id)
    await Promise.all([...this.#running.values()].map(({ done }) => done))
  }

  async #write(id: string, request: ExportRequest, signal: AbortSignal): Promise<Exported> {
    const { folder, now, about } = this.#parts
    const { communityId, chatId, format: kind } = request
    const format = exportFormats[kind]
    const described = { version: EXPORT_VERSION, only: chatId, exportedAt: now(), ...about(communityId) } as const
    await mkdir(folder, { recursive: true, mode: 0o700 })
    if (this.#running.size <= 1) await removeLeftovers(folder)
    const part = join(folder, `${id}-${described.exportedAt}${PART}`)
    const file = await open(part, 'wx', 0o600)
    try {
      const output = new Output(file)
      const messages = await this.#stream(id, request, described, { format, output, signal })
      await output.flush()
      await file.sync()
      await file.close()
      const path = await freeName(folder, nameFor(described), format.extension)
      await rename(part, path)
      await syncFolder(folder)
      return { id, path, bytes: output.bytes, messages }
    } catch (error) {
      await file.close().catch(() => {})
      await rm(part, { force: true })
      throw error
    }
  }

  /** Returns how many messages were written. */
  async #stream(
    id: string,
    { communityId, chatId, format: kind, includeBanned = false }: ExportRequest,
    about: ExportAbout,
    { format, output, signal }: { format: ExportFormat; output: Output; signal: AbortSignal },
  ): Promise<number> {
    const { messages, onProgress } = this.#parts
    const where = chatId === null ? { communityId } : { communityId, chatId }
    const total = await messages.count(where)
    const names = new Map(about.channels.map((channel) => [channel.chatId, channel.name]))
    let written = 0
    let room = MAX_IMAGES
    let last: HistoryCursor | null = null
    await output.add(format.begin(about))
    for (;;) {
      signal.throwIfAborted()
      const page: StoredMessage[] = await messages.history({ ...where, limit: PAGE, ...(last ? { after: last } : {}) })
      for (const message of page) {
        const isNewChannel: boolean = last?.chatId !== message.chatId
        last = message
        if (isNewChannel) await output.add(format.channel(names.get(message.chatId) ?? 'another channel'))
        if (message.standing === 'banned' && !includeBanned) continue
        const whole = await this.#whole(message, kind, room)
        room -= whole.pictures.reduce((sum, { base64 }) => sum + base64.length, 0)
        await output.add(format.message(whole, written === 0))
        written += 1
      }
      onProgress({ id, communityId, chatId, format: kind, messages: written, total, bytes: output.bytes })
      if (page.length < PAGE) break
    }
    await output.add(format.end())
    return written
  }

  async #whole({ communityId, ...message }: StoredMessage, kind: ExportKind, room: number): Promise<ExportedMessage> {
    const { messages } = this.#parts
    const isEdited = message.editedAt !== null && !message.deleted
    const versions = isEdited && kind === 'json' ? await messages.editHistory(communityId, message.id) : []
    const body = message.images > 0 && kind !== 'text' ? await messages.body(communityId, message.id) : null
    const pictures: { mime: string; base64: string }[] = []
    let left = room
    for (let n = 0; body !== null && n < message.images; n += 1) {
      const image = imageIn(body, n)
      if (image === null || image.bytes.length > MAX_IMAGE || image.bytes.length * 1.4 > left) continue
      const base64 = Buffer.from(image.bytes).toString('base64')
      left -= base64.length
      pictures.push({ mime: image.mime, base64 })
    }
    return { ...message, versions, pictures }
  }
}

/** Gathers what is written into pieces worth a call. */
class Output {
  readonly #file: FileHandle
  #pieces: string[] = []
  #length = 0
  bytes = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  async add(piece: string): Promise<void> {
    this.#pieces.push(piece)
    this.#length += piece.length
    if (this.#length >= CHUNK) await this.flush()
  }

  async flush(): Promise<void> {
    const bytes = Buffer.from(this.#pieces.join(''))
    this.#pieces = []
    this.#length = 0
    await this.#file.writeFile(bytes)
    this.bytes += bytes.length
  }
}

/** Letters and digits of the names, and the day. */
function nameFor({ community, channels, only, exportedAt }: ExportAbout): string {
  const channel = channels.find(({ chatId }) => chatId === only)?.name
  const words = [community.name, ...(channel === undefined ? [] : [channel])].map((name) =>
    name
      .normalize('NFKC')
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40),
  )
  return [...words.filter((word) => word !== ''), new Date(exportedAt).toISOString().slice(0, 10)].join('-')
}

async function freeName(folder: string, name: string, extension: string): Promise<string> {
  for (let n = 1; ; n += 1) {
    const path = join(folder, `${name}${n === 1 ? '' : `-${n}`}.${extension}`)
    const isThere = await stat(path).then(
      () => true,
      () => false,
    )
    if (!isThere) return path
  }
}

/** Of a process that was killed. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.endsWith(PART)) await rm(join(folder, name), { force: true })
}

/** Makes the new name durable; Windows knows no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

function exportError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new ExportError('no-space', 'The disk is full: the export was given up.', error)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR')
    return new ExportError('unreachable', 'The folder of exports cannot be written. Check its permissions.', error)
  return error
}
