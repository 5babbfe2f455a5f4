/** A further channel, by the owner. */
import { type FormEvent, useState } from 'react'
import type { Community } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Field } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { useAction } from '../../lib/client.tsx'
import { toHash } from '../../lib/routes.ts'

interface AddChannelProps {
  readonly community: Community
  readonly open: boolean
  readonly onClose: () => void
}

export function AddChannel({ community, open, onClose }: AddChannelProps) {
  const add = useAction('communities.addChannel')
  const [name, setName] = useState('')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const wanted = name.trim()
    if (!wanted || add.isPending) return
    add.mutate(
      { id: community.id, name: wanted },
      {
        onSuccess: ({ channels }) => {
          const created = channels.find((channel) => channel.name === wanted)
          setName('')
          onClose()
          if (created)
            location.hash = toHash({ at: 'channel', community: community.id, chat: created.chatId, message: null })
        },
      },
    )
  }
  return (
    <Dialog title="Add a channel" description="Every member sees it and may write in it." open={open} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {add.isError && <Failure error={add.error} what="The channel was not added" />}
        <Field label="Name" value={name} maxLength={100} autoFocus onChange={({ target }) => setName(target.value)} />
        <div className="flex justify-end">
          <Button type="submit" look="primary" busy={add.isPending} disabled={name.trim() === ''}>
            Add channel
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
