/** Above the messages: how much of the history is here, while more of it is coming or something is wrong with it. */
import { ChevronRight, CloudDownload, type LucideIcon, Pause, Search, TriangleAlert } from 'lucide-react'
import { memo, useMemo } from 'react'
import type { Community } from '../../../shared/domain.ts'
import { useRequest } from '../../lib/client.tsx'
import { count, counted, rate, timeLeft } from '../../lib/format.ts'
import { toHash } from '../../lib/routes.ts'
import { mostWeeks, progressOf, weeksOf } from './coverage.ts'

/** "280 of 491", or "491 weeks", for the list of places; null while there is nothing to count. */
export function useHistoryNote(community: Community): string | null {
  const progress = useProgress(community)
  if (!progress || progress.weeks === 0) return null
  const { here, weeks } = progress
  return here === weeks ? counted(weeks, 'week') : `${count(here)} of ${count(weeks)}`
}

function useProgress(community: Community) {
  const { data: history } = useRequest('history.show', { communityId: community.id })
  const { data: covered } = useRequest('history.coverage', { communityId: community.id, limit: mostWeeks })
  return useMemo(
    () => (history && covered ? progressOf(weeksOf(covered.newest), history.archives) : null),
    [history, covered],
  )
}

export const HistoryStrip = memo(function HistoryStrip({ community }: { readonly community: Community }) {
  const progress = useProgress(community)
  const { data: history } = useRequest('history.show', { communityId: community.id })
  const { data: transfers = [] } = useRequest('transfers.list')
  if (community.role === 'owner') return null
  const sought = transfers.find(({ communityId, bytesTotal }) => communityId === community.id && bytesTotal === 0)
  if (sought && !progress?.toCome)
    return (
      <Strip community={community} icon={Search} tone="text-info" what="The history is being looked for.">
        {sought.trouble || 'Nobody who has it has answered yet.'}
      </Strip>
    )
  if (!progress || !history) return null
  const { here, weeks, toCome, quarantined, bytesToGo } = progress
  if (toCome === 0 && quarantined === 0) return null
  const perSecond = transfers
    .filter(({ communityId }) => communityId === community.id)
    .reduce((total, { downloadRate }) => total + downloadRate, 0)
  const Icon = toCome === 0 ? TriangleAlert : history.paused ? Pause : CloudDownload
  const left = timeLeft(bytesToGo, perSecond)
  const doing =
    toCome === 0
      ? `${counted(quarantined, 'week')} in quarantine.`
      : history.paused
        ? 'The download is paused.'
        : perSecond > 0
          ? `Downloading, newest first: ${[rate(perSecond), left].filter(Boolean).join(', ')}.`
          : 'Waiting for peers.'
  return (
    <Strip
      community={community}
      icon={Icon}
      tone={toCome === 0 ? 'text-warn' : 'text-week-downloading'}
      what={`${count(here)} of ${counted(weeks, 'week')} are here.`}
    >
      {doing}
    </Strip>
  )
})

interface StripProps {
  readonly community: Community
  readonly icon: LucideIcon
  /** Of the icon. */
  readonly tone: string
  /** The fact, before what is being done about it. */
  readonly what: string
  readonly children: string
}

function Strip({ community, icon: Icon, tone, what, children }: StripProps) {
  return (
    <section
      aria-label="History on this computer"
      className="flex shrink-0 items-center gap-2 border-line border-b bg-side px-4 py-1.5 text-meta wide:px-6"
    >
      <Icon size={16} aria-hidden className={`shrink-0 ${tone}`} />
      <p className="min-w-0 truncate text-ink-2 tabular-nums">
        <b className="font-semibold text-ink">{what}</b> {children}
      </p>
      <a
        href={toHash({ at: 'history', community: community.id })}
        className="ml-auto inline-flex min-h-6 shrink-0 items-center gap-1 font-medium text-ink-2 hover:text-ink"
      >
        Open history
        <ChevronRight size={14} aria-hidden />
      </a>
    </section>
  )
}
