/** The feed of one channel, kept live: it reads again when the node says that something changed in it. */
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import { resync } from '../../../shared/channels.ts'
import type { Cursor } from '../../../shared/contract.ts'
import type { ChatId } from '../../../shared/domain.ts'
import { useEvent, useNode } from '../../lib/client.tsx'
import { type FeedState, MessageFeed } from './feed.ts'
import { firstSize } from './window.ts'

/** ms; an import changes a channel many times a second. */
const pace = 400

export function useFeed(
  chatId: ChatId,
  /** Where to begin; null for the newest message, undefined while that is not known yet. */
  place: Cursor | null | undefined,
): { readonly feed: MessageFeed; readonly state: FeedState } {
  const { client, carrier } = useNode()
  const feed = useMemo(
    () =>
      new MessageFeed(
        (question) => client.request('messages.page', { chatId, ...question }),
        firstSize(window.innerHeight),
      ),
    [client, chatId],
  )
  const clock = place?.clock
  const id = place?.id
  const isKnown = place !== undefined
  useEffect(() => {
    if (isKnown) void feed.open(clock !== undefined && id !== undefined ? { clock, id } : 'end')
  }, [feed, isKnown, clock, id])

  const refresh = usePaced(() => void feed.refresh())
  useEvent('messages.changed', ({ chatIds }) => {
    if (chatIds.includes(chatId)) refresh()
  })
  useEffect(() => carrier.subscribe(resync, refresh), [carrier, refresh])
  return { feed, state: useSyncExternalStore(feed.subscribe, feed.state) }
}

/** Calls `act` at once, then at most once in `pace`, the last call never lost. */
function usePaced(act: () => void): () => void {
  const newest = useRef(act)
  useEffect(() => {
    newest.current = act
  })
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null)
  const isWanted = useRef(false)
  useEffect(
    () => () => {
      if (timer.current) clearTimeout(timer.current)
    },
    [],
  )
  return useMemo(() => {
    const call = (): void => {
      if (timer.current) {
        isWanted.current = true
        return
      }
      newest.current()
      timer.current = setTimeout(() => {
        timer.current = null
        if (!isWanted.current) return
        isWanted.current = false
        call()
      }, pace)
    }
    return call
  }, [])
}
