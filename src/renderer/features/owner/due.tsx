/** What would go into archives if they were made now: which time, how many of them, how much was said. */
import type { History } from '../../../shared/contract.ts'
import type { Millis } from '../../../shared/domain.ts'
import { count, counted, date, moment } from '../../lib/format.ts'

/** Archives that the time since the last one would fill: whole intervals, and what has begun of the next. Pure. */
export function archivesDue({ lastEnd, interval }: Pick<History, 'lastEnd' | 'interval'>, now: Millis): number | null {
  return lastEnd === null ? null : Math.max(1, Math.ceil((now - lastEnd * 1000) / interval))
}

export function Due({ history, now }: { readonly history: History; readonly now: Millis }) {
  const { lastEnd, unarchived } = history
  const made = archivesDue(history, now)
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-ink-2 tabular-nums">
      <dt>Last archive</dt>
      <dd className="text-ink">{lastEnd === null ? 'none yet' : `up to ${moment((lastEnd * 1000) as Millis, now)}`}</dd>
      <dt>Would be archived now</dt>
      <dd className="text-ink">
        {unarchived === 0 ? (
          'nothing: no message since the last one'
        ) : (
          <>
            {counted(unarchived, 'message')}
            {made !== null && lastEnd !== null && (
              <span className="text-ink-2">
                {' '}
                since {date((lastEnd * 1000) as Millis)}, in{' '}
                {made === 1 ? 'one archive' : `up to ${count(made)} archives`}
              </span>
            )}
          </>
        )}
      </dd>
    </dl>
  )
}
