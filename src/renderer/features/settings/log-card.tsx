/** What this node did, line by line, newest first. */
import { useState } from 'react'
import { activitySentence } from '../../../shared/activity.ts'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { usePages } from '../../lib/client.tsx'
import { iso, moment } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'

const perPage = 20

export function LogCard() {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <Card
      title="Log"
      actions={
        <Button size="small" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? 'Hide' : 'Show'}
        </Button>
      }
    >
      {isOpen ? (
        <Log />
      ) : (
        <p className="text-ink-2">What this node archived, fetched, refused and repaired. No message is in it.</p>
      )}
    </Card>
  )
}

function Log() {
  const now = useNow(60_000)
  const pages = usePages('activity.page', { limit: perPage }, ({ lines }) => {
    const last = lines.at(-1)
    return last && lines.length === perPage ? { before: last.seq } : null
  })
  if (pages.isPending) return <Lines rows={4} label="Reading the log" />
  if (pages.isError) return <Failure error={pages.error} what="The log could not be read" onRetry={pages.refetch} />
  const lines = pages.data.pages.flatMap((page) => page.lines)
  if (lines.length === 0) return <p className="text-ink-2">Nothing was done yet.</p>
  return (
    <div className="grid justify-items-start gap-2">
      <ul aria-label="Lines of the log" className="w-full text-meta">
        {lines.map((line) => (
          <li key={line.seq} className="flex gap-3 border-line border-b py-1 last:border-b-0">
            <time dateTime={iso(line.at)} className="w-36 shrink-0 text-ink-2 tabular-nums">
              {moment(line.at, now)}
            </time>
            <span className="min-w-0 break-words">{activitySentence(line.kind, line)}</span>
          </li>
        ))}
      </ul>
      {pages.hasNextPage && (
        <Button size="small" busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          Earlier lines
        </Button>
      )}
    </div>
  )
}
