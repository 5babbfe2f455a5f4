/** The forms with a password in them. It is kept in the form alone. */
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { create } from 'zustand'
import type { Profile } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Area, Field, PasswordField } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { Switch } from '../../components/switch.tsx'
import { type Failed, queryKey, useAction } from '../../lib/client.tsx'
import { Phrase } from './phrase.tsx'

/** Below it, only the form's own advice; the node accepts any. */
const shortPassword = 8

interface CreateFormProps {
  readonly onBack: (() => void) | null
  /** The profile is there, but could not be opened. */
  readonly onClosed: (profile: Profile) => void
}

export function CreateForm({ onBack, onClosed }: CreateFormProps) {
  const queries = useQueryClient()
  const create = useAction('profiles.create')
  const login = useAction('profiles.login')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [tried, setTried] = useState(false)
  const made = create.data
  const nameMissing = name.trim() === ''
  const passwordShort = [...password].length < shortPassword

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setTried(true)
    if (nameMissing || passwordShort || create.isPending) return
    create.mutate(
      { name: name.trim(), password },
      {
        onSuccess: () => void queries.invalidateQueries({ queryKey: queryKey('profiles.list') }),
      },
    )
  }
  if (made)
    return (
      <Phrase
        phrase={made.phrase}
        busy={login.isPending || login.isSuccess}
        onWritten={() => login.mutate({ id: made.profile.id, password }, { onError: () => onClosed(made.profile) })}
      />
    )
  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      {create.isError && <Failure error={create.error} what="The profile was not created" />}
      <Field
        label="Name"
        help="Shown to the members of your communities."
        error={tried && nameMissing ? 'Enter a name.' : null}
        value={name}
        maxLength={100}
        autoComplete="username"
        autoFocus
        onChange={({ target }) => setName(target.value)}
      />
      <PasswordField
        label="Password"
        help="At least 8 characters. Nobody can reset it: keep it where you keep such things."
        error={tried && passwordShort ? `Use at least ${shortPassword} characters.` : null}
        value={password}
        maxLength={1024}
        autoComplete="new-password"
        onChange={({ target }) => setPassword(target.value)}
      />
      <Acts submit="Create profile" busy={create.isPending} working="Making your key" onBack={onBack} />
    </form>
  )
}

/** The same person again, from the words that were written down. */
export function RestoreForm({ onBack, onClosed }: CreateFormProps) {
  const queries = useQueryClient()
  const restore = useAction('profiles.restore')
  const login = useAction('profiles.login')
  const [name, setName] = useState('')
  const [phrase, setPhrase] = useState('')
  const [password, setPassword] = useState('')
  const [replace, setReplace] = useState(false)
  const [tried, setTried] = useState(false)
  const isBusy = restore.isPending || login.isPending || login.isSuccess
  const words = phrase.trim() === '' ? 0 : phrase.trim().split(/\s+/).length
  const nameMissing = name.trim() === ''
  const passwordShort = [...password].length < shortPassword

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setTried(true)
    if (nameMissing || words < 12 || passwordShort || isBusy) return
    restore.mutate(
      { name: name.trim(), phrase, password, replace },
      {
        onSuccess: (profile) => {
          void queries.invalidateQueries({ queryKey: queryKey('profiles.list') })
          login.mutate({ id: profile.id, password }, { onError: () => onClosed(profile) })
        },
      },
    )
  }
  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      {restore.isError && <Failure error={restore.error} what="The profile was not restored" />}
      {restore.error?.code === 'exists' && (
        <Switch
          label="Set a new password for it"
          help="Its messages and archives stay as they are."
          checked={replace}
          onChange={setReplace}
        />
      )}
      <Area
        label="Recovery phrase"
        help="Twelve to twenty-four words, in their order."
        error={tried && words < 12 ? 'Enter all of the words.' : null}
        value={phrase}
        rows={3}
        maxLength={500}
        autoComplete="off"
        autoCapitalize="none"
        autoFocus
        onChange={({ target }) => setPhrase(target.value)}
      />
      <Field
        label="Name"
        help="Shown to the members of your communities."
        error={tried && nameMissing ? 'Enter a name.' : null}
        value={name}
        maxLength={100}
        autoComplete="username"
        onChange={({ target }) => setName(target.value)}
      />
      <PasswordField
        label="Password"
        help="At least 8 characters, for this computer."
        error={tried && passwordShort ? `Use at least ${shortPassword} characters.` : null}
        value={password}
        maxLength={1024}
        autoComplete="new-password"
        onChange={({ target }) => setPassword(target.value)}
      />
      <Acts
        submit="Restore profile"
        busy={isBusy}
        working={restore.isPending ? 'Restoring your key' : 'Opening your profile'}
        onBack={onBack}
      />
    </form>
  )
}

/**
 * Why the last log-in came to nothing after all. What can be read is shown before everything of a node runs; where it
 * then cannot, the form that asked is gone, and who comes back is told here.
 */
export const useLateFailure = create<{ readonly error: Failed | null }>(() => ({ error: null }))

export function LoginForm({ profile, onBack }: { readonly profile: Profile; readonly onBack: () => void }) {
  const login = useAction('profiles.login')
  const beginAnew = useAction('profiles.beginAnew')
  const isHere = useRef(true)
  useEffect(() => {
    isHere.current = true
    return () => {
      isHere.current = false
    }
  }, [])
  const [password, setPassword] = useState('')

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!password || login.isPending) return
    useLateFailure.setState({ error: null })
    login
      .mutateAsync({ id: profile.id, password })
      .catch((error: Failed) => useLateFailure.setState({ error: isHere.current ? null : error }))
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      {login.isError && <Failure error={login.error} />}
      {login.error?.code === 'corrupt' && (
        <Button look="danger" busy={beginAnew.isPending} onClick={() => beginAnew.mutate({ id: profile.id, password })}>
          Begin with an empty database
        </Button>
      )}
      {beginAnew.isError && <Failure error={beginAnew.error} />}
      <input type="text" name="username" value={profile.name} autoComplete="username" readOnly hidden />
      <PasswordField
        label="Password"
        value={password}
        maxLength={1024}
        autoComplete="current-password"
        autoFocus
        onChange={({ target }) => setPassword(target.value)}
      />
      <Acts submit="Log in" busy={login.isPending} working="Unlocking your key" onBack={onBack} />
    </form>
  )
}

interface ActsProps {
  readonly submit: string
  readonly busy: boolean
  readonly working: string
  readonly onBack: (() => void) | null
}

function Acts({ submit, busy, working, onBack }: ActsProps) {
  return (
    <div className="mt-2 flex items-center gap-2">
      <Button type="submit" look="primary" size="large" busy={busy}>
        {busy ? working : submit}
      </Button>
      {onBack && (
        <Button look="ghost" size="large" onClick={onBack} disabled={busy}>
          Back
        </Button>
      )}
    </div>
  )
}
