/** What a node tells its front ends: the events of the contract, gathered so that a busy node does not flood them. */
import type { EventName, EventPayload } from '../../shared/contract.ts'
import type { Clock } from '../clock.ts'

type Listener<K extends EventName> = (payload: EventPayload<K>) => void

/** ms between two events of one kind about one thing. */
const INTERVAL = 200

export class NodeEvents {
  readonly #clock: Clock
  readonly #listeners = new Map<EventName, Set<(payload: never) => void>>()
  readonly #gathered = new Map<string, { cancel: () => void; make: (() => void) | null }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  on<K extends EventName>(name: K, listener: Listener<K>): () => void {
    const set = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, set.add(listener))
    return () => set.delete(listener)
  }

  emit<K extends EventName>(name: K, payload: EventPayload<K>): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(payload as never)
  }

  /** The first of a burst goes out at once, then one each interval with what is true at that moment. */
  gather<K extends EventName>(name: K, key: string, payload: () => EventPayload<K>): void {
    const id = `${name} ${key}`
    const make = () => this.emit(name, payload())
    const waiting = this.#gathered.get(id)
    if (waiting !== undefined) {
      waiting.make = make
      return
    }
    make()
    this.#wait(id)
  }

  #wait(id: string): void {
    const cancel = this.#clock.setTimer(INTERVAL, () => {
      const make = this.#gathered.get(id)?.make ?? null
      this.#gathered.delete(id)
      if (make === null) return
      make()
      this.#wait(id)
    })
    this.#gathered.set(id, { cancel, make: null })
  }

  close(): void {
    for (const { cancel } of this.#gathered.values()) cancel()
    this.#gathered.clear()
    this.#listeners.clear()
  }
}
