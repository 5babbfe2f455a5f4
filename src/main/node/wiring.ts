/** Who hears of what: the messages that steer communities, and what the rooms tell each other and the front ends. */
import type { CommunityId, EngineKind } from '../../shared/domain.ts'
import type { Archives } from '../archives/index.ts'
import type { Clock } from '../clock.ts'
import type { Communities } from '../communities/index.ts'
import type { Inbox } from '../messages/index.ts'
import type { Store } from '../store/index.ts'
import type { Waku } from '../waku/index.ts'
import type { ActivityLog } from './activity.ts'
import type { Engines } from './engines.ts'
import type { NodeEvents } from './events.ts'
import type { Following } from './following.ts'
import { heardDevice } from './history-ports.ts'
import { sentence } from './sentence.ts'
import type { Telling } from './telling.ts'

export interface WiringParts {
  readonly inbox: Inbox
  readonly communities: Communities
  readonly archives: Archives
  readonly engines: Engines
  readonly waku: Waku
  readonly store: Pick<Store, 'communities'>
  readonly following: Following
  readonly telling: Telling
  readonly events: NodeEvents
  readonly activity: ActivityLog
  readonly clock: Clock
  readonly log: (line: string) => void
  readonly report: (error: unknown) => void
}

export function wire(parts: WiringParts): void {
  hearControls(parts)
  hearMessages(parts)
  hearCommunities(parts)
  hearArchives(parts)
  hearNetwork(parts)
}

function hearControls({ inbox, communities, archives, store, clock }: WiringParts): void {
  const { handlers } = communities
  inbox.register('community-description', handlers['community-description'])
  inbox.register('request-to-join', handlers['request-to-join'])
  inbox.register('cancel-request-to-join', handlers['cancel-request-to-join'])
  inbox.register('request-to-join-response', handlers['request-to-join-response'])
  inbox.register('request-to-leave', handlers['request-to-leave'])
  inbox.register('user-kicked', handlers['user-kicked'])
  inbox.register('community-description', async ({ communityId }) => {
    const row = await store.communities.get(communityId)
    if (row !== null && row.archiveClock > 0) await archives.described(communityId, row.archiveClock)
  })
  inbox.register('archive-link', async (control) => {
    const { communityId, message, origin } = control
    await archives.announced(communityId, { ...message, from: heardDevice(control, clock.now()) }, origin)
  })
}

function hearMessages({ inbox, communities, telling, log, report }: WiringParts): void {
  // What comes out of archives goes another way: history is told of, and is never news.
  inbox.on('ingested', ({ communityId, chatIds }) => {
    telling.messages(communityId, chatIds)
    telling.unread(communityId, chatIds)
  })
  inbox.on('waiting', ({ communityId }) => void communities.keyMissing(communityId).catch(report))
  inbox.on('failed', ({ what, error }) => log(`Inbox (${what}): ${sentence(error)}`))
}

function hearCommunities({ communities, archives, following, events, log, report }: WiringParts): void {
  communities.on('changed', ({ communityId }) =>
    events.gather('communities.changed', communityId, () => ({ id: communityId })),
  )
  communities.on('requests', ({ communityId }) =>
    events.gather('communities.requested', communityId, () => ({ id: communityId })),
  )
  // What was announced before this person belonged to the community counts from now on.
  for (const begins of ['joined', 'reading'] as const) {
    communities.on(begins, ({ communityId }) => {
      archives.follow(communityId).catch(report)
      void following.follow(communityId)
    })
  }
  communities.on('link', ({ communityId, link, clock }) => {
    const announcement = { clock, link, otherLink: null, peers: [] }
    archives.announced(communityId, announcement, 'join-response').catch(report)
  })
  // Messages that waited for it in memory are read now; others came in before the last start.
  communities.on('keys', ({ communityId, since }) => {
    archives.keysArrived(communityId).catch(report)
    following.again(communityId, since).catch(report)
  })
  communities.on('failed', ({ error }) => log(`Communities: ${sentence(error)}`))
}

function hearArchives({ archives, communities, events, activity, report }: WiringParts): void {
  const changed = (communityId: CommunityId) => events.gather('history.changed', communityId, () => ({ communityId }))
  archives.signals.on((signal) => {
    const { name, communityId, from, to, detail } = signal
    events.emit('history.signal', signal)
    changed(communityId)
    void activity.add({ kind: name, communityId, from, to, detail }).catch(report)
    // What was just announced goes into the description, too, which newcomers then find as easily (RULES.md R3.1).
    if (name === 'historyArchivesCreated') void communities.publishDescription(communityId).catch(report)
  })
  archives.signals.onChanged(changed)
  archives.signals.onProgress(({ communityId }) => changed(communityId))
}

function hearNetwork({ waku, engines, archives, following, telling, events }: WiringParts): void {
  waku.on('status', (status) => {
    following.online(status.state === 'online')
    telling.network()
  })
  let states = ''
  let troubled: readonly EngineKind[] = []
  engines.onStatus(() => {
    events.gather('transfers.changed', '', () => engines.transfers())
    const now = engines.states()
    const text = JSON.stringify(now)
    if (text === states) return
    states = text
    events.gather('engines.changed', '', () => engines.states())
    // What waited for an engine goes on at once, not when its loop looks next.
    const ill = now.filter(({ state, trouble: why }) => state !== 'running' || why !== '').map(({ engine }) => engine)
    if (troubled.some((engine) => !ill.includes(engine))) archives.engineBack()
    troubled = ill
  })
}
