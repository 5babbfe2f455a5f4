/** Keeps the network bringing what the inbox listens to, and asks it for what was missed. */
import type { CommunityId, ContentTopic, Millis } from '../../shared/domain.ts'
import type { Unsubscribe, WakuNetwork } from '../waku/network.ts'
import type { Inbox } from './inbox.ts'
import type { Listening } from './listening.ts'

export interface IntakeParts {
  readonly network: Pick<WakuNetwork, 'subscribe' | 'history'>
  readonly inbox: Inbox
}

export interface CatchUp {
  /** Everything listened to, unless given. */
  readonly topics?: readonly ContentTopic[]
  readonly from: Millis
  readonly to: Millis
  readonly signal?: AbortSignal
}

interface Subscription {
  readonly topics: ReadonlySet<ContentTopic>
  readonly end: Unsubscribe
}

export class Intake {
  readonly #parts: IntakeParts
  #subscriptions: Subscription[] = []
  #syncing: Promise<void> = Promise.resolve()
  #closed = false

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  /** Adds or replaces a community; resolves when its live messages arrive. */
  async listen(listening: Listening): Promise<void> {
    await this.#parts.inbox.listen(listening)
    await this.#sync()
  }

  async forget(communityId: CommunityId): Promise<void> {
    await this.#parts.inbox.forget(communityId)
    await this.#sync()
  }

  /**
   * Asks the store nodes for a stretch of time, oldest first. Resolves, with how many records came, when all of them
   * are durable and handled; rejects when the network cannot be asked, and what came until then is kept. Never await it
   * in a handler of control messages: it waits for that handler.
   */
  async catchUp({ topics = this.#parts.inbox.topics(), from, to, signal }: CatchUp): Promise<number> {
    const { network, inbox } = this.#parts
    if (topics.length === 0) return 0
    let records = 0
    try {
      for await (const record of network.history({ topics, from, to, ...(signal === undefined ? {} : { signal }) })) {
        await inbox.room()
        if (!inbox.receive(record)) throw new Error('the inbox is closed')
        records += 1
      }
    } finally {
      await inbox.idle()
    }
    return records
  }

  /** Ends every subscription. The inbox is closed by its owner. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#sync()
  }

  /** New topics are subscribed to before old ones are given up; one change at a time. */
  #sync(): Promise<void> {
    const step = async () => {
      const wanted = new Set(this.#closed ? [] : this.#parts.inbox.topics())
      const had = new Set(this.#subscriptions.flatMap(({ topics }) => [...topics]))
      const added = [...wanted].filter((topic) => !had.has(topic))
      if (added.length > 0) {
        const end = await this.#parts.network.subscribe(added, (record) => {
          this.#parts.inbox.receive(record)
        })
        this.#subscriptions.push({ topics: new Set(added), end })
      }
      const kept = this.#subscriptions.filter(({ topics }) => [...topics].some((topic) => wanted.has(topic)))
      for (const subscription of this.#subscriptions) if (!kept.includes(subscription)) subscription.end()
      this.#subscriptions = kept
    }
    const done = this.#syncing.then(step)
    this.#syncing = done.catch(() => {})
    return done
  }
}
