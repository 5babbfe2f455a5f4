/** Who asks to be let in, longest waiting first. The owner answers one or all of those in sight. */
import { Check, X } from 'lucide-react'
import type { Community, JoinRequest } from '../../../shared/domain.ts'
import { Avatar } from '../../components/avatar.tsx'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/note.tsx'
import { useAction, usePages } from '../../lib/client.tsx'
import { iso, moment, nameOf, shortId } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { Count, PAGE } from './people.tsx'

export function Requests({ community }: { readonly community: Community }) {
  const input = { id: community.id, state: 'pending', limit: PAGE } as const
  const pages = usePages('communities.requests', input, ({ requests }) => {
    const last = requests.at(-1)
    return requests.length < PAGE || last === undefined
      ? null
      : { after: { since: last.since, contactId: last.contactId } }
  })
  const accept = useAction('communities.accept')
  const refuse = useAction('communities.refuse')
  const asking = pages.data?.pages.flatMap(({ requests }) => requests) ?? []
  if (pages.isError && !pages.data)
    return <Failure error={pages.error} what="Requests to join could not be read" onRetry={pages.refetch} />
  if (asking.length === 0)
    return (
      <Card title="Asking to join">
        <p className="text-ink-2">
          {community.joining === 'request'
            ? 'Nobody at the moment. Who asks appears here and waits for your answer, also while you are away.'
            : 'Everybody who asks is let in at once. To be asked first, choose so under “Edit community”.'}
        </p>
      </Card>
    )
  const shown = asking.slice(0, 100).map(({ contactId }) => contactId)
  const failed = accept.error ?? refuse.error
  const isBusy = accept.isPending || refuse.isPending
  return (
    <Card
      title="Asking to join"
      beside={<Count value={pages.data?.pages[0]?.pending ?? asking.length} />}
      actions={
        asking.length > 1 && (
          <Button
            size="small"
            icon={Check}
            busy={accept.isPending}
            onClick={() => accept.mutate({ id: community.id, contactIds: shown })}
          >
            Let all {shown.length} in
          </Button>
        )
      }
    >
      {failed && <Failure error={failed} what="The answer was not sent" />}
      <ul className="divide-y divide-line">
        {asking.map((request) => (
          <Row
            key={request.contactId}
            request={request}
            isBusy={isBusy}
            onAccept={() => accept.mutate({ id: community.id, contactIds: [request.contactId] })}
            onRefuse={() => refuse.mutate({ id: community.id, contactIds: [request.contactId] })}
          />
        ))}
      </ul>
      {pages.hasNextPage && (
        <div className="pt-3">
          <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </Card>
  )
}

interface RowProps {
  readonly request: JoinRequest
  readonly isBusy: boolean
  readonly onAccept: () => void
  readonly onRefuse: () => void
}

function Row({ request: { contactId, name, since }, isBusy, onAccept, onRefuse }: RowProps) {
  const now = useNow(60_000)
  const shown = nameOf(name, contactId)
  return (
    <li className="flex min-h-11 flex-wrap items-center gap-3 py-1.5">
      <Avatar id={contactId} name={shown} size="medium" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{shown}</span>
        <span className="block truncate text-label text-ink-3">
          <span className="font-mono">{shortId(contactId)}</span> · since{' '}
          <time dateTime={iso(since)}>{moment(since, now)}</time>
        </span>
      </span>
      <span className="flex gap-2">
        <Button size="small" icon={X} disabled={isBusy} aria-label={`Refuse ${shown}`} onClick={onRefuse}>
          Refuse
        </Button>
        <Button
          size="small"
          look="primary"
          icon={Check}
          disabled={isBusy}
          aria-label={`Let ${shown} in`}
          onClick={onAccept}
        >
          Let in
        </Button>
      </span>
    </li>
  )
}
