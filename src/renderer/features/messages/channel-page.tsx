/** A channel: its name, its messages, and the field to write in. */
import { MessagesSquare } from 'lucide-react'
import { type ReactNode, useCallback, useMemo, useState } from 'react'
import type { Cursor } from '../../../shared/contract.ts'
import type { Channel, Community, Message, Millis } from '../../../shared/domain.ts'
import { Blank } from '../../components/blank.tsx'
import { Button } from '../../components/button.tsx'
import { Failure } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { inWords, useAction } from '../../lib/client.tsx'
import { toHash } from '../../lib/routes.ts'
import { useBeside } from './beside.tsx'
import { ChannelBar } from './channel-bar.tsx'
import { Composer } from './composer.tsx'
import { useDrafts } from './drafts.ts'
import { MessageList } from './message-list.tsx'
import { NewMessage } from './new-message.tsx'
import { useUnread } from './unread.ts'
import { useFeed } from './use-feed.ts'
import { cursorAt } from './window.ts'

interface ChannelPageProps {
  readonly community: Community
  readonly channel: Channel
  /** A message to begin at; null for the newest. */
  readonly place: Cursor | null
  /** Between the bar and the messages: how much history is here. */
  readonly strip: ReactNode
  /** In the bar, after our own. */
  readonly actions: ReactNode
  /** Beside the messages: who is there. */
  readonly beside: ReactNode
}

export function ChannelPage({ community, channel, place, strip, actions, beside }: ChannelPageProps) {
  const { chatId } = channel
  const { arrival, left, seen } = useUnread(community.id, chatId)
  // One begins at what is new, until one asks for the newest.
  const [beginsAtNew, setBeginsAtNew] = useState(true)
  const news = arrival ?? null
  const start = place ?? (arrival === undefined ? undefined : beginsAtNew ? (news?.first ?? null) : null)
  const { feed, state } = useFeed(chatId, start)
  const { button, column } = useBeside(beside)
  const write = useDrafts((drafts) => drafts.write)
  const canPost = community.state === 'joined' && channel.mayPost
  const { window: held, error } = state

  const go = useCallback(
    (message: Cursor | null): void => {
      location.hash = toHash({ at: 'channel', community: community.id, chat: chatId, message })
    },
    [community.id, chatId],
  )
  // The same functions as before, so that what a page of messages brings is all that is drawn.
  const jump = useCallback((from: Millis) => go(cursorAt(from)), [go])
  const reply = useCallback((message: Message) => write(chatId, { replyTo: message }), [write, chatId])
  const own = useMemo(
    () => (
      <>
        {actions}
        {button}
      </>
    ),
    [actions, button],
  )
  const toNewest = (): void => {
    setBeginsAtNew(false)
    if (place) go(null)
    else if (start === null) void feed.open('end')
  }
  return (
    <>
      <ChannelBar community={community} channel={channel} total={held?.total ?? 0} onJump={jump}>
        {own}
      </ChannelBar>
      <div className="flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col">
          {strip}
          {error !== null && (
            <div className="px-4 pt-3 wide:px-6">
              <Failure
                error={error}
                what={held ? 'The newest changes could not be read' : 'The messages could not be read'}
                onRetry={() => void (held ? feed.refresh() : feed.open(place ?? 'end'))}
              />
            </div>
          )}
          <div className="flex min-h-0 flex-1 flex-col">
            {!held && error === null && (
              <div className="mt-auto px-6 pb-6">
                <Lines rows={6} label="Reading the messages" />
              </div>
            )}
            {held && held.messages.length === 0 && <Empty community={community} channel={channel} />}
            {held && held.messages.length > 0 && (
              <MessageList
                // Opened elsewhere, it is another list: none of its rows are the same.
                key={state.opened}
                channel={channel}
                feed={feed}
                window={held}
                opened={state.opened}
                place={start ?? null}
                target={place?.id ?? null}
                news={news}
                onSeen={seen}
                left={left}
                canReply={canPost}
                onReply={reply}
                onNewest={toNewest}
              />
            )}
          </div>
          <NewMessage messages={held?.messages ?? []} atEnd={held?.atEnd ?? false} />
          {canPost ? <Composer channel={channel} /> : <ReadingOnly community={community} />}
        </div>
        {column}
      </div>
    </>
  )
}

function Empty({ community, channel }: { readonly community: Community; readonly channel: Channel }) {
  return (
    <div className="grid flex-1 place-items-center overflow-auto">
      <Blank icon={MessagesSquare} title={`Nothing in #${channel.name} yet`}>
        <p>
          {community.role === 'owner'
            ? 'Write the first message. From then on everything said here is kept.'
            : 'Messages appear here as they are posted. Older ones come with the community’s history, if it has one.'}
        </p>
      </Blank>
    </div>
  )
}

const whyNot: Readonly<Record<Community['state'], string>> = {
  joined: 'Only owner and admins write in this channel.',
  requested: 'Asked to join, waiting for the owner’s node. Until it answers you can read, but not post.',
  reading: 'You are reading without being a member.',
  refused: 'The owner did not let you in. What is here can be read.',
  removed: 'You are no longer a member. What is here can be read.',
  closed: 'Only members write here.',
  unknown: 'Reading only.',
}

function ReadingOnly({ community }: { readonly community: Community }) {
  const join = useAction('communities.join')
  const mayAsk = community.state !== 'joined' && community.state !== 'requested'
  return (
    <div className="flex min-h-14 shrink-0 flex-wrap items-center justify-center gap-3 border-line border-t px-6 py-2 text-ink-2">
      <p>{join.isError ? inWords(join.error).message : whyNot[community.state]}</p>
      {mayAsk && (
        <Button look="primary" busy={join.isPending} onClick={() => join.mutate({ id: community.id })}>
          {community.state === 'reading' || community.state === 'closed' ? 'Join' : 'Ask again'}
        </Button>
      )}
    </div>
  )
}
