/** Announced links to archives: by which way, since when, what became of each, and the link itself to be copied. */
import { Link2, Megaphone } from 'lucide-react'
import type { History } from '../../shared/contract.ts'
import { iso, moment } from '../lib/format.ts'
import { useNow } from '../lib/hooks.ts'
import { IconButton } from './button.tsx'

interface LinkListProps {
  readonly links: History['links']
  readonly ways: Readonly<Record<History['links'][number]['engine'], string>>
}

export function LinkList({ links, ways }: LinkListProps) {
  const now = useNow(60_000)
  return (
    <ul>
      {links.map(({ engine, clock, link, state }) => (
        <li key={`${engine}${link}`} className="flex items-center gap-2 border-line border-b py-1.5 last:border-b-0">
          <Megaphone size={16} aria-hidden className="shrink-0 text-ink-3" />
          <span className="min-w-0 flex-1">
            <b className="font-semibold">By {ways[engine]}</b>{' '}
            <time dateTime={iso(clock)} className="text-meta text-ink-2">
              {moment(clock, now)}
            </time>
            {state && <span className="text-meta text-ink-2"> · {state}</span>}
          </span>
          <IconButton
            icon={Link2}
            label={`Copy the link by ${ways[engine]}`}
            size="small"
            onClick={() => void navigator.clipboard?.writeText(link)}
          />
        </li>
      ))}
    </ul>
  )
}
