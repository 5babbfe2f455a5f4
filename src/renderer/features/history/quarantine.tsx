/** Archives that failed a check, each with its reason. Nothing of them was used, and nothing else is held up. */
import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import type { Archive, Community } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/note.tsx'
import { useAction } from '../../lib/client.tsx'
import { range } from '../../lib/format.ts'

/** Rows before one asks for more. */
const few = 4

interface QuarantineProps {
  readonly community: Community
  readonly archives: readonly Archive[]
}

export function Quarantine({ community, archives }: QuarantineProps) {
  const retry = useAction('history.retry')
  const [isWhole, setIsWhole] = useState(false)
  if (archives.length === 0) return null
  const sorted = [...archives].sort((a, b) => b.from - a.from)
  return (
    <Card
      title="Quarantine"
      beside={
        <span className="rounded-[4px] bg-bad-soft px-1.5 text-label leading-[18px] font-medium text-bad tabular-nums">
          {archives.length}
        </span>
      }
      actions={
        archives.length > few && (
          <Button look="ghost" size="small" aria-expanded={isWhole} onClick={() => setIsWhole(!isWhole)}>
            {isWhole ? 'Show fewer' : 'Show all'}
          </Button>
        )
      }
    >
      {retry.isError && <Failure error={retry.error} />}
      <ul>
        {(isWhole ? sorted : sorted.slice(0, few)).map(({ id, from, to, reason }) => (
          <li key={id} className="flex items-start gap-2 border-line border-b py-2 last:border-b-0">
            <span className="mt-0.5 w-3.5 shrink-0" aria-hidden>
              <span className="week" data-state="quarantined" />
            </span>
            <div className="min-w-0 flex-1">
              <p className="font-semibold tabular-nums">{range(from, to)}</p>
              <p className="text-meta text-ink-2">{reason || 'A check failed.'}</p>
            </div>
            <Button
              size="small"
              icon={RotateCcw}
              aria-label={`Retry the week ${range(from, to)}`}
              busy={retry.isPending && retry.variables.archiveId === id}
              onClick={() => retry.mutate({ communityId: community.id, archiveId: id })}
            >
              Retry
            </Button>
          </li>
        ))}
      </ul>
      <p className="mt-1 text-meta text-ink-2">
        Nothing from these weeks was added to your history. Retry asks other peers first.
      </p>
    </Card>
  )
}
