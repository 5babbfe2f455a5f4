/** Archiving, for an owner who wants to leave it alone for years: whether it works, what is due, who has it. */
import { KeyRound, ShieldAlert, UserPlus } from 'lucide-react'
import type { ReactNode } from 'react'
import type { History } from '../../../shared/contract.ts'
import type { Community } from '../../../shared/domain.ts'
import { Blank } from '../../components/blank.tsx'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/note.tsx'
import { Bar, Content } from '../../components/page.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { useRequest } from '../../lib/client.tsx'
import { counted } from '../../lib/format.ts'
import { toHash } from '../../lib/routes.ts'
import { Announcements } from './announcements.tsx'
import { Archiving } from './archiving.tsx'
import { DiscordImport } from './discord-import.tsx'
import { Health } from './health.tsx'
import { OwnerNotes } from './owner-notes.tsx'
import { Retention } from './retention.tsx'
import { Sharing } from './sharing.tsx'

interface OwnerPageProps {
  readonly community: Community
  /** The button that exports the community's key: another feature's. */
  readonly keyExport: ReactNode
}

export function OwnerPage({ community, keyExport }: OwnerPageProps) {
  const isOwner = community.role === 'owner'
  return (
    <>
      <Bar title="Archiving" name={`Archiving · ${community.name}`} />
      <Content>
        {isOwner ? (
          <Body community={community} keyExport={keyExport} />
        ) : (
          <Blank icon={ShieldAlert} title="Only the owner archives a community">
            <p>What you have of its history, and what is still to come, is on the History page.</p>
          </Blank>
        )}
      </Content>
    </>
  )
}

function Body({ community, keyExport }: OwnerPageProps) {
  const history = useRequest('history.show', { communityId: community.id })
  return (
    <>
      {history.isError && (
        <Failure
          error={history.error}
          what={history.data ? 'The newest state could not be read' : 'The state of archiving could not be read'}
          onRetry={history.refetch}
        />
      )}
      {history.isPending && <Loading />}
      {history.data && <Cards community={community} history={history.data} keyExport={keyExport} />}
    </>
  )
}

function Cards({ community, history, keyExport }: OwnerPageProps & { readonly history: History }) {
  return (
    <>
      <OwnerNotes community={community} />
      <div className="grid items-start gap-3 wide:grid-cols-[5fr_4fr]">
        <div className="grid gap-3">
          <Archiving community={community} history={history} />
          <Health community={community} history={history} />
          <DiscordImport community={community} />
        </div>
        <div className="grid gap-3">
          <Sharing history={history} />
          <Announcements community={community} links={history.links} />
          <Requests community={community} />
          <Retention community={community} />
          <Card title="The community’s key">
            <div className="grid justify-items-start gap-2 text-ink-2">
              <p className="flex gap-2">
                <KeyRound size={16} aria-hidden className="mt-0.5 shrink-0" />
                Whoever has this key is the owner. Keep a copy away from this computer, or the community is lost with
                it.
              </p>
              {keyExport}
            </div>
          </Card>
        </div>
      </div>
    </>
  )
}

function Requests({ community }: { readonly community: Community }) {
  const requests = useRequest('communities.requests', { id: community.id, limit: 1 })
  const pending = requests.data?.pending ?? 0
  return (
    <Card title="Requests to join">
      {requests.isError ? (
        <Failure error={requests.error} what="The requests could not be read" onRetry={requests.refetch} />
      ) : (
        <p className="flex flex-wrap items-center gap-2 text-ink-2">
          <UserPlus size={16} aria-hidden className="shrink-0" />
          {requests.isPending
            ? 'Reading the requests'
            : pending > 0
              ? `${counted(pending, 'person asks', 'people ask')} to be let in.`
              : community.joining === 'open'
                ? 'None waits: whoever asks is let in.'
                : 'None waits for your answer.'}
          <a className="text-accent underline" href={toHash({ at: 'people', community: community.id })}>
            {pending > 0 ? 'Answer them' : 'Open people'}
          </a>
        </p>
      )}
    </Card>
  )
}

function Loading() {
  return (
    <div className="grid gap-3 wide:grid-cols-[5fr_4fr]">
      <Card>
        <Lines rows={5} label="Reading the state of archiving" />
      </Card>
      <Card>
        <Lines rows={3} label="Reading the settings" />
      </Card>
    </div>
  )
}
