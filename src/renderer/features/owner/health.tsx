/** Whether the history would survive this computer: who fetches it, who has which week, and which weeks only it has. */
import { TriangleAlert, Upload, Users } from 'lucide-react'
import type { History, RequestOutput } from '../../../shared/contract.ts'
import type { Community } from '../../../shared/domain.ts'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/note.tsx'
import { RateChart } from '../../components/rate-chart.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { Switch } from '../../components/switch.tsx'
import { Tag } from '../../components/tag.tsx'
import { useAction, useRequest } from '../../lib/client.tsx'
import { bytes, count, counted, range } from '../../lib/format.ts'
import { useRates } from '../../lib/rates.ts'
import { toHash } from '../../lib/routes.ts'

interface HealthProps {
  readonly community: Community
  readonly history: History
}

type CoverageWeek = RequestOutput<'history.coverage'>['newest'][number]

/** Weeks named; the rest is counted. */
const named = 4
/** The contract's most. */
const mostWeeks = 5300
const none: readonly never[] = []

export function Health({ community, history }: HealthProps) {
  const input = { communityId: community.id }
  const transfers = useRequest('transfers.list')
  const coverage = useRequest('history.coverage', { ...input, limit: mostWeeks })
  const samples = useRates(({ of }) => of.get(community.id) ?? none)
  const seed = useAction('history.seed')
  const own = (transfers.data ?? []).filter(({ communityId }) => communityId === community.id)
  const peers = own.reduce((total, transfer) => total + transfer.peers, 0)
  const shared = own.filter(({ seeding }) => seeding).reduce((total, { bytesDone }) => total + bytesDone, 0)
  return (
    <Card
      title="Who has it"
      beside={
        <Tag icon={history.seeding ? Upload : TriangleAlert} tone={history.seeding ? 'ok' : 'warn'}>
          {history.seeding ? 'Seeding' : 'Not seeding'}
        </Tag>
      }
    >
      <div className="grid gap-3">
        {transfers.isError && (
          <Failure error={transfers.error} what="The transfers could not be read" onRetry={transfers.refetch} />
        )}
        {seed.isError && <Failure error={seed.error} />}
        <p className="flex items-center gap-2 text-ink-2">
          <Users size={16} aria-hidden className="shrink-0" />
          <span>
            <b className="font-semibold text-ink">
              {peers === 0 ? 'No peer is connected' : `${counted(peers, 'peer')} connected`}
            </b>
            {peers === 0 ? ' now. Members connect when they want something.' : `, ${bytes(shared)} offered to them.`}
          </span>
        </p>
        {samples.length > 0 && <RateChart label={`Rates of ${community.name}`} samples={samples} />}
        {coverage.isPending && <Lines rows={2} label="Asking who has which week" />}
        {coverage.isError && (
          <Failure error={coverage.error} what="Who has which week could not be read" onRetry={coverage.refetch} />
        )}
        {coverage.data && <Copies community={community} weeks={coverage.data.newest} />}
        <Switch
          label="Give the history to whoever asks"
          help="Off, nothing is uploaded from here; members have it only from each other."
          checked={history.seeding}
          disabled={seed.isPending}
          onChange={(on) => seed.mutate({ ...input, on })}
        />
      </div>
    </Card>
  )
}

function Copies({ community, weeks }: { readonly community: Community; readonly weeks: readonly CoverageWeek[] }) {
  const archived = weeks.filter(({ archives }) => archives > 0)
  const told = archived.filter((week): week is CoverageWeek & { peers: number } => week.peers !== null)
  const alone = told.filter(({ peers }) => peers === 0)
  if (archived.length === 0) return <p className="text-ink-2">No week is archived yet, so nobody else can have one.</p>
  if (told.length === 0)
    return <p className="text-ink-2">Who has which week is unknown until a peer connects and says what it holds.</p>
  const least = told.reduce((fewest, { peers }) => Math.min(fewest, peers), Number.MAX_SAFE_INTEGER)
  const most = told.reduce((peak, { peers }) => Math.max(peak, peers), 0)
  return (
    <section aria-label="Copies of each week" className="grid gap-2 border-line border-t pt-3">
      <p className="text-ink-2">
        {least > 0
          ? `Every one of ${counted(told.length, 'archived week')} is held by ${least === most ? counted(least, 'connected peer') : `${count(least)} to ${count(most)} connected peers`}.`
          : `${count(told.length - alone.length)} of ${counted(told.length, 'archived week')} are held by connected peers, too.`}
      </p>
      {alone.length > 0 && (
        <div className="rounded-control bg-warn-soft px-3 py-2">
          <p className="flex items-center gap-2 font-medium">
            <TriangleAlert size={16} aria-hidden className="shrink-0 text-warn" />
            {counted(alone.length, 'week')} no connected peer holds
          </p>
          <p className="pl-6 text-meta text-ink-2">
            {alone
              .slice(-named)
              .reverse()
              .map(({ from, to }) => range(from, to))
              .join(' · ')}
            {alone.length > named && ` and ${counted(alone.length - named, 'more', 'more')}`}.{' '}
            <a className="text-accent underline" href={toHash({ at: 'history', community: community.id })}>
              See them on the map
            </a>
          </p>
        </div>
      )}
    </section>
  )
}
