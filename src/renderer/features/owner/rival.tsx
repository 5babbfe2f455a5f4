/** Another device with the community's key: whom members follow, what was chosen, and choosing. RULES.md R3.7. */
import { Check } from 'lucide-react'
import type { RequestInput, Rival } from '../../../shared/contract.ts'
import type { Community } from '../../../shared/domain.ts'
import { Button } from '../../components/button.tsx'
import { Failure, Note } from '../../components/note.tsx'
import { useAction } from '../../lib/client.tsx'
import { iso, moment, shortId } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'

type Choice = RequestInput<'history.resolveRival'>['choice']

const acts = { 'keep-publishing': 'Publish from here', yield: 'Let the other publish' } as const
const choices: readonly Choice[] = ['keep-publishing', 'yield']

interface RivalProps {
  readonly community: Community
  readonly rival: Rival
}

export function RivalNote({ community, rival }: RivalProps) {
  const now = useNow(10_000)
  const resolve = useAction('history.resolveRival')
  const { device, since, heardAt, choice } = rival
  return (
    <>
      {resolve.isError && <Failure error={resolve.error} what="The choice was not made" />}
      <Note
        tone={choice === null ? 'warn' : 'info'}
        title="Another computer archives this community with the same key."
        actions={choices.map((one) => (
          // Both stay: who chose by keyboard stays where they are.
          <Button
            key={one}
            size="small"
            {...(choice === one && { icon: Check })}
            aria-pressed={choice === one}
            onClick={() => resolve.isPending || resolve.mutate({ communityId: community.id, choice: one })}
          >
            {acts[one]}
          </Button>
        ))}
      >
        <p>{meaningOf(rival)}</p>
        <p className="text-meta">
          Computer {nameOf(device)}: first heard <time dateTime={iso(since)}>{moment(since, now)}</time>, last heard{' '}
          <time dateTime={iso(heardAt)}>{moment(heardAt, now)}</time>.
        </p>
      </Note>
    </>
  )
}

function meaningOf({ choice, followed }: Rival): string {
  if (choice === 'yield') return 'You let it publish. This computer records, and publishes nothing.'
  if (choice === 'keep-publishing')
    return followed === 'this-device'
      ? 'You chose to publish from here, and members follow this computer.'
      : 'You chose to publish from here. Members follow the other computer until it hands over or has been silent for a while: let it stop.'
  return followed === 'this-device'
    ? 'Members follow this computer, which goes on publishing; nothing is lost. Choose, so that the other one knows, too.'
    : 'Members follow the newest link, which is the other one’s. Until you choose, publishing is paused here and nothing is lost.'
}

/** A device id is long; the name of an installation is for people. */
const nameOf = (device: string): string => (/^[0-9a-f]{9,}$/.test(device) ? shortId(device) : device)
