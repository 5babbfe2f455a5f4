/**
 * The messages of a channel: only those in sight are drawn. Older and newer ones are fetched before their end is
 * reached, and what arrives above does not move what is being read.
 */
import { type Range, useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { ArrowDown } from 'lucide-react'
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Cursor } from '../../../shared/contract.ts'
import type { Channel, Message, MessageId } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Spinner } from '../../components/spinner.tsx'
import { counted, isSameDay } from '../../lib/format.ts'
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
/** Messages from the end at which the next page is asked for: who scrolls fast sees a few hundred of them a second. */
const near = 40
/** Frames until rows are drawn, measured, and drawn where they belong. */
const framesToPlace = 3
/**
 * Rows drawn beyond those in sight. They come a frame or two late, which at speed are two screens, so most of them lie
 * where one is going; and before the list stands where it should, only what is in sight matters.
 */
const beyond = { atFirst: [2, 2], resting: [8, 8], backward: [24, 4], forward: [4, 24] } as const
/** px; what stands above and below the list, as far as the first look at it is concerned. */
const around = 120

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
  // Before the list stands where it should, its rows say nothing about what is wanted next.
  const [placed, setPlaced] = useState(0)
  const list = useRef<Virtualizer<HTMLDivElement, HTMLElement> | null>(null)
  const virtual = useVirtualizer<HTMLDivElement, HTMLElement>({
    count: messages.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => guess,
    getItemKey: useCallback((index: number) => messages[index]?.id ?? index, [messages]),
    rangeExtractor: useCallback(
      ({ startIndex, endIndex, count }: Range) => {
        const [above, below] = beyond[placed === opened ? (list.current?.scrollDirection ?? 'resting') : 'atFirst']
        const start = Math.max(0, startIndex - above)
        return Array.from({ length: Math.min(count, endIndex + below + 1) - start }, (_, at) => start + at)
      },
      [placed, opened],
    ),
    // The first rows that are drawn are those that one came for, not those at the top.
    initialOffset: () => Math.max(0, headroom + startAt(messages, place) * guess - window.innerHeight / 2),
    initialRect: { width: 0, height: window.innerHeight - around },
    paddingStart: headroom,
    paddingEnd: 8,
    anchorTo: 'end',
    followOnAppend: atEnd,
    scrollEndThreshold: 80,
    useFlushSync: false,
  })
  list.current = virtual
  const rows = virtual.getVirtualItems()

  const goTo = useRef<() => void>(() => {})
  goTo.current = () => {
    const index = startAt(messages, place)
    if (place === null) virtual.scrollToEnd()
    else virtual.scrollToIndex(index, { align: messages[index]?.id === place.id ? 'center' : 'start' })
  }
  useLayoutEffect(() => {
    goTo.current()
    let left = framesToPlace
    let frame = requestAnimationFrame(function look() {
      if (--left > 0) {
        frame = requestAnimationFrame(look)
        return
      }
      // From here on its place is the message that is read, not a number that older messages would change.
      virtual.cancelScroll()
      setPlaced(opened)
    })
    return () => cancelAnimationFrame(frame)
  }, [virtual, opened])

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
    if (placed === opened && seen) onSeen(seen)
  }, [placed, opened, seen, onSeen])

  const focusRow = (index: number): void => {
    const message = messages[Math.max(0, Math.min(messages.length - 1, index))]
    if (!message) return
    setFocused(message.id)
    virtual.scrollToIndex(messages.indexOf(message), { align: 'auto' })
    requestAnimationFrame(() => {
      virtual.cancelScroll()
      scroller.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(message.id)}"]`)?.focus()
    })
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
          <Beginning atStart={atStart} isNear={first < near} name={channel.name} />
          {rows.map(({ index, key, start }) => {
            const message = messages[index]
            const previous = messages[index - 1]
            if (!message) return null
            return (
              <MessageRow
                key={key}
                measure={virtual.measureElement}
                index={index}
                start={start}
                message={message}
                isDayStart={!previous || !isSameDay(previous.timestamp, message.timestamp)}
                isTarget={message.id === target}
                isFocused={message.id === focused}
                isTabStop={message.id === tabStop}
                position={atStart ? index + 1 : undefined}
                positions={atStart ? (atEnd ? messages.length : -1) : undefined}
                news={message.id === news?.first.id ? news : null}
                canReply={canReply}
                now={now}
                onReply={onReply}
                onFocus={setFocused}
              />
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

/** Where a place is among messages: at the one it names, else the first that is not before it; at the end for none. */
function startAt(messages: readonly Message[], place: Cursor | null): number {
  if (place === null) return messages.length - 1
  const named = messages.findIndex(({ id }) => id === place.id)
  return named >= 0
    ? named
    : Math.max(
        0,
        messages.findIndex(({ clock }) => clock >= place.clock),
      )
}

interface BeginningProps {
  readonly atStart: boolean
  /** Then older messages are being read. Far from it nobody sees what turns there, and turning costs. */
  readonly isNear: boolean
  readonly name: string
}

function Beginning({ atStart, isNear, name }: BeginningProps) {
  return (
    <p className="flex h-11 items-center justify-center gap-2 px-4 text-meta text-ink-3">
      {atStart ? (
        `This is as far back as #${name} goes on this computer.`
      ) : (
        <>{isNear && <Spinner size={14} />} Reading older messages</>
      )}
    </p>
  )
}
