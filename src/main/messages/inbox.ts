/**
 * The one way in for what the network brings. Records queue up, are opened and judged, and go to the store in batches of
 * one transaction; then those who registered for control messages get theirs, in order. Nothing is dropped without being
 * counted, and a store that refuses for a while only makes the queue wait.
 */
import type { ChatId, CommunityId, ContentTopic, MessageId } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import { wait } from '../clock.ts'
import type { InboxItem } from '../store/records.ts'
import type { WakuRecord } from '../waku/network.ts'
import { Backlog } from './backlog.ts'
import type { Control, ControlHandler, ControlType } from './control.ts'
import { Judge } from './judge.ts'
import { buildTopicTable, type Listening, type TopicTable } from './listening.ts'
import type { Opened } from './opening.ts'
import type { CountRefusals, Ingest, KeyOf, SegmentPort } from './ports.ts'
import { Recent } from './recent.ts'
import type { RefusalReason } from './refusal.ts'
import { type JoinSegments, joinSegment } from './segments.ts'

export interface InboxParts {
  readonly keyOf: KeyOf
  readonly ingest: Ingest
  readonly segments: SegmentPort
  readonly count: CountRefusals
  readonly clock: Clock
  /** Closed with the inbox. */
  readonly judge?: Judge
}

export interface InboxEvents {
  /** After a batch is durable. Only chats with something new in them. */
  ingested: { readonly communityId: CommunityId; readonly chatIds: readonly ChatId[]; readonly fresh: number }
  /** Something was said under a group key that is not here. */
  waiting: { readonly communityId: CommunityId }
  /** The store, or a handler, failed; what failed is tried again, or at the next delivery. */
  failed: { readonly what: 'ingest' | 'handler' | 'record' | 'count'; readonly error: unknown }
}

const MB = 1024 * 1024
/** What is judged together and goes into one transaction, and milliseconds that a lone record waits for company. */
const BATCH = { records: 200, bytes: 8 * MB }
const LINGER = 20
/**
 * What waits at most; beyond it the newest live ones are dropped and counted, and readers of history wait already when a
 * quarter is full. What was dropped a store node still has, and is asked for it within the hour.
 */
const QUEUE = { records: 20_000, bytes: 64 * MB }
const ROOMY = 0.25
const RETRY_AFTER = [250, 1000, 5000, 30_000] as const
/** What is kept until its group key comes: anybody can name a key that nobody has. */
const PARKED = { records: 2000, bytes: 16 * MB }

interface Batch {
  readonly items: InboxItem[]
  readonly opened: { readonly record: WakuRecord; readonly opened: Opened }[]
}

export class Inbox {
  readonly #parts: InboxParts
  readonly #judge: Judge
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
  readonly #parked = new Backlog(PARKED)
  readonly #waiters: { readonly for: () => boolean; readonly resolve: () => void }[] = []
  readonly #stop = new AbortController()
  readonly #counts = new Map<string, { communityId: CommunityId | null; reason: RefusalReason; n: number }>()
  #table: TopicTable = new Map()
  #tables: Promise<void> = Promise.resolve()
  readonly #queue = new Backlog(QUEUE)
  #underWay = 0
  #pumping = false
  #cancelLinger: (() => void) | null = null

  constructor(parts: InboxParts) {
    this.#parts = parts
    this.#judge = parts.judge ?? new Judge()
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
    if (!this.#queue.add(record)) {
      this.#count(null, 'overflow')
      return false
    }
    if (this.#queue.length >= BATCH.records) this.#startPump()
    else if (!this.#pumping && this.#cancelLinger === null) {
      this.#cancelLinger = this.#parts.clock.setTimer(LINGER, () => this.#startPump())
    }
    return true
  }

  /** Resolves when so few wait that more may come: readers of history take their speed from it. */
  room(): Promise<void> {
    return this.#until(() => this.#queue.fullness < ROOMY)
  }

  /** Resolves when everything received so far is durable and handled. */
  idle(): Promise<void> {
    this.#startPump()
    return this.#until(() => this.#queue.length + this.#underWay === 0)
  }

  /** Takes nothing more, finishes what was received unless the store refuses it, and forgets every key. */
  async close(): Promise<void> {
    this.#cancelLinger?.()
    this.#stop.abort(new Error('the inbox was closed'))
    await this.idle()
    await this.#judge.close()
    this.#listenings.clear()
    this.#table = new Map()
    this.#recent.clear()
    this.#parked.takeAll()
  }

  #until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiters.push({ for: holds, resolve })
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
      const batch = await this.#judged()
      await this.#store(batch.items)
      for (const { record, opened } of batch.opened) await this.#try(record, () => this.#finish(record, opened))
      await this.#flushCounts()
      this.#underWay = 0
      this.#wake()
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) {
      if (waiter.for()) waiter.resolve()
      else this.#waiters.push(waiter)
    }
  }

  /** Opens and judges the next batch; what was seen before is not looked at. */
  async #judged(): Promise<Batch> {
    const batch: Batch = { items: [], opened: [] }
    const taken = this.#queue.take(BATCH)
    this.#underWay = taken.length
    const records = taken.filter((record) => {
      const key = keyOf(record)
      if (this.#recent.has(key)) return false
      this.#recent.add(key)
      return true
    })
    const failed = (record: WakuRecord, error: unknown) => {
      this.#failed(record, error)
      return null
    }
    for (const [at, opened] of (await this.#judge.judge(records, this.#table, failed)).entries()) {
      const record = records[at]
      if (record === undefined || opened === null) continue
      batch.opened.push({ record, opened })
      batch.items.push(...itemsOf(record, opened))
    }
    return batch
  }

  /** What fails with one record is told, and no other record suffers; it may come again. */
  async #try(record: WakuRecord, step: () => Promise<void> | void): Promise<void> {
    try {
      await step()
    } catch (error) {
      this.#failed(record, error)
    }
  }

  #failed(record: WakuRecord, error: unknown): void {
    this.#recent.delete(keyOf(record))
    this.#emit('failed', { what: 'record', error })
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
    if (!opened.read) {
      // It may be for a community that is joined later.
      if (opened.reason === 'not-for-us') this.#recent.delete(keyOf(record))
      return this.#count(opened.communityId, opened.reason)
    }
    const { communityId, result, piece } = opened
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
        this.#parked.add(record)
        this.#emit('waiting', { communityId })
        return
      case 'segment': {
        if (piece === null) return
        const { segments, clock } = this.#parts
        const part = { communityId, origin: record.origin, record: piece }
        const join: JoinSegments = (stored, last) => this.#judge.join(stored, last, this.#table)
        const joined = await joinSegment(result.segment, part, segments, join, clock.now())
        if (joined === null) return
        const whole: Opened = { ...opened, result: joined.result }
        await this.#store(itemsOf(record, whole))
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
    for (const record of this.#parked.takeAll()) this.receive(record)
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
function itemsOf({ origin: source }: WakuRecord, opened: Opened): InboxItem[] {
  if (!opened.read || opened.result.kind === 'refused') return []
  const { result } = opened
  const item = result.kind === 'control' ? { record: result.control.record, effect: null, source } : result.item
  return item.record === null && item.effect === null ? [] : [item]
}

const communityOf = (item: InboxItem | undefined): CommunityId | null =>
  item?.record?.communityId ?? item?.effect?.communityId ?? null

const keyOf = (record: WakuRecord): string => Buffer.from(record.hash).toString('latin1')

const isRefused = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'refused'
