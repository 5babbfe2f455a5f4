/** Behind the network's state: who can reach this node, which shards it listens to, how far stores lag, what waits. */
import { CircleDashed, Clock, Globe, Monitor, TriangleAlert, Wifi } from 'lucide-react'
import type { RequestOutput, Settings } from '../../../shared/contract.ts'
import type { Community } from '../../../shared/domain.ts'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { Tag } from '../../components/tag.tsx'
import { useRequest } from '../../lib/client.tsx'
import { counted, iso, moment } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { toHash } from '../../lib/routes.ts'

type Details = RequestOutput<'network.details'>

/** Lines of the outbox. */
const shown = 20

const reaches = {
  machine: { icon: Monitor, word: 'This computer only' },
  lan: { icon: Wifi, word: 'The local network' },
  internet: { icon: Globe, word: 'Everybody' },
} as const

export function NetworkDetails({ communities }: { readonly communities: readonly Community[] }) {
  const details = useRequest('network.details', { limit: shown })
  const settings = useRequest('settings.get')
  const addresses = useRequest('network.addresses')
  if (details.isPending)
    return (
      <Card>
        <Lines rows={4} label="Asking for the network’s details" />
      </Card>
    )
  if (details.isError)
    return <Failure error={details.error} what="The network’s details could not be read" onRetry={details.refetch} />
  return (
    <div className="grid items-start gap-3 wide:grid-cols-2">
      {settings.data && (
        <Reach settings={settings.data} addresses={addresses.data ?? []} topics={details.data.topics} />
      )}
      <Stores details={details.data} communities={communities} />
      <Outbox waiting={details.data.waiting} />
    </div>
  )
}

interface ReachProps {
  readonly settings: Settings
  readonly addresses: readonly string[]
  readonly topics: readonly string[]
}

function Reach({ settings: { reach, publicAddress }, addresses, topics }: ReachProps) {
  const { icon, word } = reaches[reach]
  return (
    <Card
      title="Who can reach this node"
      beside={<Tag icon={icon}>{word}</Tag>}
      actions={
        <a className="text-accent underline" href={toHash({ at: 'settings' })}>
          Change
        </a>
      }
    >
      <div className="grid gap-2 text-ink-2">
        {reach === 'internet' && publicAddress === '' && (
          <p className="flex gap-2">
            <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-warn" />
            No address from outside is set: others find this node only through peers that know it already.
          </p>
        )}
        {reach === 'internet' && publicAddress !== '' && (
          <p>
            Announced under <b className="font-semibold text-ink">{publicAddress}</b>. Whether that can be reached from
            outside was not tested.
          </p>
        )}
        {addresses.length === 0 ? (
          <p>This node carries no messages for others.</p>
        ) : (
          <>
            <p>Others use this node as theirs under</p>
            <ul className="grid gap-1">
              {addresses.map((address) => (
                <li key={address} className="font-mono text-[11.5px] break-all select-all">
                  {address}
                </li>
              ))}
            </ul>
          </>
        )}
        <p>
          Listens on {counted(topics.length, 'shard')}:{' '}
          <span className="font-mono text-[11.5px]">{topics.join(', ')}</span>
        </p>
      </div>
    </Card>
  )
}

/** ms after which what stores have is behind. */
const late = 15 * 60_000

function Stores({ details, communities }: { readonly details: Details; readonly communities: readonly Community[] }) {
  const now = useNow(10_000)
  return (
    <Card title="Stores asked up to">
      {details.fetched.length === 0 ? (
        <p className="text-ink-2">No community yet, so no store was asked.</p>
      ) : (
        <ul>
          {details.fetched.map(({ communityId, upTo }) => (
            <li key={communityId} className="flex items-center gap-2 border-line border-b py-1.5 last:border-b-0">
              <span className="min-w-0 flex-1 truncate">
                {communities.find(({ id }) => id === communityId)?.name || 'A community'}
              </span>
              {upTo === null ? (
                <Tag icon={CircleDashed}>Not asked yet</Tag>
              ) : (
                <>
                  {now - upTo > late && (
                    <Tag icon={TriangleAlert} tone="warn">
                      Behind
                    </Tag>
                  )}
                  <time dateTime={iso(upTo)} className="text-ink-2 tabular-nums">
                    {moment(upTo, now)}
                  </time>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      <p className="mt-2 text-meta text-ink-2">
        What was said while this computer was away is asked of store nodes; they keep about 30 days.
      </p>
    </Card>
  )
}

function Outbox({ waiting }: { readonly waiting: Details['waiting'] }) {
  const now = useNow(10_000)
  return (
    <Card title="Outbox">
      {waiting.length === 0 ? (
        <p className="text-ink-2">Empty: everything has been sent.</p>
      ) : (
        <ul>
          {waiting.map(({ createdAt, attempts, nextAt, lastError }) => (
            <li key={`${createdAt}.${nextAt}`} className="border-line border-b py-1.5 last:border-b-0">
              <p className="flex flex-wrap items-center gap-2">
                <Tag icon={attempts === 0 ? Clock : TriangleAlert} tone={attempts === 0 ? 'neutral' : 'warn'}>
                  {attempts === 0 ? 'Sending' : 'Not sent'}
                </Tag>
                <span className="text-ink-2 tabular-nums">
                  written <time dateTime={iso(createdAt)}>{moment(createdAt, now)}</time>
                  {attempts > 0 && `, tried ${counted(attempts, 'time')}, again at ${moment(nextAt, now)}`}
                </span>
              </p>
              {lastError !== '' && <p className="text-meta break-words text-ink-2">{lastError}</p>}
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
