/**
 * The one way in for what the network brings. Records queue up, are opened and judged in short slices, and go to the
 * store in batches of one transaction; then those who registered for control messages get theirs, in order. Nothing is
 * dropped without being counted, and a store that refuses for a while only makes the queue wait.
 */
import type { ChatId, CommunityId, ContentTopic, MessageId } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import { wait } from '../clock.ts'
import type { InboxItem } from '../store/records.ts'
import type { WakuRecord } from '../waku/network.ts'
import type { Control, ControlHandler, ControlType } from './control.ts'
import type { Interpretation } from './interpret.ts'
import { buildTopicTable, type Listening, type TopicTable } from './listening.ts'
import { type Opened, openRecord } from './opening.ts'
import type { CountRefusals, Ingest, KeyOf, SegmentPort } from './ports.ts'
import { walkTo } from './ratchets.ts'
import { Recent } from './recent.ts'
import type { RefusalReason } from './refusal.ts'
import { joinSegment } from './segments.ts'

export interface InboxParts {
  readonly keyOf: KeyOf
  readonly ingest: Ingest
  readonly segments: SegmentPort
  readonly count: CountRefusals
  readonly clock: Clock
}

export interface InboxEvents {
  /** After a batch is durable. Only chats with something new in them. */
  ingested: { readonly communityId: CommunityId; readonly chatIds: readonly ChatId[]; readonly fresh: number }
  /** Something was said under a group key that is not here. */
  waiting: { readonly communityId: CommunityId }
  /** The store, or a handler, failed; what failed is tried again, or at the next delivery. */
  failed: { readonly what: 'ingest' | 'handler' | 'record' | 'count'; readonly error: unknown }
}

/** Records in one transaction, and milliseconds that a lone record waits for company. */
const BATCH = 200
const LINGER = 20
/** Milliseconds of judging before other work gets its turn: of this thread's time, not the protocol's. */
const SLICE = 8
/** Records that wait at most; beyond it live ones are dropped and counted, and readers of history wait. */
const QUEUE = 20_000
const ROOMY = QUEUE / 4
const RETRY_AFTER = [250, 1000, 5000, 30_000] as const
/** Records kept until their group key comes. */
const PARKED = 2000

interface Batch {
  readonly items: InboxItem[]
  readonly opened: { readonly record: WakuRecord; readonly opened: Opened }[]
}

