/** What this computer ignored or refused, and why: nothing happens in silence. */
import type { History } from '../../../shared/contract.ts'
import { Card } from '../../components/card.tsx'
import { count } from '../../lib/format.ts'

export function Refusals({ refused }: Pick<History, 'refused'>) {
  const counted = refused.filter((entry) => entry.count > 0)
  return (
    <Card title="Ignored and refused">
      {counted.length === 0 ? (
        <p className="text-ink-2">None. Every message, link and archive so far passed its checks.</p>
      ) : (
        <ul>
          {counted.map((entry) => (
            <li key={entry.reason} className="flex gap-3 border-line border-b py-1.5 last:border-b-0">
              <span className="min-w-0 flex-1">{entry.reason}</span>
              <span className="tabular-nums">{count(entry.count)}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
