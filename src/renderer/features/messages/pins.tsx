/** What is pinned in a channel, under a button; a click goes there. */
import { Pin } from 'lucide-react'
import { Popover } from 'radix-ui'
import { memo, useState } from 'react'
import type { Channel } from '../../../shared/domain.ts'
import { communityOf } from '../../../shared/ids.ts'
import { Button } from '../../components/button.tsx'
import { Failure } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { usePages } from '../../lib/client.tsx'
import { iso, moment, nameOf } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { toHash } from '../../lib/routes.ts'
import { cursorOf } from './window.ts'

const pageSize = 30

export const Pins = memo(function Pins({ channel }: { readonly channel: Channel }) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <Popover.Root open={isOpen} onOpenChange={setIsOpen}>
      <Popover.Trigger asChild>
        <Button look="ghost" size="small" icon={Pin} aria-label="Pinned messages">
          <span className="hidden wide:inline">Pinned</span>
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          aria-label={`Pinned in #${channel.name}`}
          align="end"
          sideOffset={6}
          collisionPadding={8}
          className="z-40 max-h-[60vh] w-96 max-w-[calc(100vw-16px)] overflow-auto rounded-card border border-line bg-raised p-2 shadow-2"
        >
          <List channel={channel} onGo={() => setIsOpen(false)} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
})

function List({ channel, onGo }: { readonly channel: Channel; readonly onGo: () => void }) {
  const { chatId, name } = channel
  const now = useNow(60_000)
  const pages = usePages('messages.pinned', { chatId, limit: pageSize }, (page) => {
    const last = page.at(-1)
    return last && page.length === pageSize ? { before: cursorOf(last) } : null
  })
  if (pages.isPending)
    return (
      <div className="p-2">
        <Lines rows={3} label="Reading what is pinned" />
      </div>
    )
  if (pages.isError && !pages.data)
    return <Failure error={pages.error} what="What is pinned could not be read" onRetry={pages.refetch} />
  const pinned = pages.data?.pages.flat() ?? []
  if (pinned.length === 0)
    return <p className="p-2 text-ink-2">Nothing is pinned in #{name}. Pinned messages are found here by everybody.</p>
  return (
    <>
      <ul className="grid gap-px">
        {pinned.map((message) => (
          <li key={message.id}>
            <a
              href={toHash({ at: 'channel', community: communityOf(chatId), chat: chatId, message: cursorOf(message) })}
              onClick={onGo}
              className="block rounded-control px-2 py-1.5 hover:bg-hover focus-visible:-outline-offset-2"
            >
              <span className="flex items-baseline gap-2">
                <span className="truncate font-semibold">{nameOf(message.authorName, message.author)}</span>
                <time dateTime={iso(message.timestamp)} className="ml-auto shrink-0 text-label text-ink-3">
                  {moment(message.timestamp, now)}
                </time>
              </span>
              <span className="line-clamp-2 [overflow-wrap:anywhere] text-ink-2">{message.text || 'An image'}</span>
            </a>
          </li>
        ))}
      </ul>
      {pages.hasNextPage && (
        <Button
          look="ghost"
          size="small"
          className="mt-1"
          busy={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </>
  )
}
