/** A member's history on its way: what is here, what is to come, how fast. Weeks first, bytes second. */
import { CircleCheck, CloudDownload, Pause, Play } from 'lucide-react'
import type { History } from '../../../shared/contract.ts'
import type { Community, Transfer } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Meter } from '../../components/meter.tsx'
import { Failure } from '../../components/note.tsx'
import { useAction } from '../../lib/client.tsx'
import { bytes, count, counted, range, rate, timeLeft } from '../../lib/format.ts'
import type { Progress } from './coverage.ts'

interface RestorationProps {
  readonly community: Community
  readonly history: History
  readonly progress: Progress
  readonly transfers: readonly Transfer[]
}

export function Restoration({ community, history, progress, transfers }: RestorationProps) {
  const pause = useAction('history.pause')
  const cancel = useAction('history.cancel')
  const isComplete = progress.toCome === 0
  const perSecond = transfers.reduce((total, transfer) => total + transfer.downloadRate, 0)
  const peers = transfers.reduce((total, transfer) => total + transfer.peers, 0)
  const importing = history.archives.filter(({ state }) => state === 'importing').length
  const Icon = isComplete ? CircleCheck : history.paused ? Pause : CloudDownload
  return (
    <section
      aria-label="Download"
      className="grid gap-1.5 rounded-card border border-line bg-raised px-4 py-3 shadow-1"
    >
      <div className="flex flex-wrap items-center gap-2">
        <Icon size={16} aria-hidden className={isComplete ? 'text-ok' : 'text-week-downloading'} />
        <h2 className="font-semibold">{titleOf(isComplete, history)}</h2>
        {!isComplete && (
          <Button
            look="ghost"
            size="small"
            className="ml-auto"
            title="What is not here yet is given up; the next announcement is followed again."
            busy={cancel.isPending}
            onClick={() => cancel.mutate({ communityId: community.id })}
          >
            Cancel
          </Button>
        )}
        {!isComplete && (
          <Button
            size="small"
            icon={history.paused ? Play : Pause}
            busy={pause.isPending}
            onClick={() => pause.mutate({ communityId: community.id, on: !history.paused })}
          >
            {history.paused ? 'Resume' : 'Pause'}
          </Button>
        )}
      </div>
      {pause.isError && <Failure error={pause.error} />}
      {cancel.isError && <Failure error={cancel.error} />}
      {cancel.isSuccess && (
        <p role="status" className="text-meta text-ink-2">
          Cancelled. What is here stays; the next announcement is followed again.
        </p>
      )}
      <Meter label="Weeks here" value={progress.here} max={progress.here + progress.toCome} />
      <p className="flex flex-wrap gap-x-4 gap-y-0.5 text-meta text-ink-2 tabular-nums" aria-live="polite">
        <span>
          {count(progress.here)} of {counted(progress.here + progress.toCome, 'week')}
        </span>
        {!isComplete && <span>{bytes(progress.bytesToGo)} to go</span>}
        {!isComplete && !history.paused && (
          <>
            <span>
              {perSecond > 0
                ? `${rate(perSecond)} from ${counted(peers, 'peer')}`
                : `waiting for peers, ${counted(peers, 'peer')} connected`}
            </span>
            <b className="font-semibold text-ink">{timeLeft(progress.bytesToGo, perSecond)}</b>
          </>
        )}
        {importing > 0 && <span className="ml-auto">importing {counted(importing, 'week')}</span>}
      </p>
    </section>
  )
}

function titleOf(isComplete: boolean, { paused, wanted }: History): string {
  if (isComplete) return 'Everything that can be had is here'
  if (paused) return 'Paused: what is here stays, nothing new is fetched'
  if (wanted.kind === 'latest') return 'Downloading the latest week'
  return wanted.kind === 'range'
    ? `Downloading ${range(wanted.from, wanted.to)}`
    : 'Downloading everything, newest first'
}
