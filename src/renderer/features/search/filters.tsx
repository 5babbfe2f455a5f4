/** The filters that are asked for most, to be chosen instead of typed. They stand in the field as if they had been typed. */
import { Image, Link, Pin } from 'lucide-react'
import { useId } from 'react'
import type { Community } from '../../../shared/domain.ts'
import { type FilterKey, toggled, valuesOf, withValues } from './filter-text.ts'

interface FiltersProps {
  readonly community: Community
  readonly text: string
  readonly onChange: (text: string) => void
}

const chip =
  'inline-flex h-[26px] items-center gap-1.5 rounded-full border border-edge bg-raised px-2.5 text-meta font-medium text-ink hover:bg-hover focus-visible:rounded-full aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent-strong'

const things = [
  { value: 'image', text: 'Has an image', icon: Image },
  { value: 'link', text: 'Has a link', icon: Link },
  { value: 'pin', text: 'Pinned', icon: Pin },
] as const

export function Filters({ community, text, onChange }: FiltersProps) {
  const has = valuesOf(text, 'has')
  const [channel = ''] = valuesOf(text, 'channel')
  return (
    <fieldset aria-label="Filters" className="flex flex-wrap items-center gap-2">
      <select
        aria-label="Channel"
        value={community.channels.some(({ name }) => name === channel) ? channel : ''}
        onChange={({ target: { value } }) => onChange(withValues(text, 'channel', value === '' ? [] : [value]))}
        className={`${chip} max-w-44`}
      >
        <option value="">Any channel</option>
        {community.channels.map(({ chatId, name }) => (
          <option key={chatId} value={name}>
            #{name}
          </option>
        ))}
      </select>
      <Day label="From" filter="after" text={text} onChange={onChange} />
      <Day label="Before" filter="before" text={text} onChange={onChange} />
      {things.map(({ value, text: words, icon: Icon }) => (
        <button
          key={value}
          type="button"
          aria-pressed={has.includes(value)}
          onClick={() => onChange(toggled(text, 'has', value))}
          className={chip}
        >
          <Icon size={14} aria-hidden />
          {words}
        </button>
      ))}
    </fieldset>
  )
}

interface DayProps {
  readonly label: string
  readonly filter: FilterKey
  readonly text: string
  readonly onChange: (text: string) => void
}

function Day({ label, filter, text, onChange }: DayProps) {
  const id = useId()
  const [value = ''] = valuesOf(text, filter)
  return (
    <span className="inline-flex items-center gap-1.5">
      <label htmlFor={id} className="text-meta text-ink-2">
        {label}
      </label>
      <input
        id={id}
        type="date"
        value={/^\d{4}-\d\d-\d\d$/.test(value) ? value : ''}
        onChange={({ target }) => onChange(withValues(text, filter, target.value === '' ? [] : [target.value]))}
        className={chip}
      />
    </span>
  )
}
