/** What a community says of itself, changed by its owner. Saved as a whole; members see it when it reaches them. */
import { type FormEvent, useState } from 'react'
import type { Community } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Area, Field } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { Switch } from '../../components/switch.tsx'
import { useAction } from '../../lib/client.tsx'
import { ColourField } from './colour-field.tsx'
import { JoiningField } from './joining-field.tsx'

interface EditProps {
  readonly community: Community
  readonly open: boolean
  readonly onClose: () => void
}

export function EditCommunity({ community, open, onClose }: EditProps) {
  return (
    <Dialog
      title="Edit community"
      description="What people see of it before they join, and what they may do in it."
      open={open}
      onClose={onClose}
    >
      <Form community={community} onDone={onClose} />
    </Dialog>
  )
}

function Form({ community, onDone }: { readonly community: Community; readonly onDone: () => void }) {
  const edit = useAction('communities.edit', onDone)
  const [draft, setDraft] = useState({
    name: community.name,
    description: community.description,
    emoji: community.emoji,
    color: community.color,
    introMessage: community.introMessage,
    joining: community.joining,
    membersMayPin: community.membersMayPin,
    openToRead: community.openToRead,
  })
  const set = (change: Partial<typeof draft>): void => setDraft({ ...draft, ...change })
  const isComplete = draft.name.trim() !== ''

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isComplete && !edit.isPending) edit.mutate({ id: community.id, ...draft })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      {edit.isError && <Failure error={edit.error} what="Nothing was changed" />}
      <div className="grid grid-cols-[1fr_5rem] gap-3">
        <Field
          label="Name"
          value={draft.name}
          maxLength={100}
          autoFocus
          onChange={({ target }) => set({ name: target.value })}
        />
        <Field
          label="Emoji"
          value={draft.emoji}
          maxLength={32}
          onChange={({ target }) => set({ emoji: target.value })}
        />
      </div>
      <Field
        label="Description"
        value={draft.description}
        maxLength={500}
        onChange={({ target }) => set({ description: target.value })}
      />
      <ColourField value={draft.color} onChange={(color) => set({ color })} />
      <JoiningField value={draft.joining} onChange={(joining) => set({ joining })} />
      {draft.joining === 'request' && (
        <Area
          label="Said to who asks"
          help="Rules, or what they should tell you. It may stay empty."
          rows={3}
          value={draft.introMessage}
          maxLength={1400}
          onChange={({ target }) => set({ introMessage: target.value })}
        />
      )}
      <Switch
        label="Members may pin messages"
        checked={draft.membersMayPin}
        onChange={(membersMayPin) => set({ membersMayPin })}
      />
      <Switch
        label="May be read without joining"
        help="Whoever knows the id reads along and gets the history, without being listed."
        checked={draft.openToRead}
        onChange={(openToRead) => set({ openToRead })}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" look="primary" busy={edit.isPending} disabled={!isComplete}>
          Save
        </Button>
      </div>
    </form>
  )
}
