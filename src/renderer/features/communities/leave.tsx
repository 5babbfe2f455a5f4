/** Leaving asks first, and says what stays. */
import type { Community } from '../../../shared/domain.ts'
import { Confirm } from '../../components/dialog.tsx'
import { Failure } from '../../components/note.tsx'
import { useAction } from '../../lib/client.tsx'
import { titleOf } from './rail.tsx'

interface LeaveProps {
  readonly community: Community
  readonly open: boolean
  readonly onClose: () => void
}

export function LeaveCommunity({ community, open, onClose }: LeaveProps) {
  const leave = useAction('communities.leave', () => {
    onClose()
    location.hash = '#/'
  })
  const name = titleOf(community)
  return (
    <Confirm
      title={`Leave ${name}?`}
      description={
        community.role === 'owner'
          ? 'This computer stops archiving it. Members keep what they have, and what was published stays with them.'
          : 'Its messages no longer arrive here. What was downloaded stays on this computer.'
      }
      act={community.name ? `Leave ${community.name}` : 'Leave'}
      open={open}
      busy={leave.isPending}
      onConfirm={() => leave.mutate({ id: community.id })}
      onClose={onClose}
    >
      {leave.isError && <Failure error={leave.error} />}
    </Confirm>
  )
}
