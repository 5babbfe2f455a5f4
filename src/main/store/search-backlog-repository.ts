/** Makes searchable what was imported, the newest first, some at a time; what is done stays done. */
import type { Db } from './database.ts'
import type { MessageIndex } from './message-index.ts'
import { Repository } from './repository.ts'

export class SearchBacklogRepository extends Repository {
  static override readonly reads = ['left'] as const

  readonly #index: MessageIndex

  constructor(db: Db, index: MessageIndex) {
    super(db)
    this.#index = index
  }

  /** How many messages cannot be found yet. */
  left(): number {
    return this.#index.left()
  }

  /** Takes up at most `limit` messages, the newest of those that wait. Returns how many are left. */
  take(limit: number): number {
    return this.transactLoosely(() => {
      this.#index.take(limit)
      return this.#index.left()
    })
  }
}
