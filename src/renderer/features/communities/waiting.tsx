/** A community that is not joined yet: what is being waited for, and why that may take a while. */
import { Hourglass, Telescope } from 'lucide-react'
import type { Community } from '../../../shared/domain.ts'
import { Blank } from '../../components/blank.tsx'
import { Button } from '../../components/button.tsx'
import { Bar } from '../../components/page.tsx'
import { shortId } from '../../lib/format.ts'
import { titleOf } from './rail.tsx'

export function WaitingCommunity({ community }: { readonly community: Community }) {
  const isUnknown = community.state === 'unknown'
  return (
    <>
      <Bar title={titleOf(community)} name={titleOf(community)} />
      <div className="grid flex-1 place-items-center overflow-auto">
        {isUnknown ? (
          <Blank
            icon={Telescope}
            title={`Looking for community ${shortId(community.id)}`}
            actions={<Button onClick={() => void navigator.clipboard.writeText(community.id)}>Copy its id</Button>}
          >
            <p>
              Nobody has told this computer about it yet. It appears here by itself as soon as one of its members’ nodes
              is reached; check with its owner that the id is right and that their node is running.
            </p>
          </Blank>
        ) : (
          <Blank icon={Hourglass} title="Asked to join, waiting for the owner’s node">
            <p>
              The owner’s node answers by itself while it is running. You can close this window: the answer arrives the
              next time both of you are online.
            </p>
          </Blank>
        )}
      </div>
    </>
  )
}
