/** Finds what was said in a community, as one types. A hit opens at its place. */
import { Hash, Search as SearchIcon, SearchX } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { Community, Message } from '../../../shared/domain.ts'
import { Avatar } from '../../components/avatar.tsx'
import { Blank } from '../../components/blank.tsx'
import { Failure } from '../../components/note.tsx'
import { Bar, Content } from '../../components/page.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { Spinner } from '../../components/spinner.tsx'
import { useRequestWhen } from '../../lib/client.tsx'
import { counted, iso, moment, nameOf } from '../../lib/format.ts'
import { useLasting, useNow, useSettled } from '../../lib/hooks.ts'
import { toHash } from '../../lib/routes.ts'
import { excerpt, highlight } from './highlight.ts'

/** Hits shown; the node gives at most so many. */
const most = 100

export function SearchPage({ community, text }: { readonly community: Community; readonly text: string }) {
  const [words, setWords] = useState(text)
  const field = useRef<HTMLInputElement>(null)
  // Whoever opens this page came to type.
  useEffect(() => field.current?.focus(), [])
  const wanted = useSettled(words.trim(), 250)
  const hits = useRequestWhen(wanted !== '', 'messages.search', {
    communityId: community.id,
    text: wanted || ' ',
    limit: most,
  })
  const isSlow = useLasting(hits.isFetching)

  // The address follows, so that "back" from a hit leads to these hits.
  useEffect(() => {
    history.replaceState(null, '', toHash({ at: 'search', community: community.id, text: wanted }))
  }, [community.id, wanted])
  return (
    <>
      <Bar title="Search" name={`Search · ${community.name}`} />
      <Content>
        <search>
          <label className="flex h-[38px] items-center gap-2 rounded-control border border-edge bg-raised px-3 focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-focus">
            {isSlow ? <Spinner /> : <SearchIcon size={16} aria-hidden className="text-ink-3" />}
            <span className="sr-only">Search in {community.name}</span>
            <input
              ref={field}
              type="search"
              value={words}
              maxLength={500}
              placeholder={`Search in ${community.name}`}
              onChange={({ target }) => setWords(target.value)}
              className="min-w-0 flex-1 bg-transparent text-message outline-none"
            />
          </label>
        </search>
        {hits.isError && <Failure error={hits.error} what="The search failed" onRetry={hits.refetch} />}
        {wanted === '' && (
          <Blank icon={SearchIcon} title="Search everything that is on this computer">
            <p>Words, names of things, parts of a sentence. Weeks that are still to come are not searched yet.</p>
          </Blank>
        )}
        {wanted !== '' && hits.isPending && isSlow && <Lines rows={4} label="Searching" />}
        {wanted !== '' && hits.data && <Hits community={community} hits={hits.data} text={wanted} />}
      </Content>
    </>
  )
}

interface HitsProps {
  readonly community: Community
  readonly hits: readonly Message[]
  readonly text: string
}

function Hits({ community, hits, text }: HitsProps) {
  const now = useNow(60_000)
  if (hits.length === 0)
    return (
      <Blank icon={SearchX} title="Nothing found in what is here">
        <p>
          Try fewer or other words. Weeks that have not been downloaded yet cannot be searched:{' '}
          <a className="text-accent underline" href={toHash({ at: 'history', community: community.id })}>
            open history
          </a>
          .
        </p>
      </Blank>
    )
  return (
    <section aria-label="Found" className="grid gap-2">
      <p role="status" className="text-ink-2">
        {hits.length === most ? `The first ${counted(most, 'message')}` : counted(hits.length, 'message')}
      </p>
      <ul className="grid gap-2">
        {hits.map((message) => (
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
                  {highlight(excerpt(message.text, text), text).map(({ isHit, text: part, at }) =>
                    isHit ? <mark key={at}>{part}</mark> : part,
                  )}
                </span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
