/** One message as it is read, with everything that was said about it. */
import { ArrowDown, Copy, Pin, Reply, Trash2 } from 'lucide-react'
import { memo, useState } from 'react'
import type { Message, MessageId, Millis } from '../../../shared/domain.ts'
import { Avatar } from '../../components/avatar.tsx'
import { IconButton } from '../../components/button.tsx'
import { Tag } from '../../components/tag.tsx'
import { counted, iso, moment, nameOf, stamp, time, weekday } from '../../lib/format.ts'
import { Edits } from './edits.tsx'
import { Images } from './images.tsx'
import { MessageText } from './message-text.tsx'
import { Quote } from './quote.tsx'
import { Reactions } from './reactions.tsx'
import type { Unread } from './unread.ts'

interface MessageRowProps extends SaidProps {
  /** Told of the row once it is drawn. */
  readonly measure: (row: HTMLElement | null) => void
  readonly index: number
  /** px from the top of the list. */
  readonly start: number
  readonly isFocused: boolean
  readonly isTabStop: boolean
  /** Which of how many, for who cannot see it; undefined while that is not known. */
  readonly position: number | undefined
  readonly positions: number | undefined
  readonly onFocus: (id: MessageId) => void
}

/**
 * A row in its place. Scrolling moves rows, and moving one does not draw it again: what is said is a component of its
 * own, and what can be done with it is not there before one points at it.
 */
export const MessageRow = memo(function MessageRow({
  measure,
  index,
  start,
  isFocused,
  isTabStop,
  position,
  positions,
  onFocus,
  ...said
}: MessageRowProps) {
  const { message } = said
  const [isPointedAt, setIsPointedAt] = useState(false)
  return (
    <article
      ref={measure}
      data-index={index}
      data-message={message.id}
      tabIndex={isTabStop ? 0 : -1}
      aria-posinset={position}
      aria-setsize={positions}
      aria-label={`${nameOf(message.authorName, message.author)}, ${stamp(message.timestamp)}`}
      onFocus={() => onFocus(message.id)}
      onPointerEnter={() => setIsPointedAt(true)}
      className="group/row absolute top-0 left-0 w-full focus-visible:-outline-offset-2"
      style={{ transform: `translateY(${start}px)` }}
    >
      <Said {...said} hasTools={(isPointedAt || isFocused) && !message.deleted} />
    </article>
  )
})

interface SaidProps {
  readonly message: Message
  /** First of its day among those shown. */
  readonly isDayStart: boolean
  /** What begins here and was new on arrival; null where nothing does. */
  readonly news: Unread | null
  /** Where one has just jumped to. */
  readonly isTarget: boolean
  readonly canReply: boolean
  readonly now: Millis
  readonly onReply: (message: Message) => void
}

const Said = memo(function Said(props: SaidProps & { readonly hasTools: boolean }) {
  const { message, isDayStart, isTarget, news, hasTools, now } = props
  return (
    <>
      {isDayStart && <DayLine at={message.timestamp} />}
      {news && <NewLine news={news} now={now} />}
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
            message.text !== '' && <MessageText text={message.text} />
          )}
          {message.images > 0 && !message.deleted && <Images message={message} />}
          {message.reactions.length > 0 && <Reactions reactions={message.reactions} />}
        </div>
        {hasTools && <Tools {...props} />}
      </div>
    </>
  )
})

const elsewhere = { discord: 'Discord', bridge: 'a bridge' } as const

function Heading({ message, now }: SaidProps) {
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
        <Edits message={message} editedAt={message.editedAt} now={now} />
      )}
      {message.pinned && (
        <Tag icon={Pin} tone="warn">
          Pinned
        </Tag>
      )}
    </div>
  )
}

function Tools({ message, canReply, onReply }: SaidProps) {
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

/** Where what was new on arrival begins. */
function NewLine({ news, now }: { readonly news: Unread; readonly now: Millis }) {
  return (
    <div className="flex items-center gap-3 px-4 pt-2 pb-1 text-bad wide:px-6">
      <span className="h-px flex-1 bg-bad/60" />
      <p className="flex items-center gap-1 text-meta leading-[22px] font-semibold tabular-nums">
        <ArrowDown size={14} aria-hidden />
        {counted(news.unread, 'new message')} since {moment(news.first.clock, now)}
        {news.mentions > 0 && `, ${news.mentions === 1 ? 'one names' : `${news.mentions} name`} you`}
      </p>
      <span className="h-px flex-1 bg-bad/60" />
    </div>
  )
}
