/**
 * The community's private key, for its owner to keep: told for the password and the typed name, shown in this dialog
 * alone, and gone with it.
 */
import { Check, Copy } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Community } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { PasswordField } from '../../components/field.tsx'
import { Failure, Note } from '../../components/note.tsx'
import { isTyped, TypedName } from '../../components/typed-name.tsx'
import { useAction } from '../../lib/client.tsx'
import { titleOf } from './rail.tsx'

interface ExportKeyProps {
  readonly community: Community
  readonly open: boolean
  readonly onClose: () => void
}

export function ExportKey({ community, open, onClose }: ExportKeyProps) {
  return (
    <Dialog
      title={`Export the key of ${titleOf(community)}`}
      description="With its private key a community is run from another computer, or got back when this one is lost."
      open={open}
      onClose={onClose}
    >
      <Form community={community} onDone={onClose} />
    </Dialog>
  )
}

/** The same, where a page offers it. */
export function ExportKeyButton({ community }: { readonly community: Community }) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>Export key…</Button>
      <ExportKey community={community} open={isOpen} onClose={() => setIsOpen(false)} />
    </>
  )
}

function Form({ community, onDone }: { readonly community: Community; readonly onDone: () => void }) {
  const told = useAction('communities.exportKey', () => setPassword(''))
  const [password, setPassword] = useState('')
  const [name, setName] = useState('')
  // Right after its adoption a community has no name yet.
  const isNamed = community.name === '' || isTyped(community.name, name)
  const isComplete = password !== '' && isNamed
  if (told.data) return <Key text={told.data.key} onDone={onDone} />

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isComplete && !told.isPending) told.mutate({ id: community.id, password })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Note tone="warn" title="Whoever has this key is the owner.">
        They can speak for the community, change it and remove people. It cannot be changed or taken back.
      </Note>
      {told.isError && <Failure error={told.error} what="The key was not shown" />}
      <PasswordField
        label="Your password"
        value={password}
        autoFocus
        autoComplete="current-password"
        onChange={({ target }) => setPassword(target.value)}
      />
      {community.name !== '' && <TypedName name={community.name} value={name} onChange={setName} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" look="primary" busy={told.isPending} disabled={!isComplete}>
          Show key
        </Button>
      </div>
    </form>
  )
}

function Key({ text, onDone }: { readonly text: string; readonly onDone: () => void }) {
  const [copied, setCopied] = useState<'yes' | 'no' | null>(null)
  const copy = (): void => {
    // There is no clipboard on a page that came over plain http from another computer.
    const writing = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'))
    writing.then(
      () => setCopied('yes'),
      () => setCopied('no'),
    )
  }
  return (
    <div className="grid gap-4">
      <p className="text-ink-2">
        Keep it where your recovery phrase is, not in a chat. It is hidden again when this closes.
      </p>
      <section aria-label="Private key" className="rounded-card border border-edge px-4 py-3">
        <code className="font-mono break-all select-all">{text}</code>
      </section>
      {copied === 'no' && (
        <p role="alert" className="text-bad">
          This browser did not copy it: mark the key and copy it by hand.
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button icon={copied === 'yes' ? Check : Copy} autoFocus onClick={copy}>
          {copied === 'yes' ? 'Copied' : 'Copy key'}
        </Button>
        <Button look="primary" onClick={onDone}>
          Done
        </Button>
      </div>
    </div>
  )
}
