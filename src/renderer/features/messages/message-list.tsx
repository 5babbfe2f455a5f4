/**
 * The messages of a channel: only those in sight are drawn. Older and newer ones are fetched before their end is
 * reached, and what arrives above does not move what is being read.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown } from 'lucide-react'
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Cursor } from '../../../shared/contract.ts'
import type { Channel, Message, MessageId } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Spinner } from '../../components/spinner.tsx'
import { counted, isSameDay, nameOf } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import type { MessageFeed } from './feed.ts'
import { MessageRow } from './message-row.tsx'
import type { Unread } from './unread.ts'
import type { MessageWindow } from './window.ts'

interface MessageListProps {
  readonly channel: Channel
  readonly feed: MessageFeed
  readonly window: MessageWindow
  /** Changes when the list should go to its place again. */
  readonly opened: number
  /** Where to begin; null for the newest message. */
  readonly place: Cursor | null
  /** The message that was meant by it, to be pointed at; null where only its surroundings were. */
  readonly target: MessageId | null
  /** What was new on arrival. */
  readonly news: Unread | null
  /** How much is new now. */
  readonly left: number
  readonly onSeen: (message: Message) => void
  readonly canReply: boolean
  readonly onReply: (message: Message) => void
  readonly onNewest: () => void
}

/** px; what a message is taken to be high until it was seen. */
const guess = 62
/** px; room above the first message, for what stands there. */
const headroom = 44
/** Messages from the end at which the next page is asked for. */
const near = 15

export function MessageList({
  channel,
  feed,
  window: held,
  opened,
  place,
  target,
  news,
  left,
  canReply,
  onSeen,
  onReply,
  onNewest,
}: MessageListProps) {
  const { messages, atStart, atEnd } = held
  const scroller = useRef<HTMLDivElement>(null)
  const now = useNow(60_000)
  const [focused, setFocused] = useState<MessageId | null>(null)
  const virtual = useVirtualizer({
    count: messages.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => guess,
    getItemKey: useCallback((index: number) => messages[index]?.id ?? index, [messages]),
    overscan: 8,
    paddingStart: headroom,
    paddingEnd: 8,
    anchorTo: 'end',
    followOnAppend: atEnd,
    scrollEndThreshold: 80,
    useFlushSync: false,
  })
  const rows = virtual.getVirtualItems()

  const goTo = useRef<() => void>(() => {})
  goTo.current = () => {
    const index = place ? messages.findIndex(({ id }) => id === place.id) : -1
    if (index >= 0) virtual.scrollToIndex(index, { align: 'center' })
    else if (place)
      virtual.scrollToIndex(
        Math.max(
          0,
          messages.findIndex(({ clock }) => clock >= place.clock),
        ),
        { align: 'start' },
      )
    else virtual.scrollToEnd()
  }
  // Before the list stands where it should, its rows are those at the top, and say nothing about what is wanted next.
  const [placed, setPlaced] = useState(0)
  useLayoutEffect(() => {
    if (opened === 0) return
    goTo.current()
    const frame = requestAnimationFrame(() => setPlaced(opened))
    return () => cancelAnimationFrame(frame)
  }, [opened])

  // The field below grows while one writes: who reads the end goes on reading it.
  const isAtEnd = useRef(true)
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const note = (): void => {
      isAtEnd.current = virtual.isAtEnd(80)
    }
    const observer = new ResizeObserver(() => {
      if (isAtEnd.current) virtual.scrollToEnd()
    })
    element.addEventListener('scroll', note, { passive: true })
    observer.observe(element)
    return () => {
      element.removeEventListener('scroll', note)
      observer.disconnect()
    }
  }, [virtual])

  const first = rows[0]?.index ?? 0
  const last = rows.at(-1)?.index ?? 0
  useEffect(() => {
    if (placed !== opened) return
    if (!atStart && first < near) void feed.older()
    if (!atEnd && last >= messages.length - near) void feed.newer()
  }, [feed, placed, opened, first, last, atStart, atEnd, messages])

  const seen = messages[Math.min(virtual.range?.endIndex ?? -1, messages.length - 1)]
  useEffect(() => {
    if (placed === opened && opened > 0 && seen) onSeen(seen)
  }, [placed, opened, seen, onSeen])

  const focusRow = (index: number): void => {
    const message = messages[Math.max(0, Math.min(messages.length - 1, index))]
    if (!message) return
    setFocused(message.id)
    virtual.scrollToIndex(messages.indexOf(message), { align: 'auto' })
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(message.id)}"]`)?.focus(),
    )
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLElement)) return
    const row = event.target.closest('article')
    const at = messages.findIndex(({ id }) => id === row?.dataset.message)
    const message = messages[at]
    if (!message) return
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key]
    if (step) focusRow(at + step)
    else if (event.key === 'r' && canReply && !message.deleted) onReply(message)
    else return
    event.preventDefault()
  }

  // One message is in the tab order: the one last looked at, else the newest in sight.
  const tabStop = rows.some(({ index }) => messages[index]?.id === focused) ? focused : messages[last]?.id
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div
        ref={scroller}
        className="flex min-h-0 flex-1 flex-col overflow-x-hidden overflow-y-auto [overflow-anchor:none]"
      >
        <div
          role="feed"
          aria-label={`Messages in #${channel.name}`}
          onKeyDown={onKeyDown}
          className="relative mt-auto w-full shrink-0"
          style={{ height: virtual.getTotalSize() }}
        >
          <Beginning atStart={atStart} name={channel.name} />
          {rows.map(({ index, key, start }) => {
            const message = messages[index]
            const previous = messages[index - 1]
            if (!message) return null
            return (
              <article
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                data-message={message.id}
                tabIndex={message.id === tabStop ? 0 : -1}
                aria-posinset={atStart ? index + 1 : undefined}
                aria-setsize={atStart ? (atEnd ? messages.length : -1) : undefined}
                aria-label={`${nameOf(message.authorName, message.author)}, ${new Date(message.timestamp).toLocaleString('en-GB')}`}
                onFocus={() => setFocused(message.id)}
                className="group/row absolute top-0 left-0 w-full focus-visible:-outline-offset-2"
                style={{ transform: `translateY(${start}px)` }}
              >
                <MessageRow
                  message={message}
                  isDayStart={!previous || !isSameDay(previous.timestamp, message.timestamp)}
                  isTarget={message.id === target}
                  news={message.id === news?.first.id ? news : null}
                  canReply={canReply}
                  now={now}
                  onReply={onReply}
                />
              </article>
            )
          })}
        </div>
      </div>
      {(!atEnd || (messages.length > 0 && !virtual.isAtEnd(400))) && (
        <div className="absolute right-4 bottom-2">
          <Button icon={ArrowDown} className="shadow-2" onClick={() => (atEnd ? virtual.scrollToEnd() : onNewest())}>
            Newest
            {left > 0 && <span className="tabular-nums">· {counted(left, 'new', 'new')}</span>}
          </Button>
        </div>
      )}
    </div>
  )
}

function Beginning({ atStart, name }: { readonly atStart: boolean; readonly name: string }) {
  return (
    <p className="flex h-11 items-center justify-center gap-2 px-4 text-meta text-ink-3">
      {atStart ? (
        `This is as far back as #${name} goes on this computer.`
      ) : (
        <>
          <Spinner size={14} /> Reading older messages
        </>
      )}
    </p>
  )
}
