/** A community as it is held in memory, and the forms in which it is stored and changed. */
import type { ContactId, Millis } from '../../shared/domain.ts'
import type { Store } from '../store/index.ts'
import type { CommunityDescription } from '../wire/index.ts'
import type { HeldKey } from './group-keys.ts'

export type CommunityRow = NonNullable<Awaited<ReturnType<Store['communities']['get']>>>
export type CommunityChange = Omit<Parameters<Store['communities']['apply']>[0], 'communityId'>
export type NewCommunity = Parameters<Store['communities']['add']>[0]

export interface Known {
  readonly row: CommunityRow
  /** The newest accepted one, put together with what could be read of its private part. */
  readonly description: CommunityDescription | null
  /** Its private part waits for a key: members and channels are those of the last one that could be read, or none. */
  readonly locked: boolean
  /** Of the description that its members are from: older than the newest where that is locked; 0 if there is none. */
  readonly membersClock: Millis
  readonly former: ReadonlySet<ContactId>
  /** Oldest first; none unless it is encrypted. */
  readonly groupKeys: readonly HeldKey[]
}
