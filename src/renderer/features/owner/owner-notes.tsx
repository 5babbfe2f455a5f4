/** What an owner must know wherever their history is looked at: another computer publishes, or nothing is published. */
import type { Community } from '../../../shared/domain.ts'
import { useRequest } from '../../lib/client.tsx'
import { Hold } from './hold.tsx'
import { RivalNote } from './rival.tsx'

export function OwnerNotes({ community }: { readonly community: Community }) {
  const { data: history } = useRequest('history.show', { communityId: community.id })
  if (!history) return null
  return (
    <>
      {history.rival && <RivalNote community={community} rival={history.rival} />}
      {history.hold && <Hold community={community} hold={history.hold} />}
    </>
  )
}
