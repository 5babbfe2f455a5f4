/** The log that a person can read: bounded lines, and which of them are to stay on screen until they were seen. */
import { type ActivityKind, type ActivityLine, noticeKinds } from '../../shared/activity.ts'
import type { CommunityId, Seconds } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import {
  type ActivityQuery,
  type ActivityRow,
  type Recovery,
  readSetting,
  type Setting,
  type Store,
  writeSetting,
} from '../store/index.ts'

/** Characters of a detail that are kept: some of them quote what strangers sent. */
const DETAIL_LIMIT = 1000
/** Notices shown at once; older ones are still in the log. */
const NOTICE_LIMIT = 20

const seen: Setting<number> = {
  key: 'notices-seen',
  fallback: 0,
  is: (value): value is number => Number.isSafeInteger(value),
}

export interface ActivityEntry {
  readonly kind: ActivityKind
  readonly communityId?: CommunityId
  readonly from?: Seconds | null
  readonly to?: Seconds | null
  readonly detail?: string
}

/** What a person is told of a damaged database. */
export function recoveryEntry({ reason, damaged, backupAt }: Recovery): ActivityEntry {
  const kept = damaged === null ? '' : ` The damaged file was kept as ${damaged}.`
  if (backupAt === null)
    return { kind: 'databaseStartedAnew', detail: `${reason} An empty database was begun, as you chose.${kept}` }
  const backup = `${new Date(backupAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const detail = `${reason} The backup of ${backup} is used instead; what came after it is fetched again where others have it.${kept}`
  return { kind: 'databaseRestored', detail }
}

export class ActivityLog {
  readonly #store: Pick<Store, 'activity' | 'settings'>
  readonly #clock: Pick<Clock, 'now'>

  constructor(store: Pick<Store, 'activity' | 'settings'>, clock: Pick<Clock, 'now'>) {
    this.#store = store
    this.#clock = clock
  }

  async add({ kind, communityId, from = null, to = null, detail = '' }: ActivityEntry): Promise<void> {
    const told = { from, to, detail: detail.slice(0, DETAIL_LIMIT) }
    await this.#store.activity.add({ at: this.#clock.now(), kind, communityId: communityId ?? null, detail: told })
  }

  async page(query: ActivityQuery): Promise<{ lines: ActivityLine[]; dropped: number }> {
    const rows = await this.#store.activity.page(query)
    return { lines: rows.map(lineOf), dropped: await this.#store.activity.dropped() }
  }

  async notices(): Promise<ActivityLine[]> {
    const after = await readSetting(this.#store.settings, seen)
    const pages = noticeKinds.map((kind) => this.#store.activity.page({ kind, limit: NOTICE_LIMIT }))
    const rows = (await Promise.all(pages)).flat().filter(({ seq }) => seq > after)
    return rows.sort((a, b) => a.seq - b.seq).map(lineOf)
  }

  async dismiss(seq: number): Promise<void> {
    if (seq > (await readSetting(this.#store.settings, seen))) await writeSetting(this.#store.settings, seen, seq)
  }
}

/** A detail has the shape that `add` gives it, unless another version wrote it. */
function lineOf({ seq, at, kind, communityId, detail }: ActivityRow): ActivityLine {
  const told: Partial<Record<'from' | 'to' | 'detail', unknown>> =
    typeof detail === 'object' && detail !== null ? detail : {}
  const second = (value: unknown) => (Number.isSafeInteger(value) && Number(value) >= 0 ? (value as Seconds) : null)
  return {
    seq,
    at,
    kind,
    communityId,
    from: second(told.from),
    to: second(told.to),
    detail: typeof told.detail === 'string' ? told.detail : '',
  }
}
