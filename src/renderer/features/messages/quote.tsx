/** The message that another one answers: who, and its first line. A click goes there. */
import { CornerUpLeft } from 'lucide-react'
import type { ChatId, MessageId } from '../../../shared/domain.ts'
import { communityOf } from '../../../shared/ids.ts'
import { useRequest } from '../../lib/client.tsx'
import { nameOf } from '../../lib/format.ts'
import { toHash } from '../../lib/routes.ts'

export function Quote({ chatId, id }: { readonly chatId: ChatId; readonly id: MessageId }) {
  const { data: original, isPending } = useRequest('messages.get', { chatId, id })
  const look = 'flex min-w-0 max-w-full items-center gap-1.5 text-meta leading-[18px] text-ink-2'
  if (!original)
    return (
      <p className={look}>
        <CornerUpLeft size={14} aria-hidden className="shrink-0" />
        <span className="truncate italic">{isPending ? '…' : 'A message that is not on this computer'}</span>
      </p>
    )
  const { clock } = original
  return (
    <a
      href={toHash({ at: 'channel', community: communityOf(chatId), chat: chatId, message: { clock, id } })}
      className={`${look} hover:text-ink`}
    >
      <CornerUpLeft size={14} aria-label="In reply to" className="shrink-0" />
      <span className="shrink-0 font-semibold">{nameOf(original.authorName, original.author)}</span>
      <span className="truncate">{original.deleted ? 'Deleted by its author' : firstLine(original.text)}</span>
    </a>
  )
}

const firstLine = (text: string): string => text.trim().split('\n', 1)[0] ?? ''
