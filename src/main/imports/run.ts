/**
 * One import from its first open file to its last: each is read by the worker and written batch by batch, the next
 * batch being read while this one is stored. What the rows say is where it goes on.
 */
import { stat } from 'node:fs/promises'
import type { ChatId, MessageId } from '../../shared/domain.ts'
import { type Connection, connect, RpcError, transfer } from '../workers/rpc.ts'
import { endWorker, spawnWorker } from '../workers/spawn.ts'
import { planChannel } from './channels.ts'
import type { DiscordBatch, DiscordJob, DiscordThread, Unreadable } from './discord/discord-thread.ts'
import type { ExportHead } from './discord/export.ts'
import { addBatch, addExamples, type Ledger, type LedgerFile, view } from './ledger.ts'
import type { ImportsParts } from './ports.ts'

/** Times the thread may die before the import is given up. */
const DEATHS = 3
/** ms; how often front ends hear of it. */
const TELL_EVERY = 250

interface OpenFile {
  readonly file: LedgerFile
  readonly head: ExportHead
  /** Null in a dry run, for a channel that would be made. */
  readonly chatId: ChatId | null
}

export class ImportRun {
  readonly #parts: ImportsParts
  readonly #ledger: Ledger
  readonly #signal: AbortSignal
  #told = 0
  #began = 0
  #read = 0

  constructor(parts: ImportsParts, ledger: Ledger, signal: AbortSignal) {
    this.#parts = parts
    this.#ledger = ledger
    this.#signal = signal
  }

  /**
   * Reads every file that is not read. A file that cannot be read is said to be so, and the others go on.
   * @throws the signal's reason; StoreError, CommunityError; RpcError when threads die without end
   */
  async run(): Promise<void> {
    this.#began = performance.now()
    const worker = { end: async () => {} }
    try {
      for (let deaths = 1; ; deaths += 1) {
        try {
          this.#signal.throwIfAborted()
          const thread = spawnWorker('discord')
          const connection = connect<DiscordThread, never>(thread)
          worker.end = () => endWorker(thread, connection)
          return await this.#files(connection)
        } catch (error) {
          this.#signal.throwIfAborted()
          if (!(error instanceof RpcError) || error.code !== 'gone' || deaths >= DEATHS) throw error
        }
      }
    } finally {
      await worker.end()
    }
  }

