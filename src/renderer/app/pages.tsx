/** Which page stands where. */
import type { UseQueryResult } from '@tanstack/react-query'
import { Compass } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import type { Channel, Community } from '../../shared/domain.ts'
import { Blank } from '../components/blank.tsx'
import { Failure } from '../components/note.tsx'
import { Bar, Content } from '../components/page.tsx'
import { Lines } from '../components/skeleton.tsx'
import { type AddKind, ExportKeyButton, Home, WaitingCommunity } from '../features/communities/index.ts'
import { ExportButton } from '../features/exports/index.ts'
import { HistoryPage, HistoryStrip } from '../features/history/index.ts'
import { ChannelPage } from '../features/messages/index.ts'
import { ChooseNetwork, NetworkPage } from '../features/network/index.ts'
import { OwnerNotes, OwnerPage } from '../features/owner/index.ts'
import { MemberList, PeoplePage } from '../features/people/index.ts'
import { QaPage } from '../features/qa/index.ts'
import { SearchPage } from '../features/search/index.ts'
import { SettingsPage } from '../features/settings/index.ts'
import { TransfersPage } from '../features/transfers/index.ts'
import type { Failed } from '../lib/client.tsx'
import type { Route } from '../lib/routes.ts'

interface PagesProps {
  readonly route: Route
  readonly communities: UseQueryResult<readonly Community[], Failed>
  /** The one the route is in, or was. */
  readonly community: Community | null
  readonly onAdd: (kind: AddKind) => void
}

export function Pages({ route, communities, community, onAdd }: PagesProps) {
  if (route.at === 'settings') return <SettingsPage />
  if (route.at === 'qa') return <QaPage />
  if (route.at === 'network') return <NetworkPage communities={communities.data ?? []} />
  if (route.at === 'transfers') return <TransfersPage communities={communities.data ?? []} />
  if (communities.isError && !communities.data)
    return (
      <Plain title="Communities">
        <Failure error={communities.error} what="Your communities could not be read" onRetry={communities.refetch} />
      </Plain>
    )
  if (communities.isPending)
    return (
      <Plain title="Communities">
        <Lines rows={4} label="Reading your communities" />
      </Plain>
    )
  if (!community) return 'community' in route ? <Unknown /> : <Home onAdd={onAdd} network={<ChooseNetwork />} />
  return <InCommunity key={community.id} route={route} community={community} />
}

function InCommunity({ route, community }: { readonly route: Route; readonly community: Community }) {
  const channel = shownChannel(community, route)
  // The same elements as before, so that going from one message to another draws only messages.
  const around = useMemo(
    () => ({
      strip: <HistoryStrip community={community} />,
      actions: <ExportButton community={community} channel={channel} />,
      beside: <MemberList community={community} />,
    }),
    [community, channel],
  )
  if (route.at === 'people') return <PeoplePage community={community} />
  if (route.at === 'history')
    return (
      <HistoryPage
        community={community}
        notes={community.role === 'owner' && <OwnerNotes community={community} />}
        actions={<ExportButton community={community} channel={null} />}
      />
    )
  if (route.at === 'archiving')
    return <OwnerPage community={community} keyExport={<ExportKeyButton community={community} />} />
  if (route.at === 'search') return <SearchPage community={community} text={route.text} />
  if (community.state === 'unknown') return <WaitingCommunity community={community} />
  if (!channel) return <WaitingCommunity community={community} />
  return (
    <ChannelPage
      key={channel.chatId}
      community={community}
      channel={channel}
      place={route.at === 'channel' && route.chat === channel.chatId ? route.message : null}
      {...around}
    />
  )
}

/** The channel the route names, else the community's first; null where the route shows none. */
export function shownChannel(community: Community, route: Route): Channel | null {
  if (route.at !== 'channel' && route.at !== 'community' && route.at !== 'home') return null
  const named = route.at === 'channel' ? community.channels.find(({ chatId }) => chatId === route.chat) : undefined
  const [first] = [...community.channels].sort((a, b) => a.position - b.position)
  return named ?? first ?? null
}

function Unknown() {
  return (
    <Plain title="Nothing here">
      <Blank icon={Compass} title="This community is not on this computer">
        <p>You may have left it, or the address is another profile’s. Choose one on the left.</p>
      </Blank>
    </Plain>
  )
}

function Plain({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <>
      <Bar title={title} name={title} />
      <Content>{children}</Content>
    </>
  )
}
