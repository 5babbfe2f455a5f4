/** What a search found, each with its place and what was searched for marked. */
import { Hash } from 'lucide-react'
import type { RequestOutput } from '../../../shared/contract.ts'
import type { Community } from '../../../shared/domain.ts'
import { Avatar } from '../../components/avatar.tsx'
import { iso, moment, nameOf } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { toHash } from '../../lib/routes.ts'
import { excerpt } from './highlight.ts'

interface HitsProps {
  readonly community: Community
  readonly hits: RequestOutput<'messages.search'>['hits']
}

export function Hits({ community, hits }: HitsProps) {
  const now = useNow(60_000)
  return (
    <ul className="grid gap-2">
      {hits.map(({ message, marks }) => (
        <li key={`${message.chatId}${message.id}`}>
          <a
            href={toHash({
              at: 'channel',
              community: community.id,
              chat: message.chatId,
              message: { clock: message.clock, id: message.id },
            })}
            className="grid grid-cols-[28px_minmax(0,1fr)] gap-x-3 rounded-card border border-line bg-raised px-4 py-2.5 hover:bg-side focus-visible:rounded-card"
          >
            <Avatar id={message.author} name={nameOf(message.authorName, message.author)} size="medium" />
            <span className="min-w-0">
              <span className="flex flex-wrap items-baseline gap-x-2">
                <span className="font-semibold">{nameOf(message.authorName, message.author)}</span>
                <time dateTime={iso(message.timestamp)} className="text-label text-ink-3">
                  {moment(message.timestamp, now)}
                </time>
                <span className="ml-auto inline-flex items-center gap-0.5 text-label text-ink-3">
                  <Hash size={12} aria-hidden />
                  {community.channels.find(({ chatId }) => chatId === message.chatId)?.name ?? 'another channel'}
                </span>
              </span>
              <span className="line-clamp-3 text-message [overflow-wrap:anywhere] whitespace-pre-wrap">
                {excerpt(message.text, marks).map(({ isHit, text, at }) =>
                  isHit ? <mark key={at}>{text}</mark> : text,
                )}
              </span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  )
}
