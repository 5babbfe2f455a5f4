/** What of a history is downloaded, and what it may take: all, the newest only, or a stretch of time; rate and space. */
import { RadioGroup } from 'radix-ui'
import { type FormEvent, useId, useState } from 'react'
import type { History, RequestInput, Settings } from '../../../shared/contract.ts'
import type { Community, Seconds } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Choice, Field } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { Switch } from '../../components/switch.tsx'
import { useAction, useRequest } from '../../lib/client.tsx'
import { bytes, counted, range } from '../../lib/format.ts'
import type { Week } from './coverage.ts'

type Wanted = RequestInput<'history.want'>['wanted']

interface ChoicesProps {
  readonly community: Community
  readonly history: History
  readonly weeks: readonly Week[]
}

export function Choices({ community, history, weeks }: ChoicesProps) {
  const { wanted } = history
  const want = useAction('history.want')
  const seed = useAction('history.seed')
  const [kind, setKind] = useState<Wanted['kind']>(wanted.kind)
  const choose = (next: Wanted): void => want.mutate({ communityId: community.id, wanted: next })
  const away = weeks.filter(({ state }) => state === 'archived' || state === 'downloading')
  return (
    <Card title="What to download">
      <div className="grid gap-3">
        <RadioGroup.Root
          aria-label="What to download"
          value={kind}
          onValueChange={(chosen) => {
            const next = kinds.find((one) => one === chosen)
            if (next === undefined) return
            setKind(next)
            if (next !== 'range') choose({ kind: next })
          }}
          className="grid"
        >
          <Option
            value="all"
            text="Everything"
            help={
              away.length === 0 ? 'Nothing is left to fetch' : `Newest first, ${counted(away.length, 'week')} to come`
            }
          />
          <Option value="latest" text="Latest week only" help="Now, and each new one as it is announced" />
          <Option
            value="range"
            text="A stretch of time"
            help={wanted.kind === 'range' ? range(wanted.from, wanted.to) : 'From one day to another'}
          />
        </RadioGroup.Root>
        {kind === 'range' && <Stretch wanted={wanted} busy={want.isPending} onChoose={choose} />}
        {want.isError && <Failure error={want.error} what="The choice was not kept" />}
        <Switch
          label="Offer what is here to others"
          help="Other members get this history from your computer, too."
          checked={history.seeding}
          disabled={seed.isPending}
          onChange={(on) => seed.mutate({ communityId: community.id, on })}
        />
        {seed.isError && <Failure error={seed.error} />}
        <Limits />
      </div>
    </Card>
  )
}

const kinds = ['all', 'latest', 'range'] as const

function Option({
  value,
  text,
  help,
}: {
  readonly value: Wanted['kind']
  readonly text: string
  readonly help: string
}) {
  const id = useId()
  return (
    <div className="flex items-start gap-2.5 border-line border-b py-2 last:border-b-0">
      <RadioGroup.Item
        value={value}
        id={id}
        aria-describedby={`${id}-help`}
        className="mt-px grid size-[18px] shrink-0 place-items-center rounded-full border border-edge bg-raised focus-visible:rounded-full"
      >
        <RadioGroup.Indicator className="size-2.5 rounded-full bg-accent" />
      </RadioGroup.Item>
      <div className="min-w-0">
        <label htmlFor={id} className="block font-semibold">
          {text}
        </label>
        <p id={`${id}-help`} className="text-meta text-ink-2 tabular-nums">
          {help}
        </p>
      </div>
    </div>
  )
}

interface StretchProps {
  readonly wanted: Wanted
  readonly busy: boolean
  readonly onChoose: (wanted: Wanted) => void
}

/** Days as archives are cut, in UTC; the last one is part of it. */
function Stretch({ wanted, busy, onChoose }: StretchProps) {
  const [from, setFrom] = useState(wanted.kind === 'range' ? dayOf(wanted.from) : '')
  const [to, setTo] = useState(wanted.kind === 'range' ? dayOf((wanted.to - 1) as Seconds) : '')
  const [begin, end] = [secondsOf(from), secondsOf(to) + 86_400]
  const isBackwards = begin >= end
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (begin < end) onChoose({ kind: 'range', from: begin as Seconds, to: end as Seconds })
  }
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
      <Field label="From" type="date" value={from} onChange={({ target }) => setFrom(target.value)} />
      <Field label="To" type="date" value={to} onChange={({ target }) => setTo(target.value)} />
      <Button type="submit" look="primary" className="h-9" busy={busy} disabled={!(begin < end)}>
        Download this time
      </Button>
      {isBackwards && <p className="basis-full text-meta text-bad">It ends before it begins.</p>}
    </form>
  )
}

const secondsOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 1000
const dayOf = (at: Seconds): string => new Date(at * 1000).toISOString().slice(0, 10)

const rates = [100_000, 500_000, 1_000_000, 5_000_000]
const spaces = [1, 5, 20, 100].map((gigabytes) => gigabytes * 1_000_000_000)

/** Of the whole profile, not of this community alone; the settings have them, too. */
function Limits() {
  const settings = useRequest('settings.get')
  const set = useAction('settings.set', () => void settings.refetch())
  if (!settings.data) return null
  const { downloadLimit, diskLimit } = settings.data
  const change = (input: Partial<Settings>): void => set.mutate(input)
  return (
    <>
      <div className="flex flex-wrap gap-3">
        <Choice
          label="Download rate"
          value={String(downloadLimit)}
          options={optionsOf(rates, downloadLimit, (value) => `${bytes(value)}/s`)}
          onChange={(value) => change({ downloadLimit: limitOf(value) })}
        />
        <Choice
          label="Space for archives"
          value={String(diskLimit)}
          options={optionsOf(spaces, diskLimit, bytes)}
          onChange={(value) => change({ diskLimit: limitOf(value) })}
        />
      </div>
      <p className="text-meta text-ink-2">
        Both count for all communities of this profile. Nothing that is here is deleted.
      </p>
      {set.isError && <Failure error={set.error} what="The limit was not kept" />}
    </>
  )
}

const limitOf = (text: string): number | null => (text === 'null' ? null : Number(text))

/** The usual ones, and the one that is set if it is another. */
function optionsOf(usual: readonly number[], current: number | null, words: (value: number) => string) {
  const values = current === null || usual.includes(current) ? usual : [...usual, current].sort((a, b) => a - b)
  return [{ value: 'null', text: 'No limit' }, ...values.map((value) => ({ value: String(value), text: words(value) }))]
}
