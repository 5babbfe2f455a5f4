/** Time that nobody recorded, as far as this node knows. */
import { TriangleAlert } from 'lucide-react'
import type { History } from '../../../shared/contract.ts'
import { Card } from '../../components/card.tsx'
import { counted, range } from '../../lib/format.ts'

/** Lines; a node that is often off for long has many. */
const shown = 6

export function Gaps({ gaps }: { readonly gaps: History['gaps'] }) {
  if (gaps.length === 0) return null
  const newest = [...gaps].sort((a, b) => b.from - a.from)
  return (
    <Card title="Not recorded">
      <ul className="grid gap-1">
        {newest.slice(0, shown).map(({ from, to }) => (
          <li key={from} className="flex gap-2">
            <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-warn" />
            <span className="text-ink-2">
              <b className="font-semibold text-ink tabular-nums">{range(from, to)}</b>: this node was off for longer
              than store nodes keep messages.
            </span>
          </li>
        ))}
      </ul>
      {newest.length > shown && (
        <p className="mt-1 pl-6 text-meta text-ink-2">And {counted(newest.length - shown, 'earlier time')}.</p>
      )}
    </Card>
  )
}