  async #files(thread: Connection<DiscordThread, never>): Promise<void> {
    const open: OpenFile[] = []
    for (const file of this.#ledger.files) {
      if (file.state === 'done' || file.state === 'failed') continue
      this.#signal.throwIfAborted()
      const found = await this.#open(thread, file)
      if (found !== null) open.push(found)
    }
    const earlier = await this.#parts.store.imports.channels(this.#ledger.communityId)
    const channels = [...earlier.map(({ foreignId }) => foreignId), ...open.map(({ head }) => head.channelId)]
    for (const one of open) await this.#import(thread, one, [...new Set(channels)])
  }

  /** Looks at the file, and finds or makes its channel. Null if it cannot be read. */
  async #open(thread: Connection<DiscordThread, never>, file: LedgerFile): Promise<OpenFile | null> {
    const { id, dryRun } = this.#ledger
    const { store } = this.#parts
    const found = await stat(file.path).catch(() => null)
    if (found === null || !found.isFile())
      return this.#fail(file, { line: 0, byte: 0, reason: 'the file is not there' })
    const changed = { size: found.size, modifiedAt: found.mtimeMs }
    if (changed.size !== file.size || changed.modifiedAt !== file.modifiedAt) {
      const nothing = { position: 0, line: 1, messages: 0, added: 0, known: 0, leftOut: {} }
      Object.assign(file, changed, nothing)
      if (!dryRun) await store.imports.restart(id, file.n, changed)
    }
    const head = await thread.api.head(file.path).catch((error: unknown) => {
      if (error instanceof RpcError) throw error
      return { line: 0, byte: 0, reason: `the file cannot be opened (${sentence(error)})` }
    })
    if ('reason' in head) return this.#fail(file, head)
    let chatId: ChatId | null
    try {
      chatId = await this.#channel(head)
    } catch (error) {
      return this.#fail(file, { line: 1, byte: 0, reason: `its channel cannot be made: ${sentence(error)}` })
    }
    Object.assign(file, { state: 'reading', foreignId: head.channelId, foreignName: head.channelName, chatId })
    if (!dryRun && chatId !== null)
      await store.imports.opened(id, file.n, { foreignId: head.channelId, foreignName: head.channelName, chatId })
    return { file, head, chatId }
  }

  async #channel(head: ExportHead): Promise<ChatId | null> {
    const { communityId, map, dryRun } = this.#ledger
    const { store, communities } = this.#parts
    const earlier = await store.imports.channels(communityId)
    const plan = planChannel(head, communities.channels(communityId), map, earlier)
    if (plan.kind === 'existing') return plan.chatId
    return dryRun ? null : communities.addChannel(communityId, plan.name)
  }

  async #import(
    thread: Connection<DiscordThread, never>,
    { file, chatId }: OpenFile,
    channels: string[],
  ): Promise<void> {
    const { communityId, dryRun } = this.#ledger
    const { clock, communities } = this.#parts
    const key = dryRun || chatId === null ? null : communities.signingKey(communityId)
    const job: DiscordJob = {
      path: file.path,
      from: file.position === 0 ? null : { line: file.line, byte: file.position },
      before: file.messages,
      communityId,
      channels,
      now: clock.now(),
      composition:
        key === null || chatId === null
          ? null
          : {
              communityId,
              chatId,
              topic: communities.topic(communityId, chatId),
              key,
              context: communities.interpretContext(communityId),
            },
    }
    const batches = thread.api.read(job)[Symbol.asyncIterator]()
    try {
      let next = await batches.next()
      key?.fill(0)
      while (!next.done) {
        this.#signal.throwIfAborted()
        const batch = next.value
        const [following] = await Promise.all([batch.done ? last : batches.next(), this.#write(file, batch)])
        if (batch.done) await this.#end(file, batch.error)
        next = following
      }
    } catch (error) {
      void batches.return?.().catch(() => {})
      throw error
    } finally {
      key?.fill(0)
    }
  }

  /** Everything the batch holds and how far the file is read: durable together, or not at all. */
  async #write(file: LedgerFile, batch: DiscordBatch): Promise<void> {
    const { id, communityId, dryRun } = this.#ledger
    const { store } = this.#parts
    const { position, messages, leftOut, examples } = batch
    if (dryRun) {
      const ids = batch.ids as MessageId[]
      const known = (await store.messages.known(communityId, ids)).length
      addBatch(file, batch, leftOut, { added: ids.length - known, known })
      addExamples(
        this.#ledger,
        examples.map((example) => ({ ...example, n: file.n })),
      )
    } else {
      const place = { position: position.byte, line: position.line }
      const packed = transfer(batch.packed, [batch.packed.buffer])
      const counts = await store.imports.batch(id, file.n, packed, { ...place, messages, leftOut, examples })
      addBatch(file, batch, leftOut, counts)
      if (counts.added > 0 && file.chatId !== null) this.#parts.imported(communityId, [file.chatId])
    }
    this.#read += messages
    this.#tell()
  }

  async #end(file: LedgerFile, error: Unreadable | null): Promise<void> {
    file.state = error === null ? 'done' : 'failed'
    file.error = error
    if (!this.#ledger.dryRun) await this.#parts.store.imports.endFile(this.#ledger.id, file.n, error)
  }

  async #fail(file: LedgerFile, error: Unreadable): Promise<null> {
    await this.#end(file, error)
    return null
  }

  #tell(): void {
    const now = performance.now()
    this.#ledger.rate = this.#read / Math.max((now - this.#began) / 1000, 0.001)
    if (now - this.#told < TELL_EVERY) return
    this.#told = now
    this.#parts.changed(view(this.#ledger))
  }
}

const last: IteratorResult<DiscordBatch, void> = { done: true, value: undefined }
const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))
