/** A community whose private key one has: the key is checked as it is typed, and is nowhere once it was taken in. */
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { PasswordField } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { Switch } from '../../components/switch.tsx'
import { useAction } from '../../lib/client.tsx'
import { toHash } from '../../lib/routes.ts'
import type { AddFormProps } from './add-form.ts'
import { keyIn } from './key-text.ts'

export function AdoptCommunity({ autoFocus, onDone }: AddFormProps) {
  const [text, setText] = useState('')
  const [historyArchives, setHistoryArchives] = useState(true)
  const adopt = useAction('communities.adopt', (community) => {
    setText('')
    onDone()
    location.hash = toHash({ at: historyArchives ? 'history' : 'community', community: community.id })
  })
  const { digits, problem } = keyIn(text)
  const isComplete = digits === 64 && problem === null

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isComplete && !adopt.isPending) adopt.mutate({ key: text.trim(), historyArchives })
  }
  return (
    <form onSubmit={submit} className="grid gap-4" autoComplete="off">
      {adopt.isError && <Failure error={adopt.error} what="The community was not adopted" />}
      <PasswordField
        label="Private key"
        secret="key"
        help={digits === 0 ? '64 digits from 0 to f, with or without 0x before them.' : `${digits} of 64 digits`}
        error={problem}
        value={text}
        maxLength={200}
        autoFocus={autoFocus}
        autoComplete="off"
        onChange={({ target }) => setText(target.value)}
      />
      <Switch
        label="Keep its whole history"
        help="Every 7 days its messages are packed, published and announced, so that people who join later can read them."
        checked={historyArchives}
        onChange={setHistoryArchives}
      />
      <p className="text-ink-2">
        {historyArchives
          ? 'What happens next: this computer looks for what was archived before, downloads and checks all of it, and then continues it. Until that is done it publishes nothing.'
          : 'What happens next: this computer looks for the community, and records what is said. No history is published from here.'}{' '}
        Where another computer still runs it with the same key, you choose which of the two goes on.
      </p>
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={adopt.isPending} disabled={!isComplete}>
          Adopt community
        </Button>
      </div>
    </form>
  )
}
