/** What is here of a community's history, what is not, and why; for its owner also: making more of it. */
import { Hourglass, PackageOpen } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import type { History } from '../../../shared/contract.ts'
import type { Community, Millis } from '../../../shared/domain.ts'
import { Blank } from '../../components/blank.tsx'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/note.tsx'
import { Bar, Content } from '../../components/page.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { useRequest } from '../../lib/client.tsx'
import { count, counted, date } from '../../lib/format.ts'
import { toHash } from '../../lib/routes.ts'
import { ArchiveTable } from './archive-table.tsx'
import { Choices } from './choices.tsx'
import { type CoveredWeek, mostWeeks, type Progress, progressOf, weeksOf } from './coverage.ts'
import { Gaps } from './gaps.tsx'
import { Links } from './links.tsx'
import { Quarantine } from './quarantine.tsx'
import { Refusals } from './refusals.tsx'
import { Replacement } from './replacement.tsx'
import { Restoration } from './restoration.tsx'
import { Legend, WeekGrid } from './week-grid.tsx'
import { weekStates, weekWords } from './words.ts'

const none: readonly CoveredWeek[] = []

interface HistoryPageProps {
  readonly community: Community
  /** In the bar. */
  readonly actions: ReactNode
  /** What an owner has to know first: another feature's. */
  readonly notes?: ReactNode
}

export function HistoryPage({ community, notes, actions }: HistoryPageProps) {
  const history = useRequest('history.show', { communityId: community.id })
  const coverage = useRequest('history.coverage', { communityId: community.id, limit: mostWeeks })
  return (
    <>
      <Bar title="History" name={`History · ${community.name}`} actions={actions} />
      <Content>
        {history.isError && (
          <Failure
            error={history.error}
            what={history.data ? 'The newest state could not be read' : 'The history could not be read'}
            onRetry={history.refetch}
          />
        )}
        {notes}
        {coverage.isError && (
          <Failure
            error={coverage.error}
            what={coverage.data ? 'The newest state of the weeks could not be read' : 'The weeks could not be read'}
            onRetry={coverage.refetch}
          />
        )}
        {(history.isPending || coverage.isPending) && <Loading />}
        {history.data && !coverage.isPending && (
          <Body community={community} history={history.data} covered={coverage.data?.newest ?? none} />
        )}
      </Content>
    </>
  )
}

interface BodyProps {
  readonly community: Community
  readonly history: History
  readonly covered: readonly CoveredWeek[]
}

function Body({ community, history, covered }: BodyProps) {
  const transfers = useRequest('transfers.list')
  const weeks = useMemo(() => weeksOf(covered), [covered])
  const progress = useMemo(() => progressOf(weeks, history.archives), [weeks, history])
  const isOwner = community.role === 'owner'
  const own = (transfers.data ?? []).filter(({ communityId }) => communityId === community.id)
  const quarantined = history.archives.filter(({ state }) => state === 'quarantined')
  return (
    <>
      {history.archives.length === 0 && weeks.length === 0 ? (
        <Nothing community={community} isHeld={history.standing === 'held'} />
      ) : (
        <>
          <Summary
            progress={progress}
            isShared={history.standing === 'publishing'}
            isWhole={history.gaps.length === 0}
          />
          {!isOwner && <Restoration community={community} history={history} progress={progress} transfers={own} />}
          {weeks.length > 0 && (
            <Card>
              <Legend weeks={weeks} />
              <WeekGrid weeks={weeks} />
            </Card>
          )}
        </>
      )}
      <Gaps gaps={history.gaps} />
      <div className="grid items-start gap-3 wide:grid-cols-2">
        {!isOwner && (
          <div className="grid gap-3">
            <Choices community={community} history={history} weeks={weeks} />
            <Replacement community={community} />
          </div>
        )}
        <div className={isOwner ? 'contents' : 'grid gap-3'}>
          <Quarantine community={community} archives={quarantined} />
          <Links links={history.links} isOwner={isOwner} />
          <Refusals refused={history.refused} />
        </div>
      </div>
      {history.archives.length > 0 && <ArchiveTable archives={history.archives} />}
    </>
  )
}

interface SummaryProps {
  readonly progress: Progress
  /** What is here is what this computer publishes. */
  readonly isShared: boolean
  /** No time is known that nobody recorded. */
  readonly isWhole: boolean
}

function Summary({ progress, isShared, isWhole }: SummaryProps) {
  const { here, weeks, messages, since, gaps } = progress
  return (
    <p className="text-ink-2">
      <b className="text-bar font-semibold text-ink">
        {count(here)} of {counted(weeks, 'week')}
      </b>{' '}
      with messages {weeks === 1 ? 'is' : 'are'} {isShared ? 'kept and shared by this computer' : 'on this computer'}.{' '}
      {since !== null &&
        `${isShared ? `${weeks === 1 ? 'It holds' : 'They hold'}` : 'You can read'} ${counted(messages, 'archived message')} back to ${date((since * 1000) as Millis)}, with ${gaps > 0 ? counted(gaps, 'gap') : isWhole ? 'no gaps' : 'no whole week missing'}.`}
    </p>
  )
}

/** What an owner's map never shows, and what only it shows. */
const membersOnly: ReadonlySet<string> = new Set([
  'imported',
  'downloading',
  'archived',
  'waiting-for-key',
  'quarantined',
])

function Nothing({ community, isHeld }: { readonly community: Community; readonly isHeld: boolean }) {
  const isOwner = community.role === 'owner'
  return (
    <>
      <Card>
        {isOwner ? (
          <Blank icon={PackageOpen} title={isHeld ? 'Nothing is here yet' : 'Nothing has been archived yet'}>
            <p>
              {isHeld
                ? 'What was archived before appears here week by week, as it is found and checked.'
                : community.historyArchives
                  ? 'The first archive is made when the first week is over. You can also make one now, from what has been said so far.'
                  : 'Turn archiving on, and every week of this community is packed and shared with its members.'}
            </p>
          </Blank>
        ) : (
          <Blank
            icon={Hourglass}
            title="No archive has been announced yet"
            actions={
              <a className="text-accent underline" href={toHash({ at: 'community', community: community.id })}>
                Read what is here
              </a>
            }
          >
            <p>
              You can read and post already: messages since you joined are on this computer. Older history appears here
              when the owner’s node next announces it, which it does at least once a day while it is running.
            </p>
          </Blank>
        )}
      </Card>
      <Card title="What you will see here">
        <ul className="grid gap-2 wide:grid-cols-2">
          {weekStates
            .filter((state) => (isOwner ? !membersOnly.has(state) : state !== 'published'))
            .map((state) => (
              <li key={state} className="flex items-center gap-2 text-meta text-ink-2">
                <span className="w-[13px] shrink-0" aria-hidden>
                  <span className="week" data-state={state} />
                </span>
                <span>
                  <b className="font-semibold text-ink">{weekWords[state].word}</b> {weekWords[state].means}
                </span>
              </li>
            ))}
        </ul>
      </Card>
    </>
  )
}

function Loading() {
  return (
    <>
      <Card>
        <Lines rows={2} label="Reading the history" />
      </Card>
      <Card>
        <div className="h-44 animate-breathe rounded-control bg-edge/15" />
      </Card>
    </>
  )
}
