/** A channel's name and text, who may write in it, and taking it away. */
import { type FormEvent, useState } from 'react'
import type { Channel } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Confirm, Dialog } from '../../components/dialog.tsx'
import { Field } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { Switch } from '../../components/switch.tsx'
import { useAction } from '../../lib/client.tsx'

interface EditChannelProps {
  readonly channel: Channel
  readonly open: boolean
  readonly onClose: () => void
}

export function EditChannel({ channel, open, onClose }: EditChannelProps) {
  return (
    <Dialog title={`Edit #${channel.name}`} description="Every member sees the change." open={open} onClose={onClose}>
      <Form channel={channel} onDone={onClose} />
    </Dialog>
  )
}

function Form({ channel, onDone }: { readonly channel: Channel; readonly onDone: () => void }) {
  const edit = useAction('communities.editChannel', onDone)
  const [removing, setRemoving] = useState(false)
  const [name, setName] = useState(channel.name)
  const [description, setDescription] = useState(channel.description)
  const [onlyOwner, setOnlyOwner] = useState(channel.posting === 'chosen')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (name.trim() === '' || edit.isPending) return
    const changed = onlyOwner !== (channel.posting === 'chosen')
    const posters = onlyOwner ? [] : ('everyone' as const)
    edit.mutate({
      chatId: channel.chatId,
      name,
      description,
      ...(changed && { posting: { posters, viewersMayReact: channel.viewersMayReact || onlyOwner } }),
    })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      {edit.isError && <Failure error={edit.error} what="The channel was not changed" />}
      <Field label="Name" value={name} maxLength={100} autoFocus onChange={({ target }) => setName(target.value)} />
      <Field
        label="Description"
        value={description}
        maxLength={500}
        onChange={({ target }) => setDescription(target.value)}
      />
      <Switch
        label="Only owner and admins write here"
        help="Everybody else reads, and may react. For announcements."
        checked={onlyOwner}
        onChange={setOnlyOwner}
      />
      <div className="flex flex-wrap justify-between gap-2">
        <Button look="danger" onClick={() => setRemoving(true)}>
          Remove channel…
        </Button>
        <Button type="submit" look="primary" busy={edit.isPending} disabled={name.trim() === ''}>
          Save
        </Button>
      </div>
      <RemoveChannel channel={channel} open={removing} onDone={onDone} onClose={() => setRemoving(false)} />
    </form>
  )
}

interface RemoveProps {
  readonly channel: Channel
  readonly open: boolean
  readonly onDone: () => void
  readonly onClose: () => void
}

function RemoveChannel({ channel, open, onDone, onClose }: RemoveProps) {
  const remove = useAction('communities.removeChannel', onDone)
  return (
    <Confirm
      title={`Remove #${channel.name}?`}
      description="Nobody can write in it any more. What was said in it stays in the archives and on everybody’s computer."
      act={`Remove #${channel.name}`}
      open={open}
      busy={remove.isPending}
      onConfirm={() => remove.mutate({ chatId: channel.chatId })}
      onClose={onClose}
    >
      {remove.isError && <Failure error={remove.error} />}
    </Confirm>
  )
}
