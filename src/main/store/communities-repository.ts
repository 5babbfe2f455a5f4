/** The communities of this profile. One change, however many rows it touches, is one transaction. */
import type { CommunityId, CommunityRole, ContactId, Generation, Millis } from '../../shared/domain.ts'
import { crashPoint } from '../workers/crash-point.ts'
import { CommunityRequests, type HandledRequest, type JoinRequest, type RequestQuery } from './community-requests.ts'
import type { Db } from './database.ts'
import type { GroupKeysRepository, NewGroupKey } from './group-keys-repository.ts'
import { Repository } from './repository.ts'

/** `none`: known, but not asked to join, or put out of it. `left`: by this person's own wish. */
export type Membership = 'none' | 'requested' | 'joined' | 'left'
/** Why membership is `none`: the owner declined, or put this person out; empty where neither happened. */
export type Ended = '' | 'refused' | 'removed'

export interface CommunityRow {
  readonly id: CommunityId
  readonly role: CommunityRole
  readonly membership: Membership
  readonly ended: Ended
  /** Reads without being a member; only where membership is `none`. */
  readonly spectating: boolean
  readonly generation: Generation
  readonly historyArchives: boolean
  /** The newest accepted description, an application message exactly as signed; null until one was found. */
  readonly description: Uint8Array | null
  readonly descriptionClock: Millis
  /** An older one, whose private part could be read; null unless that of the newest waits for its key. */
  readonly readable: Uint8Array | null
  /** Of the newest publication of archives known here; 0 if there is none. */
  readonly archiveClock: Millis
  /** The description clock last handed to the outbox, and when. */
  readonly publishedClock: Millis
  readonly publishedAt: Millis
  /** Owner only: the community's private key, sealed. */
  readonly sealedKey: Uint8Array | null
  /** 16 bytes. RULES.md R3.2, extension 1003. */
  readonly deviceId: Uint8Array
  /** The last request to join, and how many went unanswered. */
  readonly requestedAt: Millis
  readonly requests: number
  /** Of the newest refusal of such a request. */
  readonly refusedClock: Millis
  readonly createdAt: Millis
}

export type NewCommunity = Pick<
  CommunityRow,
  'id' | 'role' | 'membership' | 'generation' | 'historyArchives' | 'sealedKey' | 'deviceId' | 'createdAt'
> &
  Partial<Pick<CommunityRow, 'spectating'>>

export interface DescriptionChange {
  /** The application message, exactly as signed. */
  readonly message: Uint8Array
  readonly clock: Millis
  /** Everyone in it; those of the former description who are not are remembered as former members. */
  readonly members: readonly ContactId[]
  readonly left: readonly ContactId[]
  /** Its private part cannot be read yet: what could be read of the one before stays. PROTOCOL.md §3.10. */
  readonly locked?: boolean
}

/** What is absent stays as it is. */
export interface CommunityChange {
  readonly communityId: CommunityId
  readonly description?: DescriptionChange
  /** Known ones stay as they are. */
  readonly groupKeys?: readonly NewGroupKey[]
  /** Kept if it is later than what is known. */
  readonly archiveClock?: Millis
  readonly membership?: Membership
  readonly ended?: Ended
  readonly spectating?: boolean
  readonly generation?: Generation
  readonly historyArchives?: boolean
  readonly published?: { readonly clock: Millis; readonly at: Millis }
  /** A request of this person's own to join. */
  readonly requested?: { readonly at: Millis; readonly requests: number }
  readonly refusedClock?: Millis
  /** Somebody's request that the owner handled. */
  readonly request?: HandledRequest
  /** Somebody's request that waits for the owner's word. */
  readonly asked?: Omit<JoinRequest, 'state'>
  /** Somebody took their request back, with this clock. */
  readonly withdrawn?: { readonly contactId: ContactId; readonly clock: Millis; readonly at: Millis }
  /** The owner's word to those who wait. */
  readonly answered?: {
    readonly accepted: readonly ContactId[]
    readonly refused: readonly ContactId[]
    readonly at: Millis
  }
}

