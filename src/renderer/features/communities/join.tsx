/** Joining by id: checked as it is typed, asked for once. */
import { type FormEvent, useState } from 'react'
import { isCommunityId } from '../../../shared/ids.ts'
import { Button } from '../../components/button.tsx'
import { Area } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { useAction } from '../../lib/client.tsx'
import { toHash } from '../../lib/routes.ts'
import type { AddFormProps } from './add-form.ts'

export function JoinCommunity({ autoFocus, onDone }: AddFormProps) {
  const join = useAction('communities.join', (community) => {
    onDone()
    location.hash = toHash({ at: 'community', community: community.id })
  })
  const [text, setText] = useState('')
  const id = text.trim().toLowerCase()
  const known = isCommunityId(id)

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!isCommunityId(id) || join.isPending) return
    join.mutate({ id })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      {join.isError && <Failure error={join.error} what="The community was not joined" />}
      <Area
        label="Community id"
        help="68 characters, beginning with 0x02 or 0x03."
        error={id !== '' && !known ? 'That is not a community id: 0x02 or 0x03, then 64 digits from 0 to f.' : null}
        value={text}
        rows={2}
        maxLength={200}
        autoFocus={autoFocus}
        className="font-mono text-meta break-all"
        onChange={({ target }) => setText(target.value)}
      />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={join.isPending} disabled={!known}>
          Join
        </Button>
      </div>
    </form>
  )
}
