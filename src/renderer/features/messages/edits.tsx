/** The word "edited", and behind it everything that a message said before. */
import { useState } from 'react'
import type { Message, Millis } from '../../../shared/domain.ts'
import { Dialog } from '../../components/dialog.tsx'
import { Failure } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { useRequest } from '../../lib/client.tsx'
import { iso, moment, nameOf } from '../../lib/format.ts'
import { MessageText } from './message-text.tsx'

/** Texts that are shown, the newest ones. */
const limit = 100

interface EditsProps {
  readonly message: Message
  readonly editedAt: Millis
  readonly now: Millis
}

export function Edits({ message, editedAt, now }: EditsProps) {
  const [isOpen, setIsOpen] = useState(false)
  const name = nameOf(message.authorName, message.author)
  return (
    <>
      <button
        type="button"
        title={`Edited ${moment(editedAt, now)}`}
        aria-label={`Edited. What ${name} wrote before`}
        onClick={() => setIsOpen(true)}
        className="py-[3px] text-label text-ink-3 underline decoration-dotted underline-offset-2 hover:text-ink"
      >
        edited
      </button>
      <Dialog
        title="Earlier versions"
        description={`What ${name} wrote here, the newest first.`}
        open={isOpen}
        onClose={() => setIsOpen(false)}
      >
        <Versions message={message} now={now} />
      </Dialog>
    </>
  )
}

function Versions({ message: { chatId, id }, now }: { readonly message: Message; readonly now: Millis }) {
  const versions = useRequest('messages.edits', { chatId, id, limit })
  if (versions.isPending) return <Lines rows={3} label="Reading the earlier versions" />
  if (versions.isError)
    return <Failure error={versions.error} what="They could not be read" onRetry={versions.refetch} />
  const newestFirst = versions.data.map((version, number) => ({ ...version, number })).reverse()
  return (
    <ol className="grid max-h-[60vh] gap-3 overflow-auto focus-visible:-outline-offset-2" reversed>
      {newestFirst.map(({ text, at, number }) => (
        <li key={number} className="border-line border-l-3 pl-3">
          <time dateTime={iso(at)} className="text-label text-ink-3">
            {moment(at, now)}
            {number === newestFirst.length - 1 ? ' · as it is now' : number === 0 ? ' · as it was first written' : ''}
          </time>
          <MessageText text={text} />
        </li>
      ))}
    </ol>
  )
}
