/** What this room asks of the others, in its own words; node/ hands it over. */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import type { StoredSegment } from '../store/index.ts'
import type { InboxItem, InboxResult } from '../store/records.ts'
import type { OutboxEntry } from '../waku/network.ts'
import type { RefusalReason } from './refusal.ts'

/** Cryptographically random bytes. */
export type Random = (length: number) => Uint8Array

/** The symmetric key of a chat id, 32 bytes. PROTOCOL.md §3.3. */
export type KeyOf = (chatId: string) => Promise<Uint8Array>

/** One transaction for the whole batch, with what must become durable together with it. */
export type Ingest = (
  items: readonly InboxItem[],
  extras?: { readonly outbox?: readonly OutboxEntry[] },
) => Promise<InboxResult>

/** Adds to how often something was refused; null: of no community known here. */
export type CountRefusals = (communityId: CommunityId | null, reason: RefusalReason, n: number) => Promise<void>

type SegmentKey = Pick<StoredSegment, 'communityId' | 'signer' | 'whole'>

/** Keeps segments until there are enough to put them together. */
export interface SegmentPort {
  /** Every segment of the payload once there are enough, else none. */
  add(segment: StoredSegment, receivedAt: Millis): Promise<readonly StoredSegment[]>
  joined(key: SegmentKey, at: Millis): Promise<void>
  drop(key: SegmentKey): Promise<void>
}