interface StoredRow extends Omit<CommunityRow, 'historyArchives' | 'spectating'> {
  readonly historyArchives: number
  readonly spectating: number
}

const COLUMNS = `id, role, membership, ended, spectating, generation, history_archives AS historyArchives, description,
  description_clock AS descriptionClock, readable_description AS readable, archive_clock AS archiveClock,
  published_clock AS publishedClock,
  published_at AS publishedAt, sealed_key AS sealedKey, device_id AS deviceId, requested_at AS requestedAt, requests,
  refused_clock AS refusedClock, created_at AS createdAt`

export class CommunitiesRepository extends Repository {
  static override readonly reads = [
    'get',
    'list',
    'former',
    'request',
    'joinRequest',
    'joinRequests',
    'countJoinRequests',
    'requestNames',
  ] as const

  readonly #requests: CommunityRequests
  readonly #groupKeys: GroupKeysRepository

  constructor(db: Db, peers: { readonly groupKeys: GroupKeysRepository }) {
    super(db)
    this.#requests = new CommunityRequests(db)
    this.#groupKeys = peers.groupKeys
  }

  get(id: CommunityId): CommunityRow | null {
    const row = this.sql<StoredRow>(`SELECT ${COLUMNS} FROM communities WHERE id = ?`).get(id)
    return row === undefined ? null : read(row)
  }

  /** All of them, also those left, oldest first. */
  list(): CommunityRow[] {
    return this.sql<StoredRow>(`SELECT ${COLUMNS} FROM communities ORDER BY created_at, id`).all().map(read)
  }

  former(id: CommunityId): ContactId[] {
    return this.sql<{ contactId: ContactId }>(
      'SELECT contact_id AS contactId FROM community_former_members WHERE community_id = ?',
    )
      .all(id)
      .map(({ contactId }) => contactId)
  }

  /** The newest settled request that this person made of the owner. */
  request(id: CommunityId, contactId: ContactId): HandledRequest | null {
    return this.#requests.handled(id, contactId)
  }

  /** Whether this person waits for the owner's word, or was declined. */
  joinRequest(id: CommunityId, contactId: ContactId): JoinRequest | null {
    return this.#requests.find(id, contactId)
  }

  joinRequests(id: CommunityId, query: RequestQuery): JoinRequest[] {
    return this.#requests.page(id, query)
  }

  countJoinRequests(id: CommunityId, state: JoinRequest['state']): number {
    return this.#requests.count(id, state)
  }

  requestNames(id: CommunityId, contactIds: readonly ContactId[]): Map<ContactId, string> {
    return this.#requests.names(id, contactIds)
  }

