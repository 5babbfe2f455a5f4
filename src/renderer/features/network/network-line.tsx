/** One line at the foot of the side: connected or not, and what still waits to be sent. */
import type { NetworkStatus } from '../../../shared/domain.ts'
import { useRequest } from '../../lib/client.tsx'
import { count } from '../../lib/format.ts'
import { toHash } from '../../lib/routes.ts'
import { type NetworkWords, networkWords } from './words.ts'

const shapes: Readonly<Record<NetworkWords['shape'], string>> = {
  disc: 'rounded-full bg-ok',
  ring: 'rounded-full border-2 border-ink-3',
  square: 'rounded-[1px] bg-bad',
}

export function NetworkLine() {
  const network = useRequest('network.status')
  return (
    <a
      href={toHash({ at: 'network' })}
      className="flex min-h-7 items-center gap-2 rounded-control px-2 text-meta text-ink-2 hover:bg-hover hover:text-ink"
    >
      {network.data ? (
        <Line status={network.data} />
      ) : (
        <span>{network.isError ? 'Network unknown' : 'Connecting'}</span>
      )}
    </a>
  )
}

function Line({ status }: { readonly status: NetworkStatus }) {
  const { word } = networkWords(status)
  return (
    <>
      <Dot status={status} />
      <span className="truncate tabular-nums">
        {word}
        {status.outbox > 0 && <span className="block">{count(status.outbox)} to send</span>}
      </span>
    </>
  )
}

export function Dot({ status }: { readonly status: NetworkStatus }) {
  return <span aria-hidden className={`size-2 shrink-0 ${shapes[networkWords(status).shape]}`} />
}
