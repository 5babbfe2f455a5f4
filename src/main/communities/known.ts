/** A community as it is held in memory, and the forms in which it is stored and changed. */
import type { ContactId } from '../../shared/domain.ts'
import type { Store } from '../store/index.ts'
import type { CommunityDescription } from '../wire/index.ts'

export type CommunityRow = NonNullable<Awaited<ReturnType<Store['communities']['get']>>>
export type CommunityChange = Omit<Parameters<Store['communities']['apply']>[0], 'communityId'>
export type NewCommunity = Parameters<Store['communities']['add']>[0]

export interface Known {
  readonly row: CommunityRow
  /** The newest accepted one. */
  readonly description: CommunityDescription | null
  readonly former: ReadonlySet<ContactId>
}
