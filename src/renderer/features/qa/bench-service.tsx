/** The service node that the bench's people use: on, off, where it is, and what time it is. */

import type { Bench } from '../../../shared/contract.ts'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/note.tsx'
import { Switch } from '../../components/switch.tsx'
import { useAction } from '../../lib/client.tsx'
import { useNow } from '../../lib/hooks.ts'

export function BenchService({ bench: { service, now: theirs } }: { readonly bench: Bench }) {
  const set = useAction('bench.service')
  const isMoving = service.state === 'starting' || service.state === 'stopping'
  return (
    <Card title="Service node">
      <div className="grid gap-2">
        {set.isError && <Failure error={set.error} what="The service node did not change" />}
        <Switch
          label={isMoving ? `The service node is ${service.state}` : 'Carry messages'}
          help="Off, the people of the bench cannot reach each other: what they post waits in their outboxes. It comes back under the same address."
          checked={service.state === 'on' || service.state === 'starting'}
          disabled={isMoving || set.isPending}
          onChange={(on) => set.mutate({ on })}
        />
        {service.trouble !== '' && <p className="text-bad">{service.trouble}</p>}
        <ul className="grid gap-0.5">
          {service.addresses.map((address) => (
            <li key={address} className="font-mono text-[11.5px] break-all text-ink-2 select-all">
              {address}
            </li>
          ))}
        </ul>
        <Clocks theirs={theirs} />
      </div>
    </Card>
  )
}

/** ISO and ms, as the log has them; this page's, and the node's when it was heard last. */
function Clocks({ theirs }: { readonly theirs: number }) {
  const now = useNow(1_000)
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 text-meta text-ink-2 tabular-nums">
      <dt>This page’s clock</dt>
      <dd className="font-mono text-[11.5px]">
        {new Date(now).toISOString()} · {now}
      </dd>
      <dt>The node’s, last told</dt>
      <dd className="font-mono text-[11.5px]">
        {new Date(theirs).toISOString()} · {theirs}
      </dd>
    </dl>
  )
}