export class Inbox {
  readonly #parts: InboxParts
  readonly #listenings = new Map<CommunityId, Listening>()
  readonly #handlers: { [K in ControlType]: ControlHandler<K>[] } = {
    'community-description': [],
    'archive-link': [],
    'request-to-join': [],
    'cancel-request-to-join': [],
    'request-to-join-response': [],
    'request-to-leave': [],
    'user-kicked': [],
  }
  readonly #listeners: { [K in keyof InboxEvents]: Set<(event: InboxEvents[K]) => void> } = {
    ingested: new Set(),
    waiting: new Set(),
    failed: new Set(),
  }
  readonly #recent = new Recent(10_000)
  readonly #parked: WakuRecord[] = []
  readonly #waiters: { readonly below: number; readonly resolve: () => void }[] = []
  readonly #stop = new AbortController()
  readonly #counts = new Map<string, { communityId: CommunityId | null; reason: RefusalReason; n: number }>()
  #table: TopicTable = new Map()
  #tables: Promise<void> = Promise.resolve()
  #queue: WakuRecord[] = []
  #underWay = 0
  #pumping = false
  #cancelLinger: (() => void) | null = null

  constructor(parts: InboxParts) {
    this.#parts = parts
  }

  /** Adds a community, or replaces what was known of it. Resolves when its topics are being opened. */
  listen(listening: Listening): Promise<void> {
    this.#listenings.set(listening.communityId, listening)
    return this.#rebuild().then(() => this.#unpark())
  }

  forget(communityId: CommunityId): Promise<void> {
    this.#listenings.delete(communityId)
    return this.#rebuild()
  }

  /** What the network has to bring. */
  topics(): ContentTopic[] {
    return [...this.#table.keys()]
  }

  /** Handlers are awaited, in the order of registration; one that fails is counted and does not stop the others. */
  register<K extends ControlType>(type: K, handler: ControlHandler<K>): void {
    this.#handlers[type].push(handler)
  }

  on<K extends keyof InboxEvents>(event: K, listener: (value: InboxEvents[K]) => void): () => void {
    this.#listeners[event].add(listener)
    return () => this.#listeners[event].delete(listener)
  }

  /** Takes one record. False when it had to be dropped: too many wait already. */
  receive(record: WakuRecord): boolean {
    if (this.#stop.signal.aborted) return false
    if (this.#queue.length >= QUEUE) {
      this.#count(null, 'overflow')
      return false
    }
    this.#queue.push(record)
    if (this.#queue.length >= BATCH) this.#startPump()
    else if (!this.#pumping && this.#cancelLinger === null) {
      this.#cancelLinger = this.#parts.clock.setTimer(LINGER, () => this.#startPump())
    }
    return true
  }

  /** Resolves when so few wait that more may come: readers of history take their speed from it. */
  room(): Promise<void> {
    return this.#until(ROOMY)
  }

  /** Resolves when everything received so far is durable and handled. */
  idle(): Promise<void> {
    this.#startPump()
    return this.#until(1)
  }

  /** Takes nothing more, finishes what was received unless the store refuses it, and forgets every key. */
  async close(): Promise<void> {
    this.#cancelLinger?.()
    this.#stop.abort(new Error('the inbox was closed'))
    await this.idle()
    this.#listenings.clear()
    this.#table = new Map()
    this.#recent.clear()
    this.#parked.length = 0
  }

  #until(below: number): Promise<void> {
    if (this.#queue.length + this.#underWay < below) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiters.push({ below, resolve })
    })
  }

  #rebuild(): Promise<void> {
    this.#tables = this.#tables.then(async () => {
      this.#table = await buildTopicTable(this.#listenings.values(), this.#parts.keyOf)
    })
    return this.#tables
  }

  #startPump(): void {
    this.#cancelLinger?.()
    this.#cancelLinger = null
    if (this.#pumping || this.#queue.length === 0) return
    this.#pumping = true
    void this.#pump().finally(() => {
      this.#pumping = false
      this.#wake()
      if (this.#queue.length > 0) this.#startPump()
    })
  }

  async #pump(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = await this.#judge()
      await this.#store(batch.items)
      for (const { record, opened } of batch.opened) await this.#try(record, () => this.#finish(record, opened))
      await this.#flushCounts()
      this.#underWay = 0
      this.#wake()
    }
  }

  #wake(): void {
    const waiting = this.#queue.length + this.#underWay
    for (const waiter of this.#waiters.splice(0)) {
      if (waiting < waiter.below) waiter.resolve()
      else this.#waiters.push(waiter)
    }
  }

  /** Opens and judges the next batch, giving way between slices. */
  async #judge(): Promise<Batch> {
    const batch: Batch = { items: [], opened: [] }
    const records = this.#queue.splice(0, BATCH)
    this.#underWay = records.length
    let sliceEnd = performance.now() + SLICE
    for (const record of records) {
      if (!this.#recent.has(keyOf(record))) {
        this.#recent.add(keyOf(record))
        await this.#try(record, async () => {
          let opened = openRecord(record, this.#table)
          while (opened.listening !== null && opened.result.kind === 'far') {
            await walkTo(opened.result.chain, opened.result.seqNo)
            opened = openRecord(record, this.#table)
          }
          batch.opened.push({ record, opened })
          batch.items.push(...itemsOf(opened))
        })
      }
      if (performance.now() < sliceEnd) continue
      await new Promise((resolve) => setImmediate(resolve))
      sliceEnd = performance.now() + SLICE
    }
    return batch
  }

  /** What fails with one record is told, and no other record suffers; it may come again. */
  async #try(record: WakuRecord, step: () => Promise<void> | void): Promise<void> {
    try {
      await step()
    } catch (error) {
      this.#recent.delete(keyOf(record))
      this.#emit('failed', { what: 'record', error })
    }
  }

  /** Until it is stored, whatever it takes; only what the database refuses for good is given up, one by one. */
  async #store(items: readonly InboxItem[]): Promise<void> {
    if (items.length === 0) return
    for (let attempt = 0; ; attempt++) {
      try {
        const { fresh } = await this.#parts.ingest(items)
        this.#announce(items, new Set(fresh))
        return
      } catch (error) {
        this.#emit('failed', { what: 'ingest', error })
        if (isRefused(error)) {
          if (items.length === 1) return this.#count(communityOf(items[0]), 'refused-by-store')
          for (const item of items) await this.#store([item])
          return
        }
        const delay = RETRY_AFTER[Math.min(attempt, RETRY_AFTER.length - 1)] ?? 0
        try {
          await wait(this.#parts.clock, delay, this.#stop.signal)
        } catch {
          return
        }
      }
    }
  }

  async #finish(record: WakuRecord, opened: Opened): Promise<void> {
    if (opened.listening === null) {
      // It may be for a community that is joined later.
      if (opened.reason === 'not-for-us') this.#recent.delete(keyOf(record))
      return this.#count(opened.communityId, opened.reason)
    }
    const { communityId } = opened.listening
    const result: Interpretation = opened.result
    switch (result.kind) {
      case 'refused':
        // Rights may be given a moment later: fetched again from a store node, it is judged anew.
        if (result.reason === 'not-permitted') this.#recent.delete(keyOf(record))
        return this.#count(communityId, result.reason)
      case 'control':
        if (!(await this.#handle(result.control))) this.#recent.delete(keyOf(record))
        return
      case 'waiting':
        this.#recent.delete(keyOf(record))
        if (this.#parked.length < PARKED) this.#parked.push(record)
        this.#emit('waiting', { communityId })
        return
      case 'segment': {
        const joined = await joinSegment(result.segment, opened, this.#parts.segments, this.#parts.clock.now())
        if (joined === null) return
        const whole = { ...opened, result: joined.result }
        await this.#store(itemsOf(whole))
        await this.#finish(record, whole)
        return joined.done()
      }
    }
  }

  async #handle<K extends ControlType>(control: Control<K>): Promise<boolean> {
    const handlers: readonly ControlHandler<K>[] = this.#handlers[control.type]
    let handled = true
    for (const handler of handlers) {
      try {
        await handler(control)
      } catch (error) {
        handled = false
        this.#emit('failed', { what: 'handler', error })
        this.#count(control.communityId, 'handler-failed')
      }
    }
    return handled
  }

  #unpark(): void {
    for (const record of this.#parked.splice(0)) this.receive(record)
  }

  #announce(items: readonly InboxItem[], fresh: ReadonlySet<MessageId>): void {
    const changes = new Map<CommunityId, { chatIds: Set<ChatId>; fresh: number }>()
    for (const { effect } of items) {
      if (effect === null || !fresh.has(effect.id)) continue
      const change = changes.get(effect.communityId) ?? { chatIds: new Set(), fresh: 0 }
      changes.set(effect.communityId, change)
      change.chatIds.add(effect.chatId)
      change.fresh += 1
    }
    for (const [communityId, change] of changes) {
      this.#emit('ingested', { communityId, chatIds: [...change.chatIds], fresh: change.fresh })
    }
  }

  #count(communityId: CommunityId | null, reason: RefusalReason): void {
    const key = `${communityId ?? ''} ${reason}`
    const count = this.#counts.get(key) ?? { communityId, reason, n: 0 }
    count.n += 1
    this.#counts.set(key, count)
  }

  /** Once for each batch: a stranger's thousand announcements are one write. */
  async #flushCounts(): Promise<void> {
    const counts = [...this.#counts.values()]
    this.#counts.clear()
    for (const { communityId, reason, n } of counts) {
      try {
        await this.#parts.count(communityId, reason, n)
      } catch (error) {
        this.#emit('failed', { what: 'count', error })
      }
    }
  }

  #emit<K extends keyof InboxEvents>(event: K, value: InboxEvents[K]): void {
    for (const listener of this.#listeners[event]) listener(value)
  }
}

/** What of an opened record goes to the store. */
function itemsOf(opened: Opened): InboxItem[] {
  if (opened.listening === null) return []
  const { result } = opened
  if (result.kind === 'refused' || result.kind === 'far') return []
  const { origin: source } = opened.context
  const item = result.kind === 'control' ? { record: result.control.record, effect: null, source } : result.item
  return item.record === null && item.effect === null ? [] : [item]
}

const communityOf = (item: InboxItem | undefined): CommunityId | null =>
  item?.record?.communityId ?? item?.effect?.communityId ?? null

const keyOf = (record: WakuRecord): string => Buffer.from(record.hash).toString('latin1')

const isRefused = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'refused'
