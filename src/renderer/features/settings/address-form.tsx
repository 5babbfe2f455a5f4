/** The address at which others reach this node from outside; it goes into links and announcements. */
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'

export interface AddressFormProps {
  readonly address: string
  readonly isSaving: boolean
  readonly onSave: (address: string) => void
}

export function AddressForm({ address, isSaving, onSave }: AddressFormProps) {
  const [text, setText] = useState(address)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    onSave(text.trim())
  }
  return (
    <form onSubmit={submit} className="my-4 grid gap-3">
      <Field
        label="Address of this node"
        help="The IP address that others see. It is written into the links you announce. Empty: members find you only through other members."
        value={text}
        placeholder="203.0.113.7"
        onChange={({ target }) => setText(target.value)}
      />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={isSaving} disabled={text.trim() === address}>
          Save address
        </Button>
      </div>
    </form>
  )
}
