/**
 * What people ask of an owner: to be let in, and to leave. The newest request that was settled guards against old ones
 * sent again (RULES.md R4.6); those that wait for the owner's word, or were declined, are kept beside it. Both are
 * bounded: a stranger has as many keys as they like.
 */
import type { CommunityId, ContactId, Millis, Seconds } from '../../shared/domain.ts'
import type { Db } from './database.ts'
import { Repository } from './repository.ts'

export interface HandledRequest {
  readonly contactId: ContactId
  readonly kind: 'join' | 'leave'
  readonly clock: Seconds
  readonly at: Millis
  /** What the person calls themselves; empty where a request does not say. */
  readonly displayName: string
}

export interface JoinRequest {
  readonly contactId: ContactId
  /** Id of the application message. */
  readonly requestId: string
  readonly displayName: string
  readonly clock: Seconds
  readonly state: 'pending' | 'refused' | 'withdrawn'
  /** When it came into this state. */
  readonly since: Millis
}

export interface RequestQuery {
  readonly state: JoinRequest['state']
  readonly after?: { readonly since: Millis; readonly contactId: ContactId } | undefined
  readonly limit: number
}

/** Requests that may wait for one owner's word, and settled ones that are remembered. */
export const REQUEST_LIMITS = { pending: 10_000, settled: 10_000 }
/** Of the settled ones, so many stay when there are too many: what is forgotten is forgotten at once, now and then. */
const STAY = 0.9
/** ms after which a leave needs no remembering: requests as old as that are not listened to. */
const REMEMBERED = 32 * 24 * 3600 * 1000

const COLUMNS = 'contact_id AS contactId, request_id AS requestId, display_name AS displayName, clock, state, since'

/** Not offered by the store; the repository of communities holds one. */
export class CommunityRequests extends Repository {
  readonly #limits: typeof REQUEST_LIMITS

  constructor(db: Db, limits: typeof REQUEST_LIMITS = REQUEST_LIMITS) {
    super(db)
    this.#limits = limits
  }

  handled(id: CommunityId, contactId: ContactId): HandledRequest | null {
    const row = this.sql<HandledRequest>(
      `SELECT contact_id AS contactId, kind, clock, handled_at AS at, display_name AS displayName
       FROM community_requests WHERE community_id = ? AND contact_id = ?`,
    ).get(id, contactId)
    return row ?? null
  }

  find(id: CommunityId, contactId: ContactId): JoinRequest | null {
    const row = this.sql<JoinRequest>(
      `SELECT ${COLUMNS} FROM community_join_requests WHERE community_id = ? AND contact_id = ?`,
    ).get(id, contactId)
    return row ?? null
  }

  /** Longest in their state first. */
  page(id: CommunityId, { state, after, limit }: RequestQuery): JoinRequest[] {
    return this.sql<JoinRequest>(
      `SELECT ${COLUMNS} FROM community_join_requests
       WHERE community_id = ? AND state = ? AND (since, contact_id) > (?, ?) ORDER BY since, contact_id LIMIT ?`,
    ).all(id, state, after?.since ?? -1, after?.contactId ?? '', limit)
  }

  count(id: CommunityId, state: JoinRequest['state']): number {
    const row = this.sql<{ n: number }>(
      'SELECT count(*) AS n FROM community_join_requests WHERE community_id = ? AND state = ?',
    ).get(id, state)
    return row?.n ?? 0
  }

