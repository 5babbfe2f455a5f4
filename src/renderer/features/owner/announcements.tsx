/** What members were told: the links that hold now, and when each announcement before them was made. */
import { Link2, Megaphone } from 'lucide-react'
import { activitySentence } from '../../../shared/activity.ts'
import type { History } from '../../../shared/contract.ts'
import type { Community } from '../../../shared/domain.ts'
import { IconButton } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/note.tsx'
import { useRequest } from '../../lib/client.tsx'
import { iso, moment } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'

interface AnnouncementsProps {
  readonly community: Community
  readonly links: History['links']
}

const ways = { torrent: 'Torrent', codex: 'Codex' } as const

export function Announcements({ community, links }: AnnouncementsProps) {
  const now = useNow(60_000)
  const made = useRequest('activity.page', { communityId: community.id, kind: 'historyArchivesCreated', limit: 5 })
  const lines = made.data?.lines ?? []
  return (
    <Card title="Announcements sent">
      {links.length === 0 ? (
        <p className="text-ink-2">None yet. The first follows the first archive.</p>
      ) : (
        <ul>
          {links.map(({ engine, clock, link, state }) => (
            <li
              key={`${engine}${link}`}
              className="flex items-center gap-2 border-line border-b py-1.5 last:border-b-0"
            >
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
      )}
      {made.isError && <Failure error={made.error} what="Earlier ones could not be read" onRetry={made.refetch} />}
      {lines.length > 0 && (
        <section aria-label="Archives published last" className="mt-2 border-line border-t pt-2">
          <h3 className="text-meta font-semibold text-ink-3">Published last</h3>
          <ul className="text-meta text-ink-2">
            {lines.map((line) => (
              <li key={line.seq} className="flex gap-2 py-0.5">
                <time dateTime={iso(line.at)} className="w-36 shrink-0 tabular-nums">
                  {moment(line.at, now)}
                </time>
                <span className="min-w-0">{activitySentence(line.kind, line)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p className="mt-2 text-meta text-ink-2">
        While this computer runs, what holds is announced again at least once a day.
      </p>
    </Card>
  )
}
