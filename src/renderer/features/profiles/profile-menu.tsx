/** Who is logged in, at the foot of the rail: the way out, and the key that others know this person by. */
import { Copy, LogOut } from 'lucide-react'
import { memo, useState } from 'react'
import type { Profile } from '../../../shared/domain.ts'
import { Avatar } from '../../components/avatar.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Menu } from '../../components/menu.tsx'
import { Failure } from '../../components/note.tsx'
import { useAction } from '../../lib/client.tsx'

export const ProfileMenu = memo(function ProfileMenu({ profile }: { readonly profile: Profile }) {
  const [asking, setAsking] = useState(false)
  const logout = useAction('profiles.logout', goHome)
  return (
    <>
      <Menu
        label={profile.name}
        side="right"
        items={[
          {
            icon: Copy,
            text: 'Copy my public key',
            onSelect: () => void navigator.clipboard.writeText(profile.contactId),
          },
          { icon: LogOut, text: 'Log out', onSelect: () => setAsking(true) },
        ]}
      >
        <button type="button" className="rounded-full focus-visible:rounded-full">
          <Avatar id={profile.contactId} name={profile.name} />
          <span className="sr-only">{profile.name}, your profile</span>
        </button>
      </Menu>
      <Confirm
        title="Log out?"
        description="This computer stops archiving, sharing and downloading until you log in again. Nothing is lost: what was going on continues then."
        act="Log out"
        open={asking}
        busy={logout.isPending}
        onConfirm={() => logout.mutate(undefined)}
        onClose={() => setAsking(false)}
      >
        {logout.isError && <Failure error={logout.error} />}
      </Confirm>
    </>
  )
})

/** The next person begins at the beginning. */
function goHome(): void {
  location.hash = '#/'
}
