/**
 * Why nothing is published from here yet: what was published before is taken over first. Where it cannot be found, its
 * owner may give it up, by name. RULES.md R1.3.
 */
import { useState } from 'react'
import type { PublishingHold } from '../../../shared/contract.ts'
import type { Community } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Meter } from '../../components/meter.tsx'
import { Failure, Note } from '../../components/note.tsx'
import { isTyped, TypedName } from '../../components/typed-name.tsx'
import { useAction } from '../../lib/client.tsx'
import { count, counted, iso, moment } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { toHash } from '../../lib/routes.ts'

type Reason = PublishingHold['reason']
/** Told by the note about the other device (rival.tsx). */
const yielding: ReadonlySet<Reason> = new Set<Reason>(['other-device', 'yielded'])

export const isYielding = (hold: PublishingHold | null): boolean => hold !== null && yielding.has(hold.reason)

const titles: Readonly<Record<Exclude<Reason, 'other-device' | 'yielded'>, string>> = {
  looking: 'What was archived before has to be found first.',
  'no-store': 'No store node answers, so what was archived before cannot be looked for.',
  'no-description': 'The community itself was not found yet.',
  'no-link': 'What was archived before was not found yet.',
  'newer-link-missing': 'Newer archives exist than were found so far.',
  'engine-off': 'What was archived before cannot be fetched: its engine is off.',
  fetching: 'What was archived before is being taken over.',
}

/** Here time alone does not help: others have to be found. */
const unfound: ReadonlySet<Reason> = new Set<Reason>(['no-link', 'newer-link-missing'])
/** ms after which giving up is offered, too, where it may only be slow. */
const patienceWith = (reason: Reason): number => (reason === 'fetching' ? 86_400_000 : 3_600_000)

interface HoldProps {
  readonly community: Community
  readonly hold: PublishingHold
}

export function Hold({ community, hold }: HoldProps) {
  const now = useNow(10_000)
  const [isAsking, setIsAsking] = useState(false)
  const { reason, detail, since, done, total } = hold
  if (reason === 'other-device' || reason === 'yielded') return null
  // Until there is a name, none can be typed.
  const mayGiveUp = community.name !== '' && (unfound.has(reason) || now - since > patienceWith(reason))
  return (
    <Note
      tone={reason === 'looking' || reason === 'fetching' ? 'info' : 'warn'}
      title={titles[reason]}
      actions={
        <>
          {reason === 'engine-off' && (
            <a className="self-center text-accent underline" href={toHash({ at: 'settings' })}>
              Open settings
            </a>
          )}
          {mayGiveUp && (
            <Button size="small" onClick={() => setIsAsking(true)}>
              Start afresh…
            </Button>
          )}
        </>
      }
    >
      <p>
        {detail} Until then nothing is published from here; what is said is recorded and safe.{' '}
        <span className="text-meta">
          Since <time dateTime={iso(since)}>{moment(since, now)}</time>.
        </span>
      </p>
      {total > 0 && (
        <div className="mt-2 grid gap-1">
          <Meter label="Archives taken over" value={done} max={total} />
          <p className="text-meta tabular-nums">
            {count(done)} of {counted(total, 'archive')}
          </p>
        </div>
      )}
      <StartAfresh community={community} open={isAsking} onClose={() => setIsAsking(false)} />
    </Note>
  )
}

interface StartAfreshProps {
  readonly community: Community
  readonly open: boolean
  readonly onClose: () => void
}

function StartAfresh({ community, open, onClose }: StartAfreshProps) {
  const [name, setName] = useState('')
  const close = (): void => {
    setName('')
    start.reset()
    onClose()
  }
  const start = useAction('history.startAfresh', close)
  const isReady = isTyped(community.name, name)
  const confirm = (): void => {
    if (isReady && !start.isPending) start.mutate({ communityId: community.id, name })
  }
  return (
    <Confirm
      title={`Start the history of ${community.name} afresh?`}
      description="What was archived before and is not on this computer is given up: whoever joins later gets only what is published from now on. Members keep what they have. It cannot be undone."
      act="Start afresh"
      open={open}
      busy={start.isPending}
      ready={isReady}
      onConfirm={confirm}
      onClose={close}
    >
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          confirm()
        }}
      >
        {start.isError && <Failure error={start.error} what="Nothing was given up" />}
        <TypedName name={community.name} value={name} onChange={setName} />
      </form>
    </Confirm>
  )
}
