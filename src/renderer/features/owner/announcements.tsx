/** What members were told: the links that hold now, and when each announcement before them was made. */
import { activitySentence } from '../../../shared/activity.ts'
import type { History } from '../../../shared/contract.ts'
import type { Community } from '../../../shared/domain.ts'
import { Card } from '../../components/card.tsx'
import { LinkList } from '../../components/link-list.tsx'
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
        <LinkList links={links} ways={ways} />
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
