/** People of one standing, a page at a time, and what can be done about each. */
import { Ban, Copy, Crown, Ellipsis, ShieldCheck, ShieldOff, Undo2, UserMinus } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Community, Member } from '../../../shared/domain.ts'
import { Avatar } from '../../components/avatar.tsx'
import { Button, IconButton } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Menu, type MenuItem } from '../../components/menu.tsx'
import { Failure } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { Tag } from '../../components/tag.tsx'
import { type Failed, useAction, usePages } from '../../lib/client.tsx'
import { count, nameOf, shortId } from '../../lib/format.ts'

interface PeopleProps {
  readonly community: Community
  readonly standing: Member['standing']
  readonly title: string
  /** Shown where there is nobody. */
  readonly empty: ReactNode
}

export const PAGE = 50

export function People({ community, standing, title, empty }: PeopleProps) {
  const input = { id: community.id, standing, limit: PAGE }
  const pages = usePages('communities.members', input, ({ members }) =>
    members.length < PAGE ? null : { after: members.at(-1)?.contactId },
  )
  const [problem, setProblem] = useState<Failed | null>(null)
  if (pages.isPending)
    return (
      <Card title={title}>
        <Lines rows={3} label={`Reading who is there: ${title}`} />
      </Card>
    )
  if (pages.isError && !pages.data)
    return <Failure error={pages.error} what="The list of people could not be read" onRetry={pages.refetch} />
  const people = pages.data?.pages.flatMap(({ members }) => members) ?? []
  if (people.length === 0) return empty
  return (
    <Card title={title} beside={<Count value={pages.data?.pages[0]?.total ?? people.length} />}>
      {problem && <Failure error={problem} what="That was not done" />}
      <ul className="divide-y divide-line">
        {people.map((person) => (
          <Row key={person.contactId} community={community} person={person} onProblem={setProblem} />
        ))}
      </ul>
      {pages.hasNextPage && (
        <div className="pt-3">
          <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </Card>
  )
}

export function Count({ value }: { readonly value: number }) {
  return <span className="text-meta text-ink-3 tabular-nums">{count(value)}</span>
}

const roles = {
  owner: { icon: Crown, tone: 'accent', word: 'Owner' },
  admin: { icon: ShieldCheck, tone: 'info', word: 'Admin' },
  'token-master': { icon: ShieldCheck, tone: 'info', word: 'Token master' },
  member: null,
} as const

interface RowProps {
  readonly community: Community
  readonly person: Member
  readonly onProblem: (problem: Failed | null) => void
}

function Row({ community, person, onProblem }: RowProps) {
  const { contactId, name } = person
  const role = person.standing === 'member' ? roles[person.role] : null
  const shown = nameOf(name, contactId)
  return (
    <li className="flex min-h-11 items-center gap-3 py-1.5">
      <Avatar id={contactId} name={shown} size="medium" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{shown}</span>
        <span className="block truncate font-mono text-label text-ink-3">{shortId(contactId)}</span>
      </span>
      {role && (
        <Tag icon={role.icon} tone={role.tone}>
          {role.word}
        </Tag>
      )}
      <RowMenu community={community} person={person} onProblem={onProblem} />
    </li>
  )
}

function RowMenu({ community, person, onProblem }: RowProps) {
  const [asking, setAsking] = useState<'remove' | 'ban' | null>(null)
  const { contactId, standing } = person
  const shown = nameOf(person.name, contactId)
  const target = { id: community.id, contactId }
  const told = { onError: onProblem, onSuccess: () => onProblem(null) }
  const setAdmin = useAction('communities.setAdmin')
  const unban = useAction('communities.unban')
  const copy: MenuItem = {
    icon: Copy,
    text: 'Copy public key',
    onSelect: () => void navigator.clipboard.writeText(contactId),
  }
  const admin = person.role === 'admin'
  const decisions: Readonly<Record<Member['standing'], readonly MenuItem[]>> = {
    member: [
      {
        icon: admin ? ShieldOff : ShieldCheck,
        text: admin ? 'Take back admin' : 'Make an admin',
        onSelect: () => setAdmin.mutate({ ...target, admin: !admin }, told),
      },
      { icon: UserMinus, text: 'Remove…', danger: true, onSelect: () => setAsking('remove') },
      { icon: Ban, text: 'Ban…', danger: true, onSelect: () => setAsking('ban') },
    ],
    banned: [{ icon: Undo2, text: 'Take back the ban', onSelect: () => unban.mutate(target, told) }],
    former: [{ icon: Ban, text: 'Ban…', danger: true, onSelect: () => setAsking('ban') }],
  }
  const mayDecide = community.role === 'owner' && person.role !== 'owner'
  return (
    <>
      <Menu label={shown} items={[copy, ...(mayDecide ? decisions[standing] : [])]}>
        <IconButton icon={Ellipsis} label={`More about ${shown}`} />
      </Menu>
      <PutOut community={community} person={person} act={asking} onClose={() => setAsking(null)} />
    </>
  )
}

const acts = {
  remove: {
    title: 'Remove',
    means: 'They can ask to join again. What they wrote stays, and they keep what they have.',
  },
  ban: {
    title: 'Ban',
    means: 'They cannot join again, and what they wrote is hidden from everybody’s channels.',
  },
} as const

interface PutOutProps {
  readonly community: Community
  readonly person: Member
  readonly act: keyof typeof acts | null
  readonly onClose: () => void
}

function PutOut({ community, person, act, onClose }: PutOutProps) {
  const remove = useAction('communities.removeMember', onClose)
  const ban = useAction('communities.ban', onClose)
  const shown = nameOf(person.name, person.contactId)
  const { title, means } = acts[act ?? 'remove']
  const { mutate, isPending, isError, error } = act === 'ban' ? ban : remove
  return (
    <Confirm
      title={`${title} ${shown}?`}
      description={means}
      act={`${title} ${shown}`}
      open={act !== null}
      busy={isPending}
      onConfirm={() => mutate({ id: community.id, contactId: person.contactId })}
      onClose={onClose}
    >
      {isError && <Failure error={error} />}
    </Confirm>
  )
}
