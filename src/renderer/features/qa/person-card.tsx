/** One person of the bench: whether they are logged in, their communities, and what one lets them do. */
import { CircleCheck, CircleDashed, Loader, LogIn, LogOut, type LucideIcon } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { BenchPerson } from '../../../shared/contract.ts'
import type { Community, Millis } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Choice, Field } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { Tag, type Tone } from '../../components/tag.tsx'
import { useAction } from '../../lib/client.tsx'
import { countdown, counted, duration, rate } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { sumOf } from '../../lib/rates.ts'
import { useFollowed, usePersonsAct, usePersonsAnswer } from './bench-client.ts'

const words: Readonly<
  Record<BenchPerson['state'], { readonly word: string; readonly icon: LucideIcon; readonly tone: Tone }>
> = {
  'logged-in': { word: 'Logged in', icon: CircleCheck, tone: 'ok' },
  'logging-in': { word: 'Logging in', icon: Loader, tone: 'info' },
  'logged-out': { word: 'Logged out', icon: CircleDashed, tone: 'neutral' },
  'logging-out': { word: 'Logging out', icon: Loader, tone: 'info' },
}

const intervals = [10_000, 60_000, 600_000, 604_800_000]

export function PersonCard({ person }: { readonly person: BenchPerson }) {
  const { id, name, state, trouble } = person
  useFollowed(id)
  const login = useAction('bench.login')
  const logout = useAction('bench.logout')
  const isIn = state === 'logged-in'
  const isMoving = state === 'logging-in' || state === 'logging-out'
  const { word, icon, tone } = words[state]
  const error = login.error ?? logout.error
  return (
    <section aria-label={name} className="grid gap-2 rounded-control border border-line px-3 py-2">
      <header className="flex flex-wrap items-center gap-2">
        <h3 className="font-semibold">{name}</h3>
        <Tag icon={icon} tone={tone}>
          {word}
        </Tag>
        {isIn && <Figures id={id} />}
        <Button
          size="small"
          className="ml-auto"
          icon={isIn || state === 'logging-out' ? LogOut : LogIn}
          disabled={isMoving}
          onClick={() => (isIn ? logout : login).mutate({ id })}
        >
          {isIn || state === 'logging-out' ? 'Log out' : 'Log in'}
        </Button>
      </header>
      {error && <Failure error={error} />}
      {trouble !== '' && <p className="text-bad">{trouble}</p>}
      {isIn && <Inside id={id} name={name} />}
    </section>
  )
}

function Figures({ id }: { readonly id: string }) {
  const network = usePersonsAnswer(id, 'network.status', undefined, true)
  const transfers = usePersonsAnswer(id, 'transfers.list', undefined, true)
  const { down, up } = sumOf(transfers.data ?? [])
  return (
    <span className="text-meta text-ink-2 tabular-nums">
      {network.data?.state ?? 'connecting'}
      {network.data && network.data.outbox > 0 && ` · ${network.data.outbox} to send`}
      {down + up > 0 && ` · down ${rate(down)}, up ${rate(up)}`}
    </span>
  )
}

function Inside({ id, name }: { readonly id: string; readonly name: string }) {
  const communities = usePersonsAnswer(id, 'communities.list', undefined, true)
  const settings = usePersonsAnswer(id, 'settings.get', undefined, true)
  const found = usePersonsAct(id, 'communities.create')
  const join = usePersonsAct(id, 'communities.join')
  const set = usePersonsAct(id, 'settings.set')
  const [link, setLink] = useState('')
  const list = communities.data ?? []
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const text = link.trim()
    if (text !== '')
      join.mutate(/^0x/.test(text) ? { id: text as Community['id'] } : { link: text }, { onSuccess: () => setLink('') })
  }
  return (
    <>
      {communities.isError && <Failure error={communities.error} what="What they have could not be read" />}
      {found.isError && <Failure error={found.error} what="No community was founded" />}
      {join.isError && <Failure error={join.error} what="They did not join" />}
      {set.isError && <Failure error={set.error} what="The interval was not changed" />}
      {list.map((community) => (
        <CommunityLine key={community.id} id={id} community={community} />
      ))}
      <div className="flex flex-wrap items-end gap-2">
        <Button
          busy={found.isPending}
          onClick={() =>
            found.mutate({
              name: `${name}’s harbour`,
              description: 'Made on the bench',
              color: '#0a6470',
              channels: ['general'],
              historyArchives: true,
            })
          }
        >
          Found a community
        </Button>
        {settings.data && (
          <Choice
            label="One archive every"
            value={String(settings.data.archiveInterval)}
            options={[...new Set([...intervals, settings.data.archiveInterval])]
              .sort((a, b) => a - b)
              .map((interval) => ({ value: String(interval), text: duration(interval) }))}
            onChange={(value) => set.mutate({ archiveInterval: Number(value) as Millis })}
          />
        )}
        <form onSubmit={submit} className="flex min-w-48 flex-1 items-end gap-2">
          <div className="flex-1">
            <Field
              label="Join by id or link"
              value={link}
              autoComplete="off"
              spellCheck={false}
              onChange={({ target }) => setLink(target.value)}
            />
          </div>
          <Button type="submit" disabled={link.trim() === ''} busy={join.isPending}>
            Join
          </Button>
        </form>
      </div>
    </>
  )
}

function CommunityLine({ id, community }: { readonly id: string; readonly community: Community }) {
  const now = useNow(1_000)
  const history = usePersonsAnswer(id, 'history.show', { communityId: community.id }, true)
  const archive = usePersonsAct(id, 'history.archiveNow')
  const post = usePersonsAct(id, 'messages.post')
  const isOwner = community.role === 'owner'
  const [first] = community.channels
  const { archives = [], nextAt = null, unarchived = 0 } = history.data ?? {}
  const here = archives.filter(({ state }) => state === 'published' || state === 'imported').length
  return (
    <div className="grid gap-1 border-line border-t pt-2">
      {archive.isError && <Failure error={archive.error} what="Nothing was archived" />}
      {post.isError && <Failure error={post.error} what="Nothing was posted" />}
      <p className="flex flex-wrap items-baseline gap-x-2">
        <b className="font-semibold">{community.name || 'A community'}</b>
        <span className="text-meta text-ink-2 tabular-nums">
          {isOwner ? 'Owner' : community.state} · {here} of {counted(archives.length, 'archive')} here
          {isOwner && ` · ${unarchived} to archive`}
          {isOwner && nextAt !== null && ` · next in ${countdown(nextAt - now)}`}
        </span>
      </p>
      <code className="font-mono text-[11.5px] break-all text-ink-2 select-all">{community.id}</code>
      <p className="flex flex-wrap gap-2">
        {isOwner && (
          <Button size="small" busy={archive.isPending} onClick={() => archive.mutate({ communityId: community.id })}>
            Archive now
          </Button>
        )}
        {first && (
          <Button
            size="small"
            busy={post.isPending}
            onClick={() => post.mutate({ chatId: first.chatId, text: `Said at ${new Date(now).toISOString()}` })}
          >
            Post in #{first.name}
          </Button>
        )}
      </p>
    </div>
  )
}
