/** Who carries this computer's messages, and what still waits to be sent. */
import { CircleCheck, CircleX, Server } from 'lucide-react'
import type { Community, NetworkStatus } from '../../../shared/domain.ts'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/note.tsx'
import { Bar, Content } from '../../components/page.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { Tag } from '../../components/tag.tsx'
import { useRequest } from '../../lib/client.tsx'
import { counted } from '../../lib/format.ts'
import { toHash } from '../../lib/routes.ts'
import { NetworkDetails } from './network-details.tsx'
import { Dot } from './network-line.tsx'
import { networkWords } from './words.ts'

export function NetworkPage({ communities }: { readonly communities: readonly Community[] }) {
  const network = useRequest('network.status')
  return (
    <>
      <Bar title="Network" name="Network" />
      <Content>
        {network.isPending && (
          <Card>
            <Lines rows={3} label="Asking for the network’s state" />
          </Card>
        )}
        {network.isError && (
          <Failure error={network.error} what="The network’s state could not be read" onRetry={network.refetch} />
        )}
        {network.data && <Body status={network.data} />}
        <NetworkDetails communities={communities} />
      </Content>
    </>
  )
}

function Body({ status }: { readonly status: NetworkStatus }) {
  const { word, means } = networkWords(status)
  return (
    <>
      <Card>
        <p className="flex items-center gap-2 text-bar font-semibold">
          <Dot status={status} />
          {word}
        </p>
        <p className="text-ink-2">{means}</p>
        <p className="mt-2 text-ink-2 tabular-nums">
          {status.outbox === 0
            ? 'Everything you posted has been sent.'
            : `${counted(status.outbox, 'message')} waiting to be sent. They leave by themselves.`}
        </p>
      </Card>
      <Card title="Service nodes">
        {status.nodes.length === 0 ? (
          <p className="text-ink-2">
            None configured: this computer speaks to itself and to those who reach it.{' '}
            <a className="text-accent underline" href={toHash({ at: 'settings' })}>
              Add a node in settings
            </a>
            .
          </p>
        ) : (
          <ul>
            {status.nodes.map(({ address, connected, error }) => (
              <li key={address} className="flex flex-wrap items-center gap-2 border-line border-b py-2 last:border-b-0">
                <Server size={16} aria-hidden className="shrink-0 text-ink-3" />
                <span className="min-w-48 flex-1 font-mono text-[11.5px] break-all">{address}</span>
                <Tag icon={connected ? CircleCheck : CircleX} tone={connected ? 'ok' : 'bad'}>
                  {connected ? 'Connected' : 'Not connected'}
                </Tag>
                {error && <p className="w-full pl-6 text-meta text-ink-2">{error}</p>}
              </li>
            ))}
          </ul>
        )}
      </Card>
    </>
  )
}
