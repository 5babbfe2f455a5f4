/** A channel's name, and what can be done with all of it. Drawn once for a channel, not for every place in it. */
import { Hash, Search } from 'lucide-react'
import { memo, type ReactNode } from 'react'
import type { Channel, Community, Millis } from '../../../shared/domain.ts'
import { IconButton } from '../../components/button.tsx'
import { Bar } from '../../components/page.tsx'
import { counted } from '../../lib/format.ts'
import { toHash } from '../../lib/routes.ts'
import { JumpToDate } from './jump-to-date.tsx'
import { Pins } from './pins.tsx'

interface ChannelBarProps {
  readonly community: Community
  readonly channel: Channel
  /** Messages in it; 0 while that is not known. */
  readonly total: number
  readonly onJump: (from: Millis) => void
  /** After our own. */
  readonly children: ReactNode
}

export const ChannelBar = memo(function ChannelBar({ community, channel, total, onJump, children }: ChannelBarProps) {
  return (
    <Bar
      title={
        <>
          <Hash size={16} strokeWidth={2.5} aria-hidden className="shrink-0" />
          <span className="truncate">{channel.name}</span>
        </>
      }
      name={`#${channel.name} · ${community.name}`}
      beside={<p className="hidden truncate text-meta text-ink-2 wide:block">{channel.description}</p>}
      actions={
        <>
          {total > 0 && (
            <span className="mr-2 hidden text-meta text-ink-3 tabular-nums wide:inline">
              {counted(total, 'message')}
            </span>
          )}
          <Pins channel={channel} />
          <JumpToDate onJump={onJump} />
          <IconButton
            icon={Search}
            label={`Search in ${community.name}`}
            onClick={() => {
              location.hash = toHash({ at: 'search', community: community.id, text: '' })
            }}
          />
          {children}
        </>
      }
    />
  )
})
