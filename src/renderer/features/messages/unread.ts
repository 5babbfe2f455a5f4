/**
 * What is new in a channel: where it began when one came, which stays marked until one leaves, and what has been seen
 * since, which the node is told.
 */
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Cursor, RequestOutput } from '../../../shared/contract.ts'
import type { ChatId, CommunityId } from '../../../shared/domain.ts'
import { useNode, useRequest } from '../../lib/client.tsx'
import { compare } from './window.ts'

export type Unread = RequestOutput<'messages.unread'>[number]

interface UnreadHere {
  /** What was new on arrival; undefined until it is known. */
  readonly arrival: Unread | null | undefined
  /** How much is new now. */
  readonly left: number
  /** The reader has this and everything before it in sight. */
  readonly seen: (message: Cursor) => void
}

export function useUnread(communityId: CommunityId, chatId: ChatId): UnreadHere {
  const { client } = useNode()
  const { data, isPending } = useRequest('messages.unread', { communityId })
  const now = data?.find((one) => one.chatId === chatId) ?? null
  const [arrival, setArrival] = useState<Unread | null | undefined>(undefined)
  // A list that cannot be read is no reason to show no messages.
  if (arrival === undefined && !isPending) setArrival(now)

  const last = useRef<Cursor | null>(null)
  const told = useRef<Cursor | null>(null)
  const first = useRef<Cursor | null>(null)
  const tell = useCallback((): void => {
    const [begins, upTo] = [first.current, last.current]
    if (begins === null || upTo === null || compare(begins, upTo) > 0 || !isLookedAt()) return
    if (told.current !== null && compare(told.current, upTo) >= 0) return
    const before = told.current
    told.current = upTo
    client.request('messages.markRead', { chatId, upTo }).catch(() => {
      // It is told again with what is seen next.
      told.current = before
    })
  }, [client, chatId])
  useEffect(() => {
    first.current = now?.first ?? null
    tell()
  }, [now, tell])
  useEffect(() => {
    window.addEventListener('focus', tell)
    return () => window.removeEventListener('focus', tell)
  }, [tell])
  const seen = useCallback(
    ({ clock, id }: Cursor): void => {
      if (last.current !== null && compare(last.current, { clock, id }) >= 0) return
      last.current = { clock, id }
      tell()
    },
    [tell],
  )
  return { arrival, left: now?.unread ?? 0, seen }
}

const isLookedAt = (): boolean => document.visibilityState === 'visible' && document.hasFocus()
