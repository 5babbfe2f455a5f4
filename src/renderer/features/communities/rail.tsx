/** The communities, one square each, and the way to another. */
import { Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Community, CommunityId } from '../../../shared/domain.ts'
import { Tip } from '../../components/tip.tsx'
import { initials } from '../../lib/format.ts'
import { toHash } from '../../lib/routes.ts'

interface RailProps {
  readonly communities: readonly Community[]
  readonly current: CommunityId | null
  readonly onAdd: () => void
  /** What stands at the foot: the app's own places, and the profile. */
  readonly children: ReactNode
}

export function Rail({ communities, current, onAdd, children }: RailProps) {
  return (
    <nav
      aria-label="Communities"
      className="flex h-full w-14 shrink-0 flex-col items-center gap-1 overflow-x-hidden overflow-y-auto bg-chrome py-3"
    >
      <ul className="grid gap-1.5">
        {communities.map((community) => (
          <li key={community.id}>
            <Tip text={titleOf(community)} side="right">
              <a
                href={toHash({ at: 'community', community: community.id })}
                aria-current={community.id === current ? 'page' : undefined}
                className="grid size-10 place-items-center rounded-card border border-line bg-page font-semibold hover:bg-hover focus-visible:rounded-card aria-[current]:border-accent aria-[current]:bg-accent aria-[current]:text-on-accent"
              >
                <span aria-hidden>{community.name ? initials(community.name) : '…'}</span>
                <span className="sr-only">{titleOf(community)}</span>
              </a>
            </Tip>
          </li>
        ))}
      </ul>
      <Tip text="Add a community" side="right">
        <button
          type="button"
          aria-label="Add a community"
          onClick={onAdd}
          className="grid size-10 shrink-0 place-items-center rounded-card text-ink-2 hover:bg-hover hover:text-ink focus-visible:rounded-card"
        >
          <Plus size={20} strokeWidth={1.75} aria-hidden />
        </button>
      </Tip>
      <div className="mt-auto grid justify-items-center gap-1 pt-3">{children}</div>
    </nav>
  )
}

/** What to call a community whose description has not been found yet. */
export const titleOf = (community: Community): string => community.name || 'A community being looked for'
