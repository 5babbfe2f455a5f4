/** Who is logged in: another name, another password. */
import { Check } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Profile } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Field, PasswordField } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { useAction, useRequest } from '../../lib/client.tsx'

/** As for a new profile. */
const shortPassword = 8

export function ProfileCard() {
  const { data } = useRequest('app.info')
  if (!data?.profile) return null
  return (
    <Card title="Profile">
      <div className="grid gap-4">
        <Rename key={data.profile.name} profile={data.profile} />
        <ChangePassword profile={data.profile} />
      </div>
    </Card>
  )
}

function Rename({ profile }: { readonly profile: Profile }) {
  const [name, setName] = useState(profile.name)
  const rename = useAction('profiles.rename')
  const isReady = name.trim() !== '' && name.trim() !== profile.name
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isReady && !rename.isPending) rename.mutate({ id: profile.id, name: name.trim() })
  }
  return (
    <form onSubmit={submit} className="grid gap-2">
      {rename.isError && <Failure error={rename.error} what="The name was not changed" />}
      <Field
        label="Name"
        help="Shown to the members of your communities with what you post from now on."
        value={name}
        maxLength={100}
        onChange={({ target }) => setName(target.value)}
      />
      <div className="flex justify-end">
        <Button type="submit" busy={rename.isPending} disabled={!isReady}>
          Rename
        </Button>
      </div>
    </form>
  )
}

function ChangePassword({ profile }: { readonly profile: Profile }) {
  const [password, setPassword] = useState('')
  const [next, setNext] = useState('')
  const change = useAction('profiles.changePassword', () => {
    setPassword('')
    setNext('')
  })
  const isShort = next !== '' && [...next].length < shortPassword
  const isReady = password !== '' && next !== '' && !isShort
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isReady && !change.isPending) change.mutate({ id: profile.id, password, next })
  }
  return (
    <form onSubmit={submit} className="grid gap-2 border-line border-t pt-3">
      {change.isError && <Failure error={change.error} what="The password was not changed" />}
      <PasswordField
        label="Present password"
        value={password}
        maxLength={1024}
        autoComplete="current-password"
        onChange={({ target }) => setPassword(target.value)}
      />
      <PasswordField
        label="New password"
        help="Your recovery words stay the same. Nobody can reset it."
        error={isShort ? `Use at least ${shortPassword} characters.` : null}
        value={next}
        maxLength={1024}
        autoComplete="new-password"
        onChange={({ target }) => setNext(target.value)}
      />
      <div className="flex items-center justify-end gap-2">
        {change.isSuccess && password === '' && next === '' && (
          <p role="status" className="mr-auto flex items-center gap-1.5 text-ok">
            <Check size={16} aria-hidden />
            The password was changed.
          </p>
        )}
        <Button type="submit" busy={change.isPending} disabled={!isReady}>
          Change password
        </Button>
      </div>
    </form>
  )
}
