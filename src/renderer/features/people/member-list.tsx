/** Who belongs to a community, beside its messages: names only; the page of people has the rest. */

import { Crown, ShieldCheck } from 'lucide-react'
import { memo } from 'react'
import type { Community } from '../../../shared/domain.ts'
import { Avatar } from '../../components/avatar.tsx'
import { Button } from '../../components/button.tsx'
import { Failure } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { usePages } from '../../lib/client.tsx'
import { count, nameOf } from '../../lib/format.ts'
import { toHash } from '../../lib/routes.ts'

const pageSize = 100
const signs = { owner: Crown, admin: ShieldCheck, 'token-master': ShieldCheck, member: null } as const
const words = { owner: 'Owner', admin: 'Admin', 'token-master': 'Token master', member: '' } as const

export const MemberList = memo(function MemberList({ community }: { readonly community: Community }) {
  const input = { id: community.id, standing: 'member', limit: pageSize } as const
  const pages = usePages('communities.members', input, ({ members }) =>
    members.length < pageSize ? null : { after: members.at(-1)?.contactId },
  )
  const people = pages.data?.pages.flatMap(({ members }) => members) ?? []
  return (
    <aside
      aria-label="Members"
      className="flex h-full w-[216px] shrink-0 flex-col overflow-auto border-line border-l bg-side p-3 focus-visible:-outline-offset-2"
    >
      <h2 className="flex items-baseline gap-2 pb-1 text-meta font-semibold text-ink-3">
        Members
        {pages.data && <span className="tabular-nums">{count(pages.data.pages[0]?.total ?? 0)}</span>}
        <a
          className="ml-auto min-h-6 font-medium text-accent hover:underline"
          href={toHash({ at: 'people', community: community.id })}
        >
          All
        </a>
      </h2>
      {pages.isPending && <Lines rows={6} label="Reading who is there" />}
      {pages.isError && !pages.data && (
        <Failure error={pages.error} what="The members could not be read" onRetry={pages.refetch} />
      )}
      {pages.data && people.length === 0 && <p className="text-meta text-ink-2">Nobody is known yet.</p>}
      <ul>
        {people.map(({ contactId, name, role }) => {
          const Sign = signs[role]
          const shown = nameOf(name, contactId)
          return (
            <li key={contactId} className="flex h-8 items-center gap-2">
              <Avatar id={contactId} name={shown} size="small" />
              <span className="min-w-0 flex-1 truncate">{shown}</span>
              {Sign && <Sign size={14} aria-label={words[role]} className="shrink-0 text-ink-3" />}
            </li>
          )
        })}
      </ul>
      {pages.hasNextPage && (
        <Button
          look="ghost"
          size="small"
          className="mt-1 self-start"
          busy={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </aside>
  )
})
