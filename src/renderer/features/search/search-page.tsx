/** Finds what was said in a community, as one types. A hit opens at its place. */
import { Search as SearchIcon, SearchX } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { RequestOutput } from '../../../shared/contract.ts'
import type { Community } from '../../../shared/domain.ts'
import { Blank } from '../../components/blank.tsx'
import { Button } from '../../components/button.tsx'
import { Failure } from '../../components/note.tsx'
import { Bar, Content } from '../../components/page.tsx'
import { Segments } from '../../components/segments.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { Spinner } from '../../components/spinner.tsx'
import { useRequestWhen } from '../../lib/client.tsx'
import { count, counted } from '../../lib/format.ts'
import { useLasting, useSettled } from '../../lib/hooks.ts'
import { toHash } from '../../lib/routes.ts'
import { Filters } from './filters.tsx'
import { Hits } from './hits.tsx'
import { usePages } from './use-pages.ts'

/** Hits in one page. */
const pageSize = 50

type Order = 'newest' | 'ranked'
type Found = RequestOutput<'messages.search'>

export function SearchPage({ community, text }: { readonly community: Community; readonly text: string }) {
  const [words, setWords] = useState(text)
  const [order, setOrder] = useState<Order>('newest')
  const field = useRef<HTMLInputElement>(null)
  // Whoever opens this page came to type.
  useEffect(() => field.current?.focus(), [])
  const wanted = useSettled(words.trim(), 250)
  const question = {
    communityId: community.id,
    text: wanted || ' ',
    order,
    limit: pageSize,
    utcOffset: -new Date().getTimezoneOffset(),
  } as const
  const first = useRequestWhen(wanted !== '', 'messages.search', question)
  const isSlow = useLasting(first.isFetching)
  const { hits, next, more } = usePages(first.data, question)

  // The address follows, so that "back" from a hit leads to these hits.
  useEffect(() => {
    history.replaceState(null, '', toHash({ at: 'search', community: community.id, text: wanted }))
  }, [community.id, wanted])
  return (
    <>
      <Bar title="Search" name={`Search · ${community.name}`} />
      <Content>
        <search className="flex flex-wrap items-center gap-2">
          <label className="flex h-[38px] min-w-60 flex-1 items-center gap-2 rounded-control border border-edge bg-raised px-3 focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-focus">
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
          <Segments
            label="Order"
            value={order}
            options={[
              { value: 'newest', text: 'Newest' },
              { value: 'ranked', text: 'Best' },
            ]}
            onChange={setOrder}
          />
        </search>
        <Filters community={community} text={words} onChange={setWords} />
        {first.isError && <Failure error={first.error} what="The search failed" onRetry={first.refetch} />}
        {wanted === '' && (
          <Blank icon={SearchIcon} title="Search everything that is on this computer">
            <p>
              Words, or “a phrase”, without -others. In the field, author:name, on:2026-03 and has:file, has:reply or
              has:reaction narrow it down, too.
            </p>
          </Blank>
        )}
        {wanted !== '' && first.isPending && isSlow && <Lines rows={4} label="Searching" />}
        {wanted !== '' && first.data && (
          <>
            <Circumstances found={first.data} />
            {hits.length === 0 ? (
              <Nothing community={community} />
            ) : (
              <section aria-label="Found" className="grid gap-2">
                <p role="status" className="text-ink-2">
                  {next ? `The first ${counted(hits.length, 'message')}` : counted(hits.length, 'message')}
                </p>
                <Hits community={community} hits={hits} />
                {next && (
                  <Button className="justify-self-center" onClick={() => more.mutate()} busy={more.isPending}>
                    Show more
                  </Button>
                )}
                {more.isError && <Failure error={more.error} what="The search failed" onRetry={() => more.mutate()} />}
              </section>
            )}
          </>
        )}
      </Content>
    </>
  )
}

/** What one should know of these hits. */
function Circumstances({ found }: { readonly found: Found }) {
  const { rankedAmong, ignored, unsearched } = found
  return (
    <div className="grid gap-1 text-meta text-ink-2 empty:hidden">
      {rankedAmong !== null && rankedAmong > 0 && (
        <p>Ranked among {rankedAmong === 1 ? 'one hit' : `the newest ${count(rankedAmong)} hits`}.</p>
      )}
      {ignored.length > 0 && <p>Not understood, and so left out: {ignored.join(', ')}</p>}
      {unsearched > 0 && <p>{counted(unsearched, 'message')} cannot be found yet: they are being made searchable.</p>}
    </div>
  )
}

function Nothing({ community }: { readonly community: Community }) {
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
}
