/**
 * Reads one channel: opens it at its end or around a place, goes on in both directions, and reads again what it holds
 * when something changed. One step at a time; what arrives after the place was left is dropped.
 */
import type { Cursor } from '../../../shared/contract.ts'
import type { MessageId, Millis } from '../../../shared/domain.ts'
import {
  compare,
  cursorBefore,
  cursorOf,
  isTimeOnly,
  type MessageWindow,
  maxHeld,
  type Page,
  pageSize,
  reread,
  windowOf,
  withNewer,
  withOlder,
} from './window.ts'

export interface Question {
  readonly before?: Cursor
  readonly after?: Cursor
  readonly around?: MessageId
  readonly at?: Millis
  readonly limit: number
}

export interface FeedState {
  /** Null until the first answer. */
  readonly window: MessageWindow | null
  readonly error: unknown
  /** Counts openings: a new one means a new place to scroll to. */
  readonly opened: number
}

/** Where to open: at the newest message, at one message, or at the first one from a time on. */
export type Place = 'end' | Cursor | { readonly from: Millis }

export class MessageFeed {
  readonly #ask: (question: Question) => Promise<Page>
  readonly #first: number
  readonly #listeners = new Set<() => void>()
  #state: FeedState = { window: null, error: null, opened: 0 }
  #busy = false
  #isStale = false
  /** Raised by every opening: answers to earlier questions no longer count. */
  #turn = 0

  /** `first`: how many messages it asks for around a place. */
  constructor(ask: (question: Question) => Promise<Page>, first = pageSize) {
    this.#ask = ask
    this.#first = first
  }

  readonly state = (): FeedState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  async open(place: Place): Promise<void> {
    this.#turn++
    this.#busy = false
    await this.#run(async () => {
      const page = await (place === 'end' ? this.#ask({ limit: pageSize }) : this.#around(place))
      return { window: windowOf(page), opened: this.#state.opened + 1 }
    })
  }

  older = (): Promise<void> =>
    this.#step(async (window) => {
      const [first] = window.messages
      if (window.atStart || !first) return window
      return withOlder(window, await this.#ask({ before: cursorOf(first), limit: pageSize }))
    })

  newer = (): Promise<void> =>
    this.#step(async (window) => {
      const last = window.messages.at(-1)
      if (window.atEnd || !last) return window
      return withNewer(window, await this.#ask({ after: cursorOf(last), limit: pageSize }))
    })

  /** Something changed in the channel. Asked for while busy, it is done once afterwards. */
  async refresh(): Promise<void> {
    this.#isStale = true
    if (this.#busy) return
    while (this.#isStale) {
      this.#isStale = false
      await this.#step((window) => this.#reread(window))
      if (this.#state.error !== null) return
    }
  }

  async #around(place: Exclude<Place, 'end'>): Promise<Page> {
    if (!('from' in place) && !isTimeOnly(place)) {
      const page = await this.#ask({ around: place.id, limit: this.#first })
      if (page.target !== null) return page
    }
    // Where a message is not known here, what was said at its time is what was meant.
    return this.#ask({ at: 'from' in place ? place.from : place.clock, limit: this.#first })
  }

  async #reread(window: MessageWindow): Promise<MessageWindow> {
    const [first] = window.messages
    const last = window.messages.at(-1)
    if (!first || !last) return windowOf(await this.#ask({ limit: pageSize }))
    const found = []
    let total = window.total
    let from = cursorBefore(first)
    while (found.length < maxHeld) {
      const page = await this.#ask({ after: from, limit: pageSize })
      found.push(...page.messages)
      total = page.total
      const newest = page.messages.at(-1)
      if (!newest || page.messages.length < pageSize) return reread(window, found, total, true)
      from = cursorOf(newest)
      if (!window.atEnd && compare(newest, last) >= 0) break
    }
    const same = window.atEnd ? found : found.filter((message) => compare(message, last) <= 0)
    return reread(window, same, total, false)
  }

  async #step(next: (window: MessageWindow) => Promise<MessageWindow>): Promise<void> {
    const { window } = this.#state
    if (!window || this.#busy) return
    await this.#run(async () => ({ window: await next(window) }))
    if (this.#isStale && !this.#busy && this.#state.error === null) await this.refresh()
  }

  async #run(work: () => Promise<Partial<FeedState>>): Promise<void> {
    const turn = this.#turn
    this.#busy = true
    let change: Partial<FeedState>
    try {
      change = { error: null, ...(await work()) }
    } catch (error) {
      change = { error }
    }
    if (turn !== this.#turn) return
    this.#busy = false
    this.#state = { ...this.#state, ...change }
    for (const listener of [...this.#listeners]) listener()
  }
}
