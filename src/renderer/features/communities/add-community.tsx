/** Another community: one of one's own, or one that is there already. */
import { useState } from 'react'
import { Dialog } from '../../components/dialog.tsx'
import { Segments } from '../../components/segments.tsx'
import { CreateCommunity } from './create.tsx'
import { JoinCommunity } from './join.tsx'

export type AddKind = 'create' | 'join'

interface AddCommunityProps {
  /** Null while closed. */
  readonly kind: AddKind | null
  readonly onChange: (kind: AddKind | null) => void
}

export function AddCommunity({ kind, onChange }: AddCommunityProps) {
  const [last, setLast] = useState<AddKind>('join')
  const shown = kind ?? last
  const close = (): void => {
    setLast(shown)
    onChange(null)
  }
  return (
    <Dialog
      title="Add a community"
      description={
        shown === 'join'
          ? 'Its owner has an id for it. With it, this computer finds the community and asks to join.'
          : 'You become its owner: this computer holds its key and keeps its history.'
      }
      open={kind !== null}
      onClose={close}
    >
      <div className="mb-4">
        <Segments
          label="Add a community by"
          value={shown}
          options={[
            { value: 'join', text: 'Join by id' },
            { value: 'create', text: 'Create' },
          ]}
          onChange={onChange}
        />
      </div>
      {shown === 'join' ? <JoinCommunity onDone={close} /> : <CreateCommunity onDone={close} />}
    </Dialog>
  )
}
