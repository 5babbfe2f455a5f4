/** A community of one's own: a name, a colour, its first channels. */
import { type FormEvent, useState } from 'react'
import type { Community } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { Switch } from '../../components/switch.tsx'
import { useAction } from '../../lib/client.tsx'
import { toHash } from '../../lib/routes.ts'
import type { AddFormProps } from './add-form.ts'
import { ColourField, firstColour } from './colour-field.tsx'
import { JoiningField } from './joining-field.tsx'

/** "general, notes" */
const channelNames = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,\n]/)
      .map((name) => name.trim().replace(/^#/, ''))
      .filter(Boolean),
  ),
]

export function CreateCommunity({ autoFocus, onDone }: AddFormProps) {
  const create = useAction('communities.create', (community) => {
    onDone()
    location.hash = toHash({ at: 'community', community: community.id })
  })
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [color, setColor] = useState(firstColour)
  const [channels, setChannels] = useState('general')
  const [joining, setJoining] = useState<Community['joining']>('open')
  const [historyArchives, setHistoryArchives] = useState(true)
  const [encrypted, setEncrypted] = useState(false)
  const wanted = channelNames(channels)
  const isComplete = name.trim() !== '' && wanted.length > 0 && wanted.length <= 50

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!isComplete || create.isPending) return
    const text = { name: name.trim(), description: description.trim(), color, joining }
    create.mutate({ ...text, channels: wanted, historyArchives, encrypted })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      {create.isError && <Failure error={create.error} what="The community was not created" />}
      <Field
        label="Name"
        value={name}
        maxLength={100}
        autoFocus={autoFocus}
        onChange={({ target }) => setName(target.value)}
      />
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
      <ColourField value={color} onChange={setColor} />
      <JoiningField value={joining} onChange={setJoining} />
      <Switch
        label="Keep its whole history"
        help="Every 7 days its messages are packed, published and announced, so that people who join later can read them."
        checked={historyArchives}
        onChange={setHistoryArchives}
      />
      <Switch
        label="Only members can read it"
        help="Messages, archives and the list of members are encrypted, for good. Other Status apps are given the key in use; the private sessions by which they ask for older keys are not spoken here."
        checked={encrypted}
        onChange={setEncrypted}
      />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={create.isPending} disabled={!isComplete}>
          Create community
        </Button>
      </div>
    </form>
  )
}
