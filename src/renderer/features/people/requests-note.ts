/** How many ask to be let in, for the place that leads to them. */
import type { Community } from '../../../shared/domain.ts'
import { useRequestWhen } from '../../lib/client.tsx'
import { count } from '../../lib/format.ts'

/** "3 asking"; null where nobody does, or it is not this person's to answer. */
export function useRequestsNote(community: Community): string | null {
  const isOwner = community.role === 'owner'
  const { data } = useRequestWhen(isOwner, 'communities.requests', { id: community.id, limit: 1 })
  return isOwner && data && data.pending > 0 ? `${count(data.pending)} asking` : null
}
