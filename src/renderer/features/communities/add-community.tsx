/** Another community: one of one's own, one that is there already, or one whose key one has. */
import { useState } from 'react'
import { Dialog } from '../../components/dialog.tsx'
import { Segments } from '../../components/segments.tsx'
import { AdoptCommunity } from './adopt.tsx'
import { CreateCommunity } from './create.tsx'
import { JoinCommunity } from './join.tsx'

export type AddKind = 'create' | 'join' | 'adopt'

const about: Readonly<Record<AddKind, string>> = {
  join: 'Its owner has an id or a link for it. With it, this computer finds the community and asks to join.',
  create: 'You become its owner: this computer holds its key and keeps its history.',
  adopt: 'With its private key you run it from this computer, wherever it was founded.',
}

const forms = { join: JoinCommunity, create: CreateCommunity, adopt: AdoptCommunity } as const

interface AddCommunityProps {
  /** Null while closed. */
  readonly kind: AddKind | null
  /** What is to be joined, where it is known already. */
  readonly link: string
  readonly onChange: (kind: AddKind | null) => void
}

export function AddCommunity({ kind, link, onChange }: AddCommunityProps) {
  const [last, setLast] = useState<AddKind>('join')
  /** Then the focus stays with the segments: arrows lead on to the next one. */
  const [hasSwitched, setHasSwitched] = useState(false)
  const shown = kind ?? last
  const Form = forms[shown]
  const close = (): void => {
    setLast(shown)
    setHasSwitched(false)
    onChange(null)
  }
  return (
    <Dialog title="Add a community" description={about[shown]} open={kind !== null} onClose={close}>
      <div className="mb-4">
        <Segments
          label="Add a community by"
          value={shown}
          options={[
            { value: 'join', text: 'Join by id' },
            { value: 'create', text: 'Create' },
            { value: 'adopt', text: 'Adopt by key' },
          ]}
          onChange={(next) => {
            setHasSwitched(true)
            onChange(next)
          }}
        />
      </div>
      <Form key={link} autoFocus={!hasSwitched} link={link} onDone={close} />
    </Dialog>
  )
}
