/** The owner's part: whether history is kept, when it is packed next, and doing so now. */
import { Archive, CircleCheck, CircleDashed, Pause, Play, RefreshCw } from 'lucide-react'
import { useState } from 'react'
import type { History } from '../../../shared/contract.ts'
import type { Community } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Failure, Note } from '../../components/note.tsx'
import { Switch } from '../../components/switch.tsx'
import { Tag } from '../../components/tag.tsx'
import { useAction } from '../../lib/client.tsx'
import { countdown, counted, duration, iso, moment } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { Due } from './due.tsx'
import { isYielding } from './hold.tsx'

interface ArchivingProps {
  readonly community: Community
  readonly history: History
}

export function Archiving({ community, history }: ArchivingProps) {
  const [isAsking, setIsAsking] = useState(false)
  const toggle = useAction('communities.setHistoryArchives')
  const isOn = community.historyArchives
  const set = (on: boolean): void => toggle.mutate({ id: community.id, on }, { onSuccess: () => setIsAsking(false) })
  return (
    <Card title="Archiving" beside={<State isOn={isOn} history={history} />}>
      <div className="grid gap-3">
        {toggle.isError && !isAsking && <Failure error={toggle.error} />}
        <Switch
          label="Keep this community’s whole history"
          help={`Every ${duration(history.interval).replace(/^1 /, '')} the messages of all channels are packed, published and announced, so that people who join later can read them. Needs this computer, or your server, to be running.`}
          checked={isOn}
          disabled={toggle.isPending}
          onChange={(on) => (on ? set(true) : setIsAsking(true))}
        />
        {isOn && <NextArchive community={community} history={history} />}
      </div>
      <Confirm
        title="Stop archiving?"
        description="Nothing new is packed from now on. What was published stays with you and your members, and can still be downloaded."
        act="Stop archiving"
        open={isAsking}
        busy={toggle.isPending}
        onConfirm={() => set(false)}
        onClose={() => setIsAsking(false)}
      >
        {toggle.isError && <Failure error={toggle.error} />}
      </Confirm>
    </Card>
  )
}

/** UI.md §5: these words, nowhere others. */
function State({ isOn, history }: { readonly isOn: boolean; readonly history: History }) {
  if (!isOn) return <Tag icon={CircleDashed}>Off</Tag>
  if (history.paused || isYielding(history.hold))
    return (
      <Tag icon={Pause} tone="warn">
        On, publishing paused
      </Tag>
    )
  if (history.standing === 'held')
    return (
      <Tag icon={RefreshCw} tone="info">
        Catching up
      </Tag>
    )
  if (history.archives.some(({ state }) => state === 'building' || state === 'staged'))
    return (
      <Tag icon={Archive} tone="info">
        Archiving…
      </Tag>
    )
  return (
    <Tag icon={CircleCheck} tone="ok">
      On
    </Tag>
  )
}

function NextArchive({ community, history }: ArchivingProps) {
  const now = useNow(1_000)
  const archive = useAction('history.archiveNow')
  const pause = useAction('history.pause')
  const { nextAt, paused } = history
  const isHeld = history.standing === 'held'
  return (
    <div className="grid gap-3 border-line border-t pt-3">
      {archive.isError && <Failure error={archive.error} what="Nothing was archived" />}
      {pause.isError && <Failure error={pause.error} />}
      {archive.data && (
        <Note
          tone="info"
          title={
            archive.data.archives === 0
              ? 'There was nothing to archive'
              : `${counted(archive.data.archives, 'archive')} made`
          }
        />
      )}
      <Due history={history} now={now} />
      <div className="flex flex-wrap items-end justify-between gap-3">
        <div>
          <p className="text-meta text-ink-2">Next archive in</p>
          <p className="text-big font-semibold tracking-tight tabular-nums">
            {paused || isHeld
              ? 'paused'
              : nextAt === null
                ? 'none due'
                : nextAt <= now
                  ? 'due now'
                  : countdown(nextAt - now)}
          </p>
          {nextAt !== null && !paused && !isHeld && (
            <time dateTime={iso(nextAt)} className="text-meta text-ink-2">
              {moment(nextAt, now)}
            </time>
          )}
        </div>
        <div className="grid justify-items-end gap-1">
          <div className="flex flex-wrap gap-2">
            <Button
              icon={paused ? Play : Pause}
              busy={pause.isPending}
              onClick={() => pause.mutate({ communityId: community.id, on: !paused })}
            >
              {paused ? 'Resume' : 'Pause'}
            </Button>
            <Button
              look="primary"
              icon={Archive}
              busy={archive.isPending}
              disabled={isHeld}
              onClick={() => archive.mutate({ communityId: community.id })}
            >
              {archive.isPending ? 'Archiving…' : 'Archive now'}
            </Button>
          </div>
          {isHeld && <p className="text-meta text-ink-2">Nothing is published from here now: see above.</p>}
        </div>
      </div>
    </div>
  )
}
