/** One community: its name, its places, its channels. */
import { ChevronDown, Copy, Hash, KeyRound, LogOut, Pencil, Plus, Settings2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Channel, ChatId, Community } from '../../../shared/domain.ts'
import { IconButton } from '../../components/button.tsx'
import { Menu } from '../../components/menu.tsx'
import { NavLink } from '../../components/nav-link.tsx'
import { useRequest } from '../../lib/client.tsx'
import { counted } from '../../lib/format.ts'
import { toHash } from '../../lib/routes.ts'
import { AddChannel } from './add-channel.tsx'
import { EditCommunity } from './edit.tsx'
import { EditChannel } from './edit-channel.tsx'
import { ExportKey } from './export-key.tsx'
import { LeaveCommunity } from './leave.tsx'
import { titleOf } from './rail.tsx'

interface SideProps {
  readonly community: Community
  readonly channel: ChatId | null
  /** Above the channels: search, history. */
  readonly places: ReactNode
  /** At the foot: the network's state. */
  readonly children: ReactNode
}

export function Side({ community, channel, places, children }: SideProps) {
  const [asking, setAsking] = useState<'leave' | 'channel' | 'edit' | 'key' | null>(null)
  const [editing, setEditing] = useState<Channel | null>(null)
  const isOwner = community.role === 'owner'
  const { data: unread = [] } = useRequest('messages.unread', { communityId: community.id })
  const channels = [...community.channels].sort((a, b) => a.position - b.position)
  const people = community.members > 0 ? ` · ${counted(community.members, 'person', 'people')}` : ''
  return (
    <div className="flex h-full w-[216px] shrink-0 flex-col border-line border-x bg-side">
      <Menu
        label={titleOf(community)}
        items={[
          {
            icon: Copy,
            text: 'Copy community id',
            onSelect: () => void navigator.clipboard.writeText(community.id),
          },
          ...(isOwner
            ? [
                { icon: Pencil, text: 'Edit community', onSelect: () => setAsking('edit') },
                { icon: Plus, text: 'Add a channel', onSelect: () => setAsking('channel') },
                { icon: KeyRound, text: 'Export key…', onSelect: () => setAsking('key') },
              ]
            : []),
          { icon: LogOut, text: 'Leave', danger: true, onSelect: () => setAsking('leave') },
        ]}
      >
        <button
          type="button"
          className="flex h-14 shrink-0 items-center gap-2 border-line border-b pr-3 pl-4 text-left hover:bg-hover focus-visible:-outline-offset-2"
        >
          <span className="min-w-0 flex-1">
            <span className="block truncate text-message font-semibold">{titleOf(community)}</span>
            <span className="block truncate text-label text-ink-3">
              {isOwner ? 'Owner' : membership[community.state]}
              {people}
            </span>
          </span>
          <ChevronDown size={16} aria-hidden className="text-ink-2" />
        </button>
      </Menu>
      <nav aria-label={titleOf(community)} className="flex min-h-0 flex-1 flex-col gap-px overflow-auto p-2">
        {places}
        <div className="flex items-center pt-3 pb-1 pl-2">
          <h2 className="text-meta font-semibold text-ink-3">Channels</h2>
          {isOwner && (
            <IconButton
              icon={Plus}
              label="Add a channel"
              size="small"
              className="ml-auto"
              onClick={() => setAsking('channel')}
            />
          )}
        </div>
        {channels.length === 0 && <p className="px-2 text-meta text-ink-2">None known yet.</p>}
        {channels.map((one) => (
          <div key={one.chatId} className="group relative">
            <NavLink
              icon={Hash}
              href={toHash({ at: 'channel', community: community.id, chat: one.chatId, message: null })}
              isCurrent={one.chatId === channel}
              fresh={unread.find(({ chatId }) => chatId === one.chatId)?.unread ?? 0}
            >
              {one.name}
            </NavLink>
            {isOwner && (
              <IconButton
                icon={Settings2}
                label={`Edit #${one.name}`}
                size="small"
                className="absolute top-0.5 right-0.5 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100"
                onClick={() => setEditing(one)}
              />
            )}
          </div>
        ))}
      </nav>
      <footer className="border-line border-t p-2">{children}</footer>
      <AddChannel community={community} open={asking === 'channel'} onClose={() => setAsking(null)} />
      <EditCommunity community={community} open={asking === 'edit'} onClose={() => setAsking(null)} />
      {editing && <EditChannel channel={editing} open onClose={() => setEditing(null)} />}
      {isOwner && <ExportKey community={community} open={asking === 'key'} onClose={() => setAsking(null)} />}
      <LeaveCommunity community={community} open={asking === 'leave'} onClose={() => setAsking(null)} />
    </div>
  )
}

const membership = {
  joined: 'Member',
  requested: 'Asked to join',
  refused: 'Not let in',
  removed: 'No longer a member',
  reading: 'Reading',
  closed: 'For members only',
  unknown: 'Looking for it',
} as const
