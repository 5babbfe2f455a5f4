/**
 * Sends what was put into the database, until it has arrived: taken by a node and, where a store can be asked, found in
 * it. Entries are sealed once and told apart by id; nothing but a stale timestamp ever changes (RULES.md R2.4). After
 * any crash the rows say what is left to do; sending one twice is harmless, because receivers know messages by id.
 */
import type { Millis, Nanos } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import { crashPoint } from '../workers/crash-point.ts'
import type { OutboxEntry, OutboxPort, OutboxRow, StoreLookup, WakuNetwork } from './network.ts'
import { renewal, retryDelay } from './outbox-policy.ts'

export interface OutboxOptions {
  readonly port: OutboxPort
  readonly network: Pick<WakuNetwork, 'publish' | 'on'>
  /** Null to believe the nodes. */
  readonly lookup: StoreLookup | null
  readonly clock: Clock
  readonly random: () => number
  /** Messages being sent at once; 16 if absent. */
  readonly inFlight?: number
  readonly onSent?: (id: string) => void
}

interface Accepted {
  readonly row: OutboxRow
  readonly renewed: Nanos | null
  readonly hash: Uint8Array
  readonly since: Millis
}

/** Rows are fetched this many at a time beyond those under way. */
const fetchAhead = 64
/** Accepted messages that wait for a store's word; above this no more are sent. */
const maxUnconfirmed = 256
/** ms for which accepted messages are collected, so that one query asks for many. */
const confirmAfter = 200
/** ms after which an accepted message that no store has is sent again. */
const confirmWithin = 15_000
const hashesPerLookup = 100
/** ms between looks, and how far ahead one looks. */
const pollInterval = 15_000