  /** False for one that is not newer than what is known of this person, and when too many wait already. */
  ask(id: CommunityId, { contactId, requestId, displayName, clock, since }: Omit<JoinRequest, 'state'>): boolean {
    const known = this.find(id, contactId)
    const handled = this.handled(id, contactId)
    if ((handled?.clock ?? 0) >= clock || (known?.clock ?? 0) >= clock) return false
    if (known?.state !== 'pending' && this.count(id, 'pending') >= this.#limits.pending) return false
    // Whoever asks again keeps their place in the queue.
    this.sql(
      `INSERT INTO community_join_requests (community_id, contact_id, request_id, display_name, clock, state, since)
       VALUES (?, ?, ?, ?, ?, 'pending', ?) ON CONFLICT (community_id, contact_id) DO UPDATE SET
         request_id = excluded.request_id, display_name = excluded.display_name, clock = excluded.clock,
         since = CASE state WHEN 'pending' THEN since ELSE excluded.since END, state = 'pending'`,
    ).run(id, contactId, requestId, displayName, clock, since)
    return true
  }

  /** False where nothing waits, or the cancellation was seen before. */
  withdraw(id: CommunityId, contactId: ContactId, cancelClock: Millis, at: Millis): boolean {
    const { changes } = this.sql(
      `UPDATE community_join_requests SET state = 'withdrawn', since = ?, cancel_clock = ?
       WHERE community_id = ? AND contact_id = ? AND state = 'pending' AND cancel_clock < ?`,
    ).run(at, cancelClock, id, contactId, cancelClock)
    if (changes > 0) this.#prune(id)
    return changes > 0
  }

  refuse(id: CommunityId, contactIds: readonly ContactId[], at: Millis): void {
    const refuse = this.sql(
      `UPDATE community_join_requests SET state = 'refused', since = ?
       WHERE community_id = ? AND contact_id = ? AND state = 'pending'`,
    )
    for (const contactId of contactIds) refuse.run(at, id, contactId)
    this.#prune(id)
  }

  /** Those who wait are let in: what they asked is settled. */
  accept(id: CommunityId, contactIds: readonly ContactId[], at: Millis): void {
    for (const contactId of contactIds) {
      const request = this.find(id, contactId)
      if (request === null) continue
      const { clock, displayName } = request
      this.settle(id, { contactId, kind: 'join', clock, at, displayName })
    }
  }

  /** False if something as new was settled already (R4.6). */
  settle(id: CommunityId, { contactId, kind, clock, at, displayName }: HandledRequest): boolean {
    const known = this.handled(id, contactId)
    if (known !== null && known.clock >= clock) return false
    this.sql(
      `INSERT INTO community_requests (community_id, contact_id, kind, clock, handled_at, display_name)
       VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET kind = excluded.kind, clock = excluded.clock,
         handled_at = excluded.handled_at,
         display_name = CASE excluded.display_name WHEN '' THEN display_name ELSE excluded.display_name END`,
    ).run(id, contactId, kind, clock, at, displayName)
    this.sql('DELETE FROM community_join_requests WHERE community_id = ? AND contact_id = ? AND clock <= ?').run(
      id,
      contactId,
      clock,
    )
    if (known === null && kind === 'leave') this.#forget(id, at)
    return true
  }

  /** Names given with requests, of those who have none from what they wrote. */
  names(id: CommunityId, contactIds: readonly ContactId[]): Map<ContactId, string> {
    const names = new Map<ContactId, string>()
    for (const contactId of contactIds) {
      const name = this.handled(id, contactId)?.displayName ?? ''
      if (name !== '') names.set(contactId, name)
    }
    return names
  }

  /** The oldest settled ones go first: a person declined long ago may ask as if for the first time. */
  #prune(id: CommunityId): void {
    if (this.count(id, 'refused') + this.count(id, 'withdrawn') <= this.#limits.settled) return
    this.sql(
      `DELETE FROM community_join_requests WHERE key IN (
         SELECT key FROM community_join_requests WHERE community_id = ? AND state <> 'pending'
         ORDER BY since DESC, key DESC LIMIT -1 OFFSET ?)`,
    ).run(id, Math.floor(this.#limits.settled * STAY))
  }

  /** Leaves of those who were never here. Old ones need no guard, and of the others the newest are kept. */
  #forget(id: CommunityId, now: Millis): void {
    this.sql("DELETE FROM community_requests WHERE community_id = ? AND kind = 'leave' AND handled_at < ?").run(
      id,
      now - REMEMBERED,
    )
    const left = this.sql<{ n: number }>(
      "SELECT count(*) AS n FROM community_requests WHERE community_id = ? AND kind = 'leave'",
    ).get(id)
    if ((left?.n ?? 0) <= this.#limits.settled) return
    this.sql(
      `DELETE FROM community_requests WHERE (community_id, contact_id) IN (
         SELECT community_id, contact_id FROM community_requests WHERE community_id = ? AND kind = 'leave'
         ORDER BY handled_at DESC LIMIT -1 OFFSET ?)`,
    ).run(id, Math.floor(this.#limits.settled * STAY))
  }
}
