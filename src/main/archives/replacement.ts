/**
 * Archives in the place of what is here: the written specification's delete-and-replace, for a member who asks for it.
 * What lies in the time of imported archives and is in none of them is put aside, never deleted, and comes back on
 * request. What an archive holds is read from the archive itself, so nobody pays for this who does not use it.
 * PROTOCOL.md §12 (10).
 */
import type { ReplacementPreview } from '../../shared/contract.ts'
import type { ChatId, CommunityId, MessageId, Millis, Seconds } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import { EngineError } from '../distribution/engine.ts'
import type { ComparedPage, Store } from '../store/index.ts'
import { ArchiveError } from './errors.ts'
import { sentenceOf } from './failures.ts'
import type { Importer } from './importer.ts'
import type { EnginesPort, MemberPort } from './ports.ts'
import { judges, type SpokenFor, spokenFor } from './replacement-policy.ts'
import { WEEK } from './schedule.ts'
import { newestLinks } from './serving.ts'
import type { Signals } from './signals.ts'

export interface ReplacementParts {
  readonly store: Pick<Store, 'downloads' | 'replacement' | 'messages'>
  readonly clock: Clock
  readonly engines: Pick<EnginesPort, 'running'>
  readonly member: Pick<MemberPort, 'standing' | 'replaced'>
  readonly importer: Pick<Importer, 'ids'>
  readonly signals: Signals
}

type Row = Awaited<ReturnType<Store['downloads']['archives']>>[number]

interface Found {
  /** When what is in none of the archives was said. */
  readonly messages: ReadonlyMap<MessageId, Millis>
  /** Partitions of which everything was compared. */
  readonly compared: readonly SpokenFor<Row>[]
  /** Archives in the history when this was found. */
  readonly imported: number
  /** Archives that could not be read just now; while there are any, nothing is put aside. */
  readonly unread: number
  /** Older partitions were not looked at yet. */
  readonly more: boolean
}

/** What goes on for one community. */
interface Lane {
  tail: Promise<unknown>
  stop: AbortController
  waiting: boolean
}

/** Messages read, or moved, in one step of the store: some milliseconds. */
const PAGE = 500
const SLICE = 50
/** Messages held in memory at once; more wait for the next round. */
const AT_ONCE = 10_000
const SHOWN = 50
const WEEKS = 5300
/** ms; archives are on this disk. */
const TIMEOUT = 30_000

export class Replacement {
  readonly #parts: ReplacementParts
  readonly #lanes = new Map<CommunityId, Lane>()
  #closed = false

  constructor(parts: ReplacementParts) {
    this.#parts = parts
    parts.signals.on(({ name, communityId }) => {
      if (name === 'downloadingHistoryArchivesFinished') this.wake(communityId)
    })
  }