  /** A community new to this profile; false if it is known already, and then nothing changes. */
  add(row: NewCommunity, change: Omit<CommunityChange, 'communityId'> = {}): boolean {
    return this.transact(() => {
      const { changes } = this.sql(
        `INSERT INTO communities
           (id, role, membership, spectating, generation, history_archives, sealed_key, device_id, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      ).run(
        row.id,
        row.role,
        row.membership,
        row.spectating === true ? 1 : 0,
        row.generation,
        row.historyArchives ? 1 : 0,
        row.sealedKey,
        row.deviceId,
        row.createdAt,
      )
      return changes > 0 && this.apply({ ...change, communityId: row.id })
    })
  }

  /**
   * Its key is ours from now on: a community new to this profile, or one that it was a member of, with everything it
   * has. What it published before must be found first (RULES.md R1.3), and what was said in the last 30 days is fetched
   * again, to be kept for the archives. False, and no change, if it was ours already.
   */
  adopt(row: NewCommunity): boolean {
    const adopted = this.transact(() => {
      const { id, sealedKey, createdAt } = row
      if (this.get(id)?.role === 'owner') return false
      if (!this.add(row)) {
        const text = "UPDATE communities SET role = 'owner', membership = 'joined', sealed_key = ? WHERE id = ?"
        this.sql(text).run(sealedKey, id)
      }
      this.sql(
        `INSERT INTO archive_adoptions (community_id, phase, since) VALUES (?, 'looking', ?)
         ON CONFLICT DO UPDATE SET phase = 'looking', since = excluded.since`,
      ).run(id, createdAt)
      this.sql('DELETE FROM sync_marks WHERE community = ?').run(id)
      crashPoint('adopt.community:before')
      return true
    })
    if (adopted) crashPoint('adopt.community:after')
    return adopted
  }

  /** False when its description is older than the stored one, or its request not newer than the one handled: nothing
   *  of the change is kept then, and the caller decides anew. */
  apply(change: CommunityChange): boolean {
    return this.transact(() => {
      const { communityId, description, request } = change
      const row = this.get(communityId)
      if (row === null) return false
      if (description !== undefined && description.clock < row.descriptionClock) return false
      const { asked, withdrawn, answered } = change
      if (request !== undefined && !this.#requests.settle(communityId, request)) return false
      if (asked !== undefined && !this.#requests.ask(communityId, asked)) return false
      if (withdrawn !== undefined) {
        const { contactId, clock, at } = withdrawn
        if (!this.#requests.withdraw(communityId, contactId, clock, at)) return false
      }
      if (answered !== undefined) {
        this.#requests.accept(communityId, answered.accepted, answered.at)
        this.#requests.refuse(communityId, answered.refused, answered.at)
      }
      this.#groupKeys.add(change.groupKeys ?? [])
      if (description !== undefined) this.#describe(communityId, description)
      this.#set(row, change)
      return true
    })
  }

  /** The archive clock alone, for the transaction that records a publication. RULES.md R1.1 step 4, R3.1. */
  noteArchiveClock(id: CommunityId, clock: Millis): void {
    this.sql('UPDATE communities SET archive_clock = max(archive_clock, ?) WHERE id = ?').run(clock, id)
  }

  #describe(id: CommunityId, { message, clock, members, left, locked = false }: DescriptionChange): void {
    this.sql(
      `UPDATE communities SET description = ?, description_clock = ?,
         readable_description = iif(?, coalesce(readable_description, description), NULL) WHERE id = ?`,
    ).run(message, clock, Number(locked), id)
    const gone = this.sql(
      'INSERT INTO community_former_members (community_id, contact_id, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
    for (const contactId of left) gone.run(id, contactId, clock)
    const back = this.sql('DELETE FROM community_former_members WHERE community_id = ? AND contact_id = ?')
    const former = new Set(this.former(id))
    for (const contactId of members) if (former.has(contactId)) back.run(id, contactId)
  }

  #set(row: CommunityRow, change: CommunityChange): void {
    this.sql(
      `UPDATE communities SET membership = ?, ended = ?, spectating = ?, generation = ?, history_archives = ?,
         archive_clock = max(archive_clock, ?), published_clock = ?, published_at = ?, requested_at = ?, requests = ?,
         refused_clock = ?
       WHERE id = ?`,
    ).run(
      change.membership ?? row.membership,
      change.ended ?? row.ended,
      (change.spectating ?? row.spectating) ? 1 : 0,
      change.generation ?? row.generation,
      (change.historyArchives ?? row.historyArchives) ? 1 : 0,
      change.archiveClock ?? row.archiveClock,
      change.published?.clock ?? row.publishedClock,
      change.published?.at ?? row.publishedAt,
      change.requested?.at ?? row.requestedAt,
      change.requested?.requests ?? row.requests,
      change.refusedClock ?? row.refusedClock,
      row.id,
    )
  }
}

const read = (row: StoredRow): CommunityRow => ({
  ...row,
  historyArchives: row.historyArchives !== 0,
  spectating: row.spectating !== 0,
  description: plain(row.description),
  readable: plain(row.readable),
  sealedKey: plain(row.sealedKey),
  deviceId: new Uint8Array(row.deviceId),
})

/** The driver gives Buffers; a thread away they would be plain bytes. */
const plain = (bytes: Uint8Array | null) => (bytes === null ? null : new Uint8Array(bytes))