export class Outbox {
  readonly #options: OutboxOptions
  readonly #inFlight: number
  readonly #sending = new Map<string, Promise<void>>()
  readonly #accepted = new Map<string, Accepted>()
  readonly #drained = new Set<() => void>()
  #queue: OutboxRow[] = []
  #running = false
  #pumping = false
  #again = false
  /** Everything unsent is due, whatever its row says: the network has come back. */
  #eager = false
  #lookedAt = 0
  /** ms; when the earliest row that is not yet due will be, as far as was looked. */
  #nextDue = Number.POSITIVE_INFINITY
  #cancelPoll: () => void = () => {}
  #cancelConfirm: (() => void) | null = null
  #confirming: Promise<void> = Promise.resolve()
  #unsubscribe: () => void = () => {}

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#inFlight = options.inFlight ?? 16
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    let online = false
    this.#unsubscribe = this.#options.network.on('status', ({ state }) => {
      if (state === 'online' && !online) this.#eager = true
      online = state === 'online'
      if (online) this.wake()
    })
    this.wake()
  }

  /** Stops taking up rows; resolves when nothing is being sent. What is unconfirmed is confirmed in the next run. */
  async stop(): Promise<void> {
    this.#running = false
    this.#unsubscribe()
    this.#cancelPoll()
    this.#cancelConfirm?.()
    this.#cancelConfirm = null
    await Promise.all(this.#sending.values())
    await this.#confirming
    this.#accepted.clear()
    this.#queue = []
  }

  /** Durable when it resolves; adding the same id again is harmless. */
  async add(entry: OutboxEntry): Promise<void> {
    await this.#options.port.add(entry)
    this.wake()
  }

  /** Looks for due rows now: somebody else put one in, in a transaction of its own. */
  wake(): void {
    if (!this.#running) return
    if (this.#pumping) this.#again = true
    else void this.#pump()
  }

  pending(): Promise<number> {
    return this.#options.port.pending()
  }

  /** Resolves when nothing is unsent. */
  async drained(): Promise<void> {
    for (;;) {
      const changed = Promise.withResolvers<void>()
      this.#drained.add(changed.resolve) // before looking, or the last one might be sent in between
      if ((await this.pending()) === 0) break
      await changed.promise
    }
    this.#tellDrained()
  }

  async #pump(): Promise<void> {
    this.#pumping = true
    this.#cancelPoll()
    let delay = pollInterval
    try {
      do {
        this.#again = false
        this.#nextDue = Number.POSITIVE_INFINITY
        await this.#fill()
      } while (this.#again && this.#running)
      delay = Math.min(pollInterval, this.#nextDue - this.#options.clock.now())
    } catch {
      delay = 1000 // the database is busy or being restarted; the rows are still there
    }
    this.#pumping = false
    if (!this.#running) return
    this.#cancelPoll = this.#options.clock.setTimer(delay, () => this.wake())
    if (this.#again) this.wake()
  }

  async #fill(): Promise<void> {
    while (this.#running && this.#sending.size < this.#inFlight && this.#accepted.size < maxUnconfirmed) {
      const row = this.#queue.shift() ?? (await this.#fetch())
      if (row === undefined) return
      if (this.#isUnderWay(row.id)) continue
      const sent = this.#send(row).finally(() => {
        this.#sending.delete(row.id)
        this.wake()
      })
      this.#sending.set(row.id, sent)
    }
  }

  /** The next row whose time has come. Looks a little ahead, to know when to look again. */
  async #fetch(): Promise<OutboxRow | undefined> {
    const { port, clock } = this.#options
    const now = clock.now()
    // The clock was set back: what a row says of its time may lie a day ahead.
    if (now < this.#lookedAt - pollInterval) this.#eager = true
    this.#lookedAt = now
    const limit = this.#sending.size + this.#accepted.size + fetchAhead
    const rows = await port.due((this.#eager ? Number.MAX_SAFE_INTEGER : now + pollInterval) as Millis, limit)
    const waiting = rows.filter(({ id }) => !this.#isUnderWay(id))
    this.#queue = waiting.filter(({ nextAt }) => this.#eager || nextAt <= now)
    this.#nextDue = waiting.find(({ nextAt }) => nextAt > now)?.nextAt ?? Number.POSITIVE_INFINITY
    if (rows.length < limit) this.#eager = false
    return this.#queue.shift()
  }

  #isUnderWay(id: string): boolean {
    return this.#sending.has(id) || this.#accepted.has(id)
  }

  async #send(row: OutboxRow): Promise<void> {
    const { network, lookup, clock } = this.#options
    const renewed = renewal(row, clock.now())
    const sealed = renewed === null ? row.sealed : { ...row.sealed, timestamp: renewed }
    try {
      crashPoint('outbox.send:before')
      const { hash } = await network.publish(sealed)
      crashPoint('outbox.send:after')
      // An ephemeral message is in no store, by its own wish.
      if (lookup === null || sealed.ephemeral) await this.#done(row.id)
      else {
        this.#accepted.set(row.id, { row, renewed, hash, since: clock.now() })
        this.#confirmSoon()
      }
    } catch (error) {
      await this.#failed(row, renewed, error)
    }
  }

  async #done(id: string): Promise<void> {
    await this.#options.port.sent(id, this.#options.clock.now())
    this.#options.onSent?.(id)
    if (this.#drained.size > 0 && this.#sending.size + this.#accepted.size <= this.#inFlight) this.#tellDrained()
  }

  async #failed(row: OutboxRow, renewed: Nanos | null, error: unknown): Promise<void> {
    const { port, clock, random } = this.#options
    this.#eager = false
    const nextAt = (clock.now() + retryDelay(row.attempts + 1, isRetryable(error), random)) as Millis
    const reason = error instanceof Error ? error.message : String(error)
    // If even this fails, the row stays due and is taken up by the next look.
    await port.retry(row.id, nextAt, renewed, reason).catch(() => {})
  }

  #confirmSoon(): void {
    if (!this.#running || this.#cancelConfirm !== null) return
    this.#cancelConfirm = this.#options.clock.setTimer(confirmAfter, () => {
      this.#confirming = this.#confirm().finally(() => {
        this.#cancelConfirm = null
        if (this.#accepted.size > 0) this.#confirmSoon()
        this.wake()
      })
    })
  }

  /** Asks the stores for everything that was accepted, many hashes at a time. */
  async #confirm(): Promise<void> {
    const waiting = [...this.#accepted.values()]
    for (let at = 0; at < waiting.length; at += hashesPerLookup) {
      const chunk = waiting.slice(at, at + hashesPerLookup)
      const found = await this.#lookUp(chunk)
      for (const [index, each] of chunk.entries()) {
        try {
          await this.#settle(each, found === null ? null : (found[index] ?? false))
        } catch {
          // The database did not take it: asked again in the next round.
        }
      }
    }
  }

  /** Undefined answers (an error on the way) count as not found yet. */
  async #lookUp(chunk: readonly Accepted[]): Promise<readonly boolean[] | null> {
    try {
      return (await this.#options.lookup?.stored(chunk.map(({ hash }) => hash))) ?? null
    } catch {
      return []
    }
  }

  async #settle({ row, renewed, since }: Accepted, found: boolean | null): Promise<void> {
    if (found !== false) {
      await this.#done(row.id)
      this.#accepted.delete(row.id)
    } else if (this.#options.clock.now() - since >= confirmWithin) {
      await this.#failed(row, renewed, new Error('A node took the message, but no store has it.'))
      this.#accepted.delete(row.id)
    }
  }

  #tellDrained(): void {
    for (const resolve of [...this.#drained]) resolve()
    this.#drained.clear()
  }
}

/** Errors that crossed a thread keep their fields, not their class. */
function isRetryable(error: unknown): boolean {
  return !(error instanceof Error && 'retryable' in error && error.retryable === false)
}