  /** Goes on where it was interrupted. */
  async start(): Promise<void> {
    for (const communityId of await this.#parts.store.replacement.on()) this.wake(communityId)
  }

  /** Something was imported: it replaces what is here, where that is wished. */
  wake(communityId: CommunityId): void {
    const lane = this.#lane(communityId)
    if (lane.waiting || this.#closed) return
    lane.waiting = true
    const { stop } = lane
    this.#exclusive(communityId, (signal) => {
      lane.waiting = false
      return this.#replace(communityId, signal)
    }).catch((error: unknown) => {
      if (this.#closed || stop.signal.aborted) return
      const detail = `Nothing was replaced by archives: ${sentenceOf(error)}`
      this.#parts.signals.emit('historyArchivesNotice', communityId, null, detail)
    })
  }

  /** What would be put aside now. Changes nothing. @throws ArchiveError `owner-keeps` */
  preview(communityId: CommunityId): Promise<ReplacementPreview> {
    return this.#exclusive(communityId, async (signal) => {
      await this.#refuseOwner(communityId)
      const { store } = this.#parts
      const found = await this.#find(communityId, new Set(), signal)
      const newestFirst = [...found.messages].sort(([, a], [, b]) => b - a)
      const first = []
      for (const [id] of newestFirst.slice(0, SHOWN)) {
        const message = await store.messages.get(communityId, id)
        if (message !== null) first.push(message)
      }
      const ends = (await store.downloads.list(communityId)).flatMap(({ state, to }) =>
        state === 'imported' ? to : [],
      )
      const end = ends.reduce<number>((latest, to) => Math.max(latest, to), 0)
      return {
        on: await store.replacement.isOn(communityId),
        messages: found.messages.size,
        more: found.more,
        younger: await store.replacement.younger(communityId, (end * 1000) as Millis),
        unread: found.unread,
        replaced: await store.replacement.replaced(communityId),
        weeks: weeksOf(newestFirst.map(([, at]) => at)).slice(0, WEEKS),
        first,
      }
    })
  }

  /** Off, nothing more is put aside; what was stays so until it is restored. @throws ArchiveError `owner-keeps` */
  async set(communityId: CommunityId, on: boolean): Promise<void> {
    if (on) await this.#refuseOwner(communityId)
    this.#interrupt(communityId)
    await this.#exclusive(communityId, () => this.#parts.store.replacement.set(communityId, on))
    this.#parts.signals.changed(communityId)
    if (on) this.wake(communityId)
  }

  /** Brings everything back and switches replacement off. Interrupted, the next call goes on. @returns messages */
  async restore(communityId: CommunityId): Promise<number> {
    const { store, member, signals } = this.#parts
    this.#interrupt(communityId)
    return this.#exclusive(communityId, async (signal) => {
      const before = await store.replacement.replaced(communityId)
      for (let left = 1; left > 0; ) {
        signal.throwIfAborted()
        const restored = await store.replacement.restore(communityId, SLICE)
        if (restored.chatIds.length > 0) member.replaced(communityId, restored.chatIds)
        left = restored.left
      }
      signals.changed(communityId)
      return before
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { stop } of this.#lanes.values()) stop.abort(new Error('The archives are being closed.'))
    await Promise.all([...this.#lanes.values()].map(({ tail }) => tail))
  }

  async #replace(communityId: CommunityId, signal: AbortSignal): Promise<void> {
    const { store, clock, member, signals } = this.#parts
    let total = 0
    for (let goOn = true; goOn; ) {
      if (!(await this.#mayReplace(communityId))) return
      const found = await this.#find(communityId, new Set(await store.replacement.compared(communityId)), signal)
      if (found.unread > 0) {
        const detail = `Nothing was replaced: ${found.unread} archives cannot be read just now.`
        signals.emit('historyArchivesNotice', communityId, null, detail)
        return
      }
      const ids = [...found.messages.keys()]
      const chatIds = new Set<ChatId>()
      let isStale = false
      for (let at = 0; at < ids.length && !isStale; at += SLICE) {
        signal.throwIfAborted()
        const moved = await store.replacement.putAside(
          communityId,
          ids.slice(at, at + SLICE),
          found.imported,
          clock.now(),
        )
        isStale = moved === null
        for (const chatId of moved ?? []) chatIds.add(chatId)
        if (moved !== null) total += Math.min(SLICE, ids.length - at)
      }
      if (chatIds.size > 0) member.replaced(communityId, [...chatIds])
      // What is being imported ends with a signal, and then this begins again.
      if (isStale) return
      // The last day of what is spoken for is judged when there is more after it.
      const final = found.compared.filter(this.#isFinal(found.compared))
      const marked = final.flatMap(({ archives }) => archives.map(({ engine, entry: { id } }) => ({ engine, id })))
      await store.replacement.markCompared(communityId, marked)
      goOn = found.more && (marked.length > 0 || ids.length > 0)
    }
    if (total === 0) return
    const detail = `${total} messages that are in no archive were put aside; they can be brought back.`
    signals.emit('historyArchivesNotice', communityId, null, detail)
  }

  /** Only a member, only one who wishes it, and only when all there is to follow has been followed. */
  async #mayReplace(communityId: CommunityId): Promise<boolean> {
    const { store, member } = this.#parts
    const { owner, joined } = await member.standing(communityId)
    if (this.#closed || owner || !joined || !(await store.replacement.isOn(communityId))) return false
    return newestLinks(await store.downloads.links(communityId)).every(({ state }) => state === 'done')
  }

  #isFinal(partitions: readonly SpokenFor<Row>[]): (one: SpokenFor<Row>) => boolean {
    const isJudged = judges(partitions, this.#parts.clock.now())
    return ({ to }) => isJudged((to * 1000 - 1) as Millis)
  }

  /** Messages of partitions not yet `done` that are in no archive, whatever archive they should be in. */
  async #find(communityId: CommunityId, done: ReadonlySet<string>, signal: AbortSignal): Promise<Found> {
    const { store, clock } = this.#parts
    const rows = await store.downloads.archives(communityId)
    const partitions = spokenFor(rows)
    const isJudged = judges(partitions, clock.now())
    const messages = new Map<MessageId, Millis>()
    const compared: SpokenFor<Row>[] = []
    let more = false
    let unread = 0
    for (const partition of partitions) {
      if (partition.archives.every(({ entry }) => done.has(entry.id))) continue
      if (messages.size >= AT_ONCE) {
        more = true
        break
      }
      const held = new Set<MessageId>()
      const gaps = await this.#read(communityId, partition.archives, signal, (id) => held.add(id))
      unread += gaps
      if (gaps > 0) continue
      for await (const { id, timestamp } of this.#messages(communityId, partition, signal))
        if (!held.has(id) && isJudged(timestamp)) messages.set(id, timestamp)
      compared.push(partition)
    }
    // Clocks differ, and what is sent late lies in a later archive.
    const whole = new Set(partitions.map(rangeOf))
    const others = rows.filter(({ state, entry }) => state === 'imported' && !whole.has(rangeOf(entry)))
    for (const archives of [...partitions.map((partition) => partition.archives), others]) {
      if (messages.size === 0) break
      unread += await this.#read(communityId, archives, signal, (id) => messages.delete(id))
    }
    const imported = rows.filter(({ state }) => state === 'imported').length
    return { messages, compared, imported, unread, more }
  }

  async *#messages(communityId: CommunityId, { from, to }: SpokenFor<Row>, signal: AbortSignal) {
    const range = { from: (from * 1000) as Millis, to: (to * 1000) as Millis }
    let after: ComparedPage['after'] = null
    do {
      signal.throwIfAborted()
      const page: ComparedPage = await this.#parts.store.replacement.page(communityId, { ...range, after }, PAGE)
      yield* page.messages
      after = page.after
    } while (after !== null)
  }

  /** @returns how many of the archives could not be read */
  async #read(
    communityId: CommunityId,
    archives: readonly Row[],
    signal: AbortSignal,
    take: (id: MessageId) => void,
  ): Promise<number> {
    const { store, engines, importer } = this.#parts
    const links = newestLinks(await store.downloads.links(communityId))
    let failed = 0
    for (const { engine: kind, entry, messages } of archives) {
      signal.throwIfAborted()
      try {
        const engine = engines.running().find((one) => one.kind === kind)
        const link = links.find((one) => one.engine === kind)?.link
        if (!engine || !link) throw new EngineError('unavailable', `The ${kind} engine is not running.`)
        const file = await engine.fetch(communityId, link, entry, { signal, timeout: TIMEOUT })
        let given = 0
        await importer.ids({ communityId, engine: kind, entry, file, signal }, (ids) => {
          given += ids.length
          ids.forEach(take)
        })
        // What was believed once and is not now (a channel that is gone) is in the archive all the same.
        if (given < messages) failed += 1
      } catch {
        signal.throwIfAborted()
        failed += 1
      }
    }
    return failed
  }

  async #refuseOwner(communityId: CommunityId): Promise<void> {
    if (!(await this.#parts.member.standing(communityId)).owner) return
    const message = 'Archives of your own community are made of what is here: nothing takes its place.'
    throw new ArchiveError('owner-keeps', message)
  }

  #interrupt(communityId: CommunityId): void {
    const lane = this.#lane(communityId)
    lane.stop.abort(new Error('Something else was asked for meanwhile.'))
    lane.stop = new AbortController()
    lane.waiting = false
  }

  #lane(communityId: CommunityId): Lane {
    const known = this.#lanes.get(communityId)
    if (known) return known
    const lane: Lane = { tail: Promise.resolve(), stop: new AbortController(), waiting: false }
    this.#lanes.set(communityId, lane)
    return lane
  }

  /** One thing at a time for each community, in the order asked for. */
  #exclusive<T>(communityId: CommunityId, step: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const lane = this.#lane(communityId)
    const { signal } = lane.stop
    const run = lane.tail.then(() => step(signal))
    lane.tail = run.catch(() => {})
    return run
  }
}

const rangeOf = ({ from, to }: { readonly from: Seconds; readonly to: Seconds }): string => `${from}-${to}`

/** Newest first, as the times are. */
function weeksOf(times: readonly Millis[]): { from: Seconds; messages: number }[] {
  const weeks = new Map<number, number>()
  for (const at of times) {
    const from = Math.floor(at / 1000 / WEEK) * WEEK
    weeks.set(from, (weeks.get(from) ?? 0) + 1)
  }
  return [...weeks].map(([from, messages]) => ({ from: from as Seconds, messages }))
}
