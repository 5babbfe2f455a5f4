/**
 * How long the owner keeps raw records: as long as the setting says, and in any case until they are in an archive of
 * every engine and the network was told of it. What is freed is what a record carried; messages are never touched.
 */
import type { CommunityId, EngineKind, Millis, Seconds } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { FreedSlice, RetentionRule, Store } from '../store/index.ts'

export interface RetentionParts {
  readonly store: Pick<Store, 'retention'>
  readonly clock: Clock
  /** Days; 0: for good. */
  readonly days: () => number
  readonly engines: () => readonly EngineKind[]
}

export interface RetentionView {
  readonly days: number
  /** What would be freed now. */
  readonly records: number
  readonly bytes: number
  /** Records old enough that stay: an archive, an engine or the network lacks them. */
  readonly held: number
  /** The time of the oldest record that would still be whole. */
  readonly oldestKept: Seconds | null
  /** Bytes inside the database file that hold nothing, and are used before it grows. */
  readonly reusable: number
}

export interface Freed {
  readonly records: number
  readonly bytes: number
  /** Bytes by which the database file became smaller. */
  readonly returned: number
}

const DAY = 24 * 3600
/** One slice: some milliseconds of the writer's time, after which others are let in. */
const SLICE = { records: 250, bytes: 1 << 20 }
/** Pages given back in one slice; of 4 KiB. */
const PAGES = 256
const PAGE = 4096
/** Free bytes that the file keeps: the next days need them. */
const SPARE = 4 << 20

/** Records of partitions that ended before this are old enough; null: everything is kept. Pure. */
export function cutoff(now: Millis, days: number): Seconds | null {
  return days > 0 ? (Math.max(0, Math.floor(now / 1000) - days * DAY) as Seconds) : null
}

export class Retention {
  readonly #parts: RetentionParts

  constructor(parts: RetentionParts) {
    this.#parts = parts
  }

  /** What the rule says of a community, as it stands now. Changes nothing. */
  async view(communityId: CommunityId): Promise<RetentionView> {
    const { store, days } = this.#parts
    const rule = this.#rule() ?? { before: 0 as Seconds, engines: [] }
    let records = 0
    let bytes = 0
    for (const { id } of await store.retention.freeable(communityId, rule)) {
      const weight = await store.retention.weigh(communityId, id)
      records += weight.records
      bytes += weight.bytes
    }
    const { reusable } = await store.retention.space()
    return {
      days: days(),
      records,
      bytes,
      held: await store.retention.held(communityId, rule),
      oldestKept: await store.retention.oldestKept(communityId, rule),
      reusable,
    }
  }

  /** Frees what may go, slice by slice; killed or stopped in between, the next call goes on. */
  async prune(communityId: CommunityId, signal?: AbortSignal): Promise<Freed> {
    const { store, clock } = this.#parts
    const freed = { records: 0, bytes: 0, returned: 0 }
    const rule = this.#rule()
    if (rule === null) return freed
    for (const { id } of await store.retention.freeable(communityId, rule)) {
      let after: FreedSlice['after'] = null
      do {
        signal?.throwIfAborted()
        const slice: FreedSlice = await store.retention.free(communityId, {
          ...rule,
          ...SLICE,
          partition: id,
          after,
          at: clock.now(),
        })
        freed.records += slice.records
        freed.bytes += slice.bytes
        after = slice.after
      } while (after !== null)
    }
    let { reusable } = await store.retention.space()
    while (reusable > SPARE) {
      signal?.throwIfAborted()
      const returned = await store.retention.shrink(Math.min(PAGES, Math.ceil((reusable - SPARE) / PAGE)))
      if (returned <= 0) break
      freed.returned += returned
      reusable = (await store.retention.space()).reusable
    }
    return freed
  }

  #rule(): RetentionRule | null {
    const { clock, days, engines } = this.#parts
    const before = cutoff(clock.now(), days())
    return before === null ? null : { before, engines: engines() }
  }
}
