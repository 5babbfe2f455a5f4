/** Who in this process wants which content topics. */
import type { ContentTopic } from '../../shared/domain.ts'
import type { Unsubscribe, WakuRecord } from './network.ts'

type Deliver = (record: WakuRecord) => void

export class Subscriptions {
  readonly #byTopic = new Map<ContentTopic, Set<Deliver>>()

  /** A listener of its own for each call, even when the same function is given twice. */
  add(topics: readonly ContentTopic[], deliver: Deliver): Unsubscribe {
    const own: Deliver = (record) => deliver(record)
    for (const topic of topics) {
      const set = this.#byTopic.get(topic) ?? new Set()
      this.#byTopic.set(topic, set.add(own))
    }
    return () => {
      for (const topic of topics) {
        const set = this.#byTopic.get(topic)
        set?.delete(own)
        if (set?.size === 0) this.#byTopic.delete(topic)
      }
    }
  }

  topics(): ContentTopic[] {
    return [...this.#byTopic.keys()]
  }

  deliver(record: WakuRecord): void {
    for (const deliver of [...(this.#byTopic.get(record.contentTopic) ?? [])]) deliver(record)
  }
}
