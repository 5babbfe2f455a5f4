/** How long an owner's computer keeps what it recorded besides the archives, and freeing what need not be kept. */
import type { RequestOutput } from '../../../shared/contract.ts'
import type { Community, Millis } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { useAction, useRequest } from '../../lib/client.tsx'
import { bytes, counted, date } from '../../lib/format.ts'

export function Retention({ community }: { readonly community: Community }) {
  const input = { communityId: community.id }
  const kept = useRequest('history.retention', input)
  const prune = useAction('history.prune', () => void kept.refetch())
  const frees = (kept.data?.days ?? 0) > 0
  return (
    <Card
      title="What is kept"
      actions={
        frees && (
          <Button size="small" busy={prune.isPending} onClick={() => prune.mutate({ ...input, dryRun: false })}>
            Free now
          </Button>
        )
      }
    >
      <div className="grid gap-1 text-ink-2">
        {kept.isError && (
          <Failure error={kept.error} what="What is kept could not be read" onRetry={() => void kept.refetch()} />
        )}
        {prune.isError && <Failure error={prune.error} what="Nothing was freed" />}
        {kept.isPending && <Lines rows={2} label="Reading what is kept" />}
        {kept.data && <Kept {...kept.data} />}
        {prune.data && (
          <p role="status">
            {prune.data.records === 0
              ? 'There was nothing to free.'
              : `Freed ${counted(prune.data.records, 'record')}, ${bytes(prune.data.bytes)}.`}
            {prune.data.returned > 0 && ` The disk has ${bytes(prune.data.returned)} of it back.`}
          </p>
        )}
      </div>
    </Card>
  )
}

type KeptProps = RequestOutput<'history.retention'>

function Kept({ days, records, bytes: size, held, oldestKept, reusable }: KeptProps) {
  return (
    <>
      <p>
        {days === 0
          ? 'Every record is kept for good, besides the archives made of it.'
          : `A record is freed ${counted(days, 'day')} after it was archived and announced. Messages and archives stay.`}
      </p>
      {days > 0 && (
        <p className="tabular-nums">
          {records === 0 ? (
            'Nothing can be freed now.'
          ) : (
            <>
              <b className="font-semibold text-ink">{bytes(size)}</b> in {counted(records, 'record')} can be freed now.
            </>
          )}
        </p>
      )}
      {held > 0 && (
        <p className="text-meta tabular-nums">
          {counted(held, 'older record')} {held === 1 ? 'stays' : 'stay'}: in no archive yet, or not yet announced every
          way it is shared.
        </p>
      )}
      {(oldestKept !== null || reusable > 0) && (
        <p className="text-meta tabular-nums">
          {[
            ...(oldestKept === null ? [] : [`Kept whole since ${date((oldestKept * 1000) as Millis)}.`]),
            ...(reusable > 0 ? [`${bytes(reusable)} of the database are free for what comes next.`] : []),
          ].join(' ')}
        </p>
      )}
    </>
  )
}
