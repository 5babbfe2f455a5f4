/** A community whose channels cannot be shown: what is being waited for, or why there is nothing to wait for. */
import { DoorClosed, Hourglass, Telescope, UserMinus } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Community } from '../../../shared/domain.ts'
import { Blank } from '../../components/blank.tsx'
import { Button } from '../../components/button.tsx'
import { Failure } from '../../components/note.tsx'
import { Bar } from '../../components/page.tsx'
import { useAction } from '../../lib/client.tsx'
import { shortId } from '../../lib/format.ts'
import { titleOf } from './rail.tsx'

export function WaitingCommunity({ community }: { readonly community: Community }) {
  const shows: Readonly<Record<Community['state'], () => ReactNode>> = {
    unknown: () => <Unknown community={community} />,
    requested: () => <Requested community={community} />,
    joined: () => <Requested community={community} />,
    reading: () => <Closed community={community} />,
    closed: () => <Closed community={community} />,
    refused: () => <Refused community={community} />,
    removed: () => <Removed community={community} />,
  }
  return (
    <>
      <Bar title={titleOf(community)} name={titleOf(community)} />
      <div className="grid flex-1 place-items-center overflow-auto">{shows[community.state]()}</div>
    </>
  )
}

interface PartProps {
  readonly community: Community
}

function Unknown({ community }: PartProps) {
  return (
    <Blank
      icon={Telescope}
      title={`Looking for community ${shortId(community.id)}`}
      actions={<Button onClick={() => void navigator.clipboard.writeText(community.id)}>Copy its id</Button>}
    >
      <p>
        Nobody has told this computer about it yet. It appears here by itself as soon as one of its members’ nodes is
        reached; check with its owner that the id is right and that their node is running.
      </p>
    </Blank>
  )
}

function Requested({ community }: PartProps) {
  return (
    <Blank icon={Hourglass} title="Asked to join, waiting for the owner’s node">
      <p>
        {community.joining === 'request'
          ? 'The owner answers each request by hand. You can close this window: the answer arrives the next time both of you are online.'
          : 'The owner’s node answers by itself while it is running. You can close this window: the answer arrives the next time both of you are online.'}
      </p>
      {community.introMessage !== '' && <p className="mt-2 whitespace-pre-wrap">{community.introMessage}</p>}
    </Blank>
  )
}

function Refused({ community }: PartProps) {
  return (
    <Blank icon={DoorClosed} title="The owner did not let you in" actions={<AskToJoin community={community} again />}>
      <p>You can ask again; the owner sees who asks and when.</p>
    </Blank>
  )
}

function Removed({ community }: PartProps) {
  return (
    <Blank icon={UserMinus} title="You are no longer a member" actions={<AskToJoin community={community} again />}>
      <p>The owner’s list does not name you any more. What you have read and downloaded stays on this computer.</p>
    </Blank>
  )
}

function Closed({ community }: PartProps) {
  return (
    <Blank icon={DoorClosed} title="For members only" actions={<AskToJoin community={community} />}>
      <p>Only members read this community. Ask to join, and its channels and its history appear here.</p>
    </Blank>
  )
}

function AskToJoin({ community, again = false }: PartProps & { readonly again?: boolean }) {
  const join = useAction('communities.join')
  return (
    <div className="grid justify-items-center gap-3">
      {join.isError && <Failure error={join.error} what="The request was not sent" />}
      <Button look="primary" busy={join.isPending} onClick={() => join.mutate({ id: community.id })}>
        {again ? 'Ask again' : 'Ask to join'}
      </Button>
    </div>
  )
}
