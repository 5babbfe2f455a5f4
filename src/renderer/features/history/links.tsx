/** The announcements that lead to the archives: by which way, since when, and whether they are followed. */
import { Link2, Megaphone } from 'lucide-react'
import type { History } from '../../../shared/contract.ts'
import { IconButton } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { iso, moment } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { engineWords } from './words.ts'

interface LinksProps {
  readonly links: History['links']
  readonly isOwner: boolean
}

export function Links({ links, isOwner }: LinksProps) {
  const now = useNow(60_000)
  return (
    <Card title="Announcements">
      {links.length === 0 ? (
        <p className="text-ink-2">
          {isOwner ? 'None sent yet. The first follows the first archive.' : 'None received yet.'}
        </p>
      ) : (
        <ul>
          {links.map(({ engine, clock, link, state }) => (
            <li
              key={`${engine}${link}`}
              className="flex items-center gap-2 border-line border-b py-1.5 last:border-b-0"
            >
              <Megaphone size={16} aria-hidden className="shrink-0 text-ink-3" />
              <span className="min-w-0 flex-1">
                <b className="font-semibold">By {engineWords[engine]}</b>{' '}
                <time dateTime={iso(clock)} className="text-meta text-ink-2">
                  {moment(clock, now)}
                </time>
                {state && <span className="text-meta text-ink-2"> · {state}</span>}
              </span>
              <IconButton
                icon={Link2}
                label={`Copy the link by ${engineWords[engine]}`}
                size="small"
                onClick={() => void navigator.clipboard.writeText(link)}
              />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
