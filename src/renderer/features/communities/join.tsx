/** Joining by id or link: checked as it is typed, asked for once. */
import { type FormEvent, useState } from 'react'
import type { CommunityId } from '../../../shared/domain.ts'
import { isCommunityId } from '../../../shared/ids.ts'
import { Button } from '../../components/button.tsx'
import { Area } from '../../components/field.tsx'
import { Failure } from '../../components/note.tsx'
import { useAction } from '../../lib/client.tsx'
import { toHash } from '../../lib/routes.ts'
import type { AddFormProps } from './add-form.ts'

export function JoinCommunity({ autoFocus, link, onDone }: AddFormProps) {
  const join = useAction('communities.join', (community) => {
    onDone()
    location.hash = toHash({ at: 'community', community: community.id })
  })
  const [text, setText] = useState(link)
  const invitation = invitationIn(text.trim())

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (invitation === null || join.isPending) return
    join.mutate(invitation)
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      {join.isError && <Failure error={join.error} what="The community was not joined" />}
      <Area
        label="Community id or link"
        help="68 characters beginning with 0x02 or 0x03, or a link such as https://status.app/c#…"
        error={
          text.trim() !== '' && invitation === null
            ? 'That is not a community id (0x02 or 0x03, then 64 digits from 0 to f), nor a link.'
            : null
        }
        value={text}
        rows={2}
        maxLength={4096}
        autoFocus={autoFocus}
        className="font-mono text-meta break-all"
        onChange={({ target }) => setText(target.value)}
      />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={join.isPending} disabled={invitation === null}>
          Join
        </Button>
      </div>
    </form>
  )
}

/** Null where it is neither; what a link leads to, the node tells. */
function invitationIn(text: string): { id: CommunityId } | { link: string } | null {
  const id = text.toLowerCase()
  if (isCommunityId(id)) return { id }
  return /^(https:\/\/|status-app:\/\/|zQ3sh)\S+$/.test(text) ? { link: text } : null
}
