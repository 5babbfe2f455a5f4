/**
 * Letting the owner's archives take the place of what is here: off unless asked for, looked at before, typed, and taken
 * back whenever one likes.
 */
import { useState } from 'react'
import type { ReplacementPreview } from '../../../shared/contract.ts'
import type { Community } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Failure } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { isTyped, TypedName } from '../../components/typed-name.tsx'
import { useAction, useRequest } from '../../lib/client.tsx'
import { count, counted, moment, nameOf, range } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'

export function Replacement({ community }: { readonly community: Community }) {
  const input = { communityId: community.id }
  const preview = useRequest('history.previewReplacement', input)
  const [isAsking, setIsAsking] = useState(false)
  const [typed, setTyped] = useState('')
  const refresh = (): void => void preview.refetch()
  const close = (): void => {
    setIsAsking(false)
    setTyped('')
  }
  const set = useAction('history.setReplacement', () => {
    close()
    refresh()
  })
  const restore = useAction('history.restoreReplaced', refresh)
  const { data } = preview
  return (
    <Card title="The owner’s version">
      <div className="grid justify-items-start gap-2 text-ink-2">
        {preview.isPending && <Lines rows={2} label="Comparing with the archives" />}
        {preview.isError && (
          <Failure error={preview.error} what="What would be replaced could not be read" onRetry={preview.refetch} />
        )}
        {data && <Standing preview={data} />}
        {set.isError && !isAsking && <Failure error={set.error} what="Nothing was changed" />}
        {restore.isError && <Failure error={restore.error} what="Nothing was brought back" />}
        {restore.data && <p role="status">{counted(restore.data.messages, 'message')} brought back.</p>}
        {data && (
          <div className="flex flex-wrap gap-2">
            {data.on ? (
              <Button size="small" busy={set.isPending} onClick={() => set.mutate({ ...input, on: false })}>
                Keep everything again
              </Button>
            ) : (
              <Button size="small" onClick={() => setIsAsking(true)}>
                Replace…
              </Button>
            )}
            {data.replaced > 0 && (
              <Button size="small" busy={restore.isPending} onClick={() => restore.mutate(input)}>
                Bring back {counted(data.replaced, 'message')}
              </Button>
            )}
          </div>
        )}
      </div>
      {data && (
        <Confirm
          title="Replace by the owner’s version?"
          description="Messages that are in none of the archives of their time are put aside. They can be brought back at any time."
          act="Replace"
          open={isAsking}
          busy={set.isPending}
          ready={isTyped(community.name, typed)}
          onConfirm={() => set.mutate({ ...input, on: true })}
          onClose={close}
        >
          <div className="grid gap-3">
            <Preview preview={data} />
            <TypedName name={community.name} value={typed} onChange={setTyped} />
            {set.isError && <Failure error={set.error} what="Nothing was changed" />}
          </div>
        </Confirm>
      )}
    </Card>
  )
}

function Standing({ preview: { on, replaced } }: { readonly preview: ReplacementPreview }) {
  return (
    <p>
      {on
        ? 'Archives take the place of what is here: what is in none of them is put aside.'
        : 'Everything that reached this computer is kept, also what the owner’s archives do not hold.'}
      {replaced > 0 && ` ${counted(replaced, 'message')} ${replaced === 1 ? 'is' : 'are'} put aside.`}
    </p>
  )
}

/** What would go: how much, from when, and the newest of it. */
function Preview({ preview }: { readonly preview: ReplacementPreview }) {
  const now = useNow(60_000)
  const { messages, more, younger, unread, weeks, first } = preview
  return (
    <div className="grid gap-2 text-ink-2">
      <p>
        <b className="font-semibold text-ink tabular-nums">
          {messages === 0 ? 'No message' : `${counted(messages, 'message')}${more ? ', and perhaps older ones,' : ''}`}
        </b>{' '}
        would be put aside.{younger > 0 && ` ${counted(younger, 'newer one')} would stay.`}
      </p>
      {unread > 0 && (
        <p className="text-warn">
          {counted(unread, 'archive')} cannot be read now. Until {unread === 1 ? 'it' : 'they'} can, nothing is
          replaced.
        </p>
      )}
      {weeks.length > 0 && (
        <ul
          aria-label="Weeks"
          className="max-h-24 overflow-auto text-meta tabular-nums focus-visible:-outline-offset-2"
        >
          {weeks.map(({ from, messages: inside }) => (
            <li key={from}>
              {range(from, (from + 7 * 86_400) as typeof from)}: {count(inside)}
            </li>
          ))}
        </ul>
      )}
      {first.length > 0 && (
        <ul
          aria-label="The newest of them"
          className="grid max-h-40 gap-1 overflow-auto focus-visible:-outline-offset-2"
        >
          {first.map((message) => (
            <li key={message.id} className="truncate text-meta">
              <b className="font-semibold text-ink">{nameOf(message.authorName, message.author)}</b>{' '}
              {moment(message.timestamp, now)}: {message.text}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
