/** Writing: Enter posts, Shift and Enter begins a line. What could not be posted stays in the field. */
import { SendHorizontal, X } from 'lucide-react'
import { type KeyboardEvent, memo, useEffect, useRef } from 'react'
import type { Channel } from '../../../shared/domain.ts'
import { IconButton } from '../../components/button.tsx'
import { Failure } from '../../components/note.tsx'
import { Spinner } from '../../components/spinner.tsx'
import { useAction } from '../../lib/client.tsx'
import { count, nameOf } from '../../lib/format.ts'
import { useLasting } from '../../lib/hooks.ts'
import { useDraft, useDrafts } from './drafts.ts'

/** Characters; the contract's limit. */
const longest = 4_096

export const Composer = memo(function Composer({ channel }: { readonly channel: Channel }) {
  const { chatId } = channel
  const { text, replyTo } = useDraft(chatId)
  const write = useDrafts((drafts) => drafts.write)
  const post = useAction('messages.post')
  const isSlow = useLasting(post.isPending)
  const area = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (replyTo) area.current?.focus()
  }, [replyTo])

  const isTooLong = text.length > longest
  const send = (): void => {
    const words = text.trim()
    if (!words || isTooLong || post.isPending) return
    post.mutate(
      { chatId, text: words, ...(replyTo && { responseTo: replyTo.id }) },
      { onSuccess: () => write(chatId, { text: '', replyTo: null }) },
    )
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && replyTo) write(chatId, { replyTo: null })
    // While an input method composes, Enter ends the word, not the message.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }
  return (
    <div className="grid shrink-0 grid-cols-[minmax(0,1fr)] gap-2 px-4 pt-2 pb-4 wide:px-6">
      {post.isError && <Failure error={post.error} what="Your message was not posted" onRetry={send} />}
      <div className="rounded-card border border-edge bg-raised focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-focus">
        {replyTo && (
          <div className="flex items-center gap-2 border-line border-b py-1 pr-1 pl-3 text-meta text-ink-2">
            <span className="min-w-0 flex-1 truncate">
              Reply to <b className="font-semibold">{nameOf(replyTo.authorName, replyTo.author)}</b>: {replyTo.text}
            </span>
            <IconButton icon={X} label="Do not reply" size="small" onClick={() => write(chatId, { replyTo: null })} />
          </div>
        )}
        <div className="flex items-end gap-2 py-1 pr-1.5 pl-3">
          <textarea
            ref={area}
            value={text}
            rows={1}
            aria-label={`Message #${channel.name}`}
            aria-invalid={isTooLong || undefined}
            placeholder={`Message #${channel.name}`}
            onChange={({ target }) => write(chatId, { text: target.value })}
            onKeyDown={onKeyDown}
            className="field-sizing-content max-h-40 min-h-[30px] min-w-0 flex-1 resize-none py-[5px] text-message outline-none"
          />
          {text.length > longest - 200 && (
            <span className={`pb-1.5 text-meta tabular-nums ${isTooLong ? 'text-bad' : 'text-ink-3'}`}>
              {isTooLong ? `${count(text.length - longest)} too many` : `${count(longest - text.length)} left`}
            </span>
          )}
          <button
            type="button"
            aria-label="Post"
            onClick={send}
            disabled={text.trim() === '' || isTooLong}
            className="grid size-[30px] shrink-0 place-items-center rounded-control bg-accent text-on-accent hover:bg-accent-strong focus-visible:rounded-control disabled:bg-hover disabled:text-ink-3"
          >
            {isSlow ? <Spinner /> : <SendHorizontal size={16} aria-hidden />}
          </button>
        </div>
      </div>
    </div>
  )
})
