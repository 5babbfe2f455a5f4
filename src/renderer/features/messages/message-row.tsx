/** One message as it is read, with everything that was said about it. */
import { Copy, Pin, Reply, Trash2 } from 'lucide-react'
import { memo } from 'react'
import type { Message, Millis } from '../../../shared/domain.ts'
import { Avatar } from '../../components/avatar.tsx'
import { IconButton } from '../../components/button.tsx'
import { Tag } from '../../components/tag.tsx'
import { iso, moment, nameOf, time, weekday } from '../../lib/format.ts'
import { MessageText } from './message-text.tsx'
import { Quote } from './quote.tsx'
import { Reactions } from './reactions.tsx'

interface MessageRowProps {
  readonly message: Message
  /** First of its day among those shown. */
  readonly isDayStart: boolean
  /** Where one has just jumped to. */
  readonly isTarget: boolean
  readonly canReply: boolean
  readonly now: Millis
  readonly onReply: (message: Message) => void
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, isDayStart, isTarget } = props
  return (
    <>
      {isDayStart && <DayLine at={message.timestamp} />}
      <div
        className={`group relative grid grid-cols-[32px_minmax(0,1fr)] gap-x-3 border-l-3 py-1.5 pr-4 pl-[13px] hover:bg-side group-focus-visible/row:bg-side wide:pr-6 wide:pl-[21px] ${message.pinned ? 'border-warn' : 'border-transparent'} ${isTarget ? 'bg-accent-soft' : ''}`}
      >
        {message.responseTo && (
          <div className="col-start-2 min-w-0">
            <Quote chatId={message.chatId} id={message.responseTo} />
          </div>
        )}
        <div className="col-start-1 pt-0.5">
          <Avatar id={message.origin?.authorId || message.author} name={nameOf(message.authorName, message.author)} />
        </div>
        <div className="min-w-0">
          <Heading {...props} />
          {message.deleted ? (
            <p className="flex items-center gap-1.5 text-message text-ink-3 italic">
              <Trash2 size={14} aria-hidden />
              Deleted by its author
            </p>
          ) : (
            <MessageText text={message.text} />
          )}
          {message.reactions.length > 0 && <Reactions reactions={message.reactions} />}
        </div>
        {!message.deleted && <Tools {...props} />}
      </div>
    </>
  )
})

const elsewhere = { discord: 'Discord', bridge: 'a bridge' } as const

function Heading({ message, now }: MessageRowProps) {
  return (
    <div className="flex min-w-0 flex-wrap items-baseline gap-x-2 leading-[18px]">
      <span className="truncate font-semibold">{nameOf(message.authorName, message.author)}</span>
      <time dateTime={iso(message.timestamp)} title={moment(message.timestamp, now)} className="text-label text-ink-3">
        {time(message.timestamp)}
      </time>
      {message.origin !== null && (
        <span title="Said elsewhere, and brought here by the community’s owner" className="text-label text-ink-3">
          from {elsewhere[message.origin.kind]}
        </span>
      )}
      {message.editedAt !== null && !message.deleted && (
        <span title={`Edited ${moment(message.editedAt, now)}`} className="text-label text-ink-3">
          edited
        </span>
      )}
      {message.pinned && (
        <Tag icon={Pin} tone="warn">
          Pinned
        </Tag>
      )}
    </div>
  )
}

function Tools({ message, canReply, onReply }: MessageRowProps) {
  return (
    <div
      role="toolbar"
      aria-label="Message"
      className="absolute -top-3.5 right-4 hidden rounded-control border border-line bg-raised p-0.5 shadow-2 group-focus-within:flex group-hover:flex group-focus/row:flex wide:right-6"
    >
      {canReply && <IconButton icon={Reply} label="Reply" size="small" onClick={() => onReply(message)} />}
      <IconButton
        icon={Copy}
        label="Copy text"
        size="small"
        onClick={() => void navigator.clipboard.writeText(message.text)}
      />
    </div>
  )
}

function DayLine({ at }: { readonly at: Millis }) {
  return (
    <div className="flex items-center gap-3 px-4 pt-2 pb-1 wide:px-6">
      <span className="h-px flex-1 bg-line" />
      <h2 className="rounded-full border border-line px-2.5 text-meta leading-[22px] font-semibold text-ink-2">
        {weekday(at)}
      </h2>
      <span className="h-px flex-1 bg-line" />
    </div>
  )
}
