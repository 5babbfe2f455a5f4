/** What the archives room asks of the rest of the node, answered. */
import type { ChatId, CommunityId, CommunityState, Millis } from '../../shared/domain.ts'
import { deviceOf, type HeardDevice, type KeysPort, type MemberPort, type OwnerPort } from '../archives/index.ts'
import type { Communities } from '../communities/index.ts'
import type { Control } from '../messages/index.ts'
import type { Outbox } from '../waku/index.ts'
import { type AddressScope, hexToBytes } from '../wire/index.ts'
import type { CatchUp } from './catch-up.ts'
import type { Engines } from './engines.ts'

/**
 * Whose history is restored here: members', and readers'. The reference does so for members alone (PROTOCOL.md §6.1 step
 * 5); what may be read live may be read from its archives, too.
 */
export const reads = (state: CommunityState): boolean => state === 'joined' || state === 'reading'

export interface OwnerPortParts {
  readonly communities: Communities
  readonly engines: Engines
  readonly catchUp: CatchUp
  /** ms */
  readonly interval: () => Millis
  readonly retentionDays: () => number
  readonly outbox: Pick<Outbox, 'wake'>
}

export function ownerPort(parts: OwnerPortParts): OwnerPort {
  const { communities, engines, catchUp, interval, retentionDays, outbox } = parts
  return {
    retentionDays,
    interval: () => interval() / 1000,
    catchUp: (communityId, signal) => catchUp.run(communityId, signal),
    topics: async (communityId) => communities.archivedTopics(communityId),
    composeAnnouncement: ({ communityId, clock, links }, at, successor) => {
      const [primary, other] = links
      if (primary === undefined) throw new Error('a publication without a link')
      return communities.composeAnnouncement(communityId, {
        clock,
        link: primary.link,
        otherLink: other?.link ?? null,
        hints: engines.addresses(),
        at,
        ...(successor === undefined ? {} : { successor: hexToBytes(successor) }),
      })
    },
    findAnnouncements: (communityId, signal) => catchUp.announcements(communityId, signal),
    queued: () => outbox.wake(),
  }
}

export function keysPort(
  communities: Communities,
  random: KeysPort['random'],
  report: (error: unknown) => void,
): KeysPort {
  return {
    nextStep: (communityId) => communities.nextStep(communityId),
    held: (communityId) =>
      communities.has(communityId) ? communities.interpretContext(communityId, 'archive').groupKeys : [],
    missing: (communityId) => void communities.keyMissing(communityId).catch(report),
    random,
  }
}

/** Which of an owner's devices said this, and when: by its own word, but not later than now. RULES.md R3.7. */
export function heardDevice(control: Control<'archive-link'>, now: Millis): HeardDevice {
  const { message, installation, origin, sentAt } = control
  return {
    device: deviceOf(message.deviceId, installation),
    successor: deviceOf(message.successor, null),
    at: (origin === 'live' ? now : Math.min(now, sentAt * 1000)) as Millis,
  }
}

export interface MemberPortParts {
  readonly communities: Communities
  readonly count: (communityId: CommunityId | null, reason: string) => void
  readonly imported: (communityId: CommunityId, chatIds: ReadonlySet<ChatId>) => void
  readonly replaced: MemberPort['replaced']
  readonly reach: 'machine' | 'lan' | 'internet'
  /** Whether trackers that links name may be asked. */
  readonly trackers: boolean
  readonly diskLimit: () => number | null
}

const scopes: Readonly<Record<MemberPortParts['reach'], ReadonlySet<AddressScope>>> = {
  machine: new Set(['loopback']),
  lan: new Set(['loopback', 'private']),
  internet: new Set(['public']),
}

export function memberPort(parts: MemberPortParts): MemberPort {
  const { communities, count, imported, replaced, reach, trackers, diskLimit } = parts
  return {
    standing: async (communityId) => {
      if (!communities.has(communityId)) return { known: false, historyArchives: false, owner: false, joined: false }
      const { role, state, historyArchives } = communities.get(communityId)
      return { known: true, historyArchives, owner: role === 'owner', joined: reads(state) }
    },
    interpretContext: async (communityId) => communities.interpretContext(communityId, 'archive'),
    imported: (communityId, chatIds) => imported(communityId, new Set(chatIds)),
    replaced,
    count,
    linkRules: () => ({ trackers, peerScopes: scopes[reach] }),
    diskLimit,
  }
}
