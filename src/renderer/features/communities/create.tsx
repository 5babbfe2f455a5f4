/** A community of one's own: a name, a colour, its first channels. */
import { RadioGroup } from 'radix-ui'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { Switch } from '../../components/switch.tsx'
import { useAction } from '../../lib/client.tsx'
import { toHash } from '../../lib/routes.ts'

const colours = [
  { value: '#0a6470', name: 'Teal', look: 'bg-[#0a6470]' },
  { value: '#7a3f63', name: 'Plum', look: 'bg-[#7a3f63]' },
  { value: '#4a6b2a', name: 'Moss', look: 'bg-[#4a6b2a]' },
  { value: '#84482c', name: 'Rust', look: 'bg-[#84482c]' },
  { value: '#54508a', name: 'Iris', look: 'bg-[#54508a]' },
  { value: '#3a5a94', name: 'Blue', look: 'bg-[#3a5a94]' },
] as const

/** "general, notes" */
const channelNames = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,\n]/)
      .map((name) => name.trim().replace(/^#/, ''))
      .filter(Boolean),
  ),
]

export function CreateCommunity({ onDone }: { readonly onDone: () => void }) {
  const create = useAction('communities.create', (community) => {
    onDone()
    location.hash = toHash({ at: 'community', community: community.id })
  })
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [color, setColor] = useState<string>(colours[0].value)
  const [channels, setChannels] = useState('general')
  const [historyArchives, setHistoryArchives] = useState(true)
  const wanted = channelNames(channels)
  const isComplete = name.trim() !== '' && wanted.length > 0 && wanted.length <= 50

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!isComplete || create.isPending) return
    create.mutate({ name: name.trim(), description: description.trim(), color, channels: wanted, historyArchives })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      {create.isError && <Failure error={create.error} what="The community was not created" />}
      <Field label="Name" value={name} maxLength={100} autoFocus onChange={({ target }) => setName(target.value)} />
      <Field
        label="Description"
        help="One line about what it is for. It may stay empty."
        value={description}
        maxLength={500}
        onChange={({ target }) => setDescription(target.value)}
      />
      <Field
        label="Channels"
        help="Names with commas between them. More can be added later."
        error={wanted.length === 0 ? 'A community needs at least one channel.' : null}
        value={channels}
        onChange={({ target }) => setChannels(target.value)}
      />
      <div className="grid gap-1">
        <p className="font-medium" id="colour">
          Colour
        </p>
        <RadioGroup.Root value={color} onValueChange={setColor} aria-labelledby="colour" className="flex gap-2">
          {colours.map(({ value, name: label, look }) => (
            <RadioGroup.Item
              key={value}
              value={value}
              aria-label={label}
              className={`size-7 rounded-full border-2 border-raised ${look} focus-visible:rounded-full data-[state=checked]:ring-2 data-[state=checked]:ring-ink`}
            />
          ))}
        </RadioGroup.Root>
      </div>
      <Switch
        label="Keep its whole history"
        help="Every 7 days its messages are packed, published and announced, so that people who join later can read them."
        checked={historyArchives}
        onChange={setHistoryArchives}
      />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={create.isPending} disabled={!isComplete}>
          Create community
        </Button>
      </div>
    </form>
  )
}
