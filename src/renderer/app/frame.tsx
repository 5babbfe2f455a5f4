/** The layout: rail, side, page. On narrow screens the side, and then the rail, wait behind a button. */
import {
  Archive,
  ArrowDownUp,
  FlaskConical,
  History as HistoryIcon,
  Menu as MenuIcon,
  Search,
  Settings,
  Users,
} from 'lucide-react'
import { memo, useCallback, useEffect, useMemo, useState } from 'react'
import type { ChatId, Community, CommunityId, Profile } from '../../shared/domain.ts'
import { IconButton } from '../components/button.tsx'
import { Sheet } from '../components/dialog.tsx'
import { NavLink } from '../components/nav-link.tsx'
import { RailLink } from '../components/rail-link.tsx'
import { AddCommunity, type AddKind, Rail, Side } from '../features/communities/index.ts'
import { useHistoryNote } from '../features/history/index.ts'
import { useDrafts } from '../features/messages/index.ts'
import { NetworkLine } from '../features/network/index.ts'
import { useRequestsNote } from '../features/people/index.ts'
import { ProfileMenu } from '../features/profiles/index.ts'
import { activeTransfers } from '../features/transfers/index.ts'
import { useRequest } from '../lib/client.tsx'
import { useMedia } from '../lib/hooks.ts'
import { type Route, toHash } from '../lib/routes.ts'
import { Notices } from './notices.tsx'
import { Pages, shownChannel } from './pages.tsx'
import { useRoute } from './router.ts'

/** Where one was last, so that the app's own pages keep a community beside them. */
function useLastCommunity(route: Route, communities: readonly Community[]): Community | null {
  const [last, setLast] = useState<CommunityId | null>(null)
  const here = 'community' in route ? route.community : null
  useEffect(() => {
    if (here) setLast(here)
  }, [here])
  const wanted = here ?? last
  return communities.find(({ id }) => id === wanted) ?? (here ? null : (communities[0] ?? null))
}

const none: readonly Community[] = []

export function Frame({ profile }: { readonly profile: Profile }) {
  const route = useRoute()
  const communities = useRequest('communities.list')
  const list = communities.data ?? none
  const community = useLastCommunity(route, list)
  const [adding, setAdding] = useState<AddKind | null>(null)
  // The sheet belongs to the place it was opened at: going somewhere closes it.
  const [openAt, setOpenAt] = useState<Route | null>(null)
  const isWide = useMedia('(min-width: 56.25rem)')
  const hasRail = useMedia('(min-width: 35rem)')
  const clearDrafts = useDrafts((drafts) => drafts.clear)
  useEffect(() => clearDrafts, [clearDrafts])

  const [link, setLink] = useState('')
  // A link of a community was followed: it waits in the form, and the address does not keep it.
  useEffect(() => {
    if (route.at !== 'join') return
    setLink(route.link)
    setAdding('join')
    history.replaceState(null, '', toHash({ at: 'home' }))
    window.dispatchEvent(new HashChangeEvent('hashchange'))
  }, [route])
  const changeAdding = useCallback((kind: AddKind | null): void => {
    if (kind === null) setLink('')
    setAdding(kind)
  }, [])
  const add = useCallback((): void => {
    setOpenAt(null)
    setAdding('join')
  }, [])
  const current = 'community' in route || route.at === 'home' ? (community?.id ?? null) : null
  const { at } = route
  // Going from one message to another changes nothing here, and is not to draw it again.
  const rail = useMemo(
    () => (
      <Rail communities={list} current={current} onAdd={add}>
        <OwnPlaces at={at} />
        <ProfileMenu profile={profile} />
      </Rail>
    ),
    [list, current, add, at, profile],
  )
  const isHere = !('community' in route) || route.community === community?.id
  const side = community && (
    <CommunitySide
      community={community}
      at={isHere ? route.at : null}
      chatId={isHere ? (shownChannel(community, route)?.chatId ?? null) : null}
    />
  )
  return (
    <div className="flex h-full">
      <button
        type="button"
        onClick={() => document.getElementById('page')?.focus()}
        className="sr-only z-50 rounded-control bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the page
      </button>
      {hasRail && rail}
      {isWide && side}
      <main id="page" tabIndex={-1} className="relative flex min-w-0 flex-1 flex-col bg-page outline-none">
        {!isWide && (
          <div className="absolute top-3 left-3 z-10">
            <IconButton icon={MenuIcon} label="Communities and channels" onClick={() => setOpenAt(route)} />
          </div>
        )}
        <Notices />
        <Pages route={route} communities={communities} community={community} onAdd={changeAdding} />
      </main>
      {!isWide && (
        <Sheet title="Communities and channels" open={openAt === route} onClose={() => setOpenAt(null)}>
          {!hasRail && rail}
          {side}
          {!side && <div className="w-[216px] bg-side p-4 text-ink-2">No community yet.</div>}
        </Sheet>
      )}
      <AddCommunity kind={adding} link={link} onChange={changeAdding} />
    </div>
  )
}

const OwnPlaces = memo(function OwnPlaces({ at }: { readonly at: Route['at'] }) {
  const { data: transfers = [] } = useRequest('transfers.list')
  const count = activeTransfers(transfers)
  return (
    <>
      <RailLink
        icon={ArrowDownUp}
        label={count > 0 ? `Transfers, ${count} under way` : 'Transfers'}
        href={toHash({ at: 'transfers' })}
        isCurrent={at === 'transfers'}
        count={count}
      />
      {at === 'qa' && <RailLink icon={FlaskConical} label="QA bench" href={toHash({ at: 'qa' })} isCurrent />}
      <RailLink icon={Settings} label="Settings" href={toHash({ at: 'settings' })} isCurrent={at === 'settings'} />
      <span aria-hidden className="my-1.5 h-px w-6 bg-line" />
    </>
  )
})

interface CommunitySideProps {
  readonly community: Community
  /** Which of its pages is shown; null for none. */
  readonly at: Route['at'] | null
  readonly chatId: ChatId | null
}

const CommunitySide = memo(function CommunitySide({ community, at, chatId }: CommunitySideProps) {
  const note = useHistoryNote(community)
  const asking = useRequestsNote(community)
  return (
    <Side
      community={community}
      channel={chatId}
      places={
        <>
          <NavLink
            icon={Search}
            href={toHash({ at: 'search', community: community.id, text: '' })}
            isCurrent={at === 'search'}
          >
            Search
          </NavLink>
          <NavLink
            icon={HistoryIcon}
            href={toHash({ at: 'history', community: community.id })}
            isCurrent={at === 'history'}
            note={note}
          >
            History
          </NavLink>
          {community.role === 'owner' && (
            <NavLink
              icon={Archive}
              href={toHash({ at: 'archiving', community: community.id })}
              isCurrent={at === 'archiving'}
            >
              Archiving
            </NavLink>
          )}
          <NavLink
            icon={Users}
            href={toHash({ at: 'people', community: community.id })}
            isCurrent={at === 'people'}
            note={asking}
          >
            People
          </NavLink>
        </>
      }
    >
      <NetworkLine />
    </Side>
  )
})
