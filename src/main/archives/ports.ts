/**
 * What this room needs of others, declared here and handed over by node/. Each port is small enough for a test to play.
 */
import type { ArchiveLink, ChatId, CommunityId, EngineKind, Millis, Topic4 } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { DistributionEngine } from '../distribution/engine.ts'
import type { InterpretContext } from '../messages/index.ts'
import type { OutboxEntry } from '../waku/network.ts'
import type { LinkPolicy } from '../wire/index.ts'
import type { KeysPort } from './blobs.ts'
import type { DeviceName } from './device-policy.ts'
import type { PlanPreference } from './plan.ts'

/** A publication, as everything that speaks of it needs it: the announcement, the description, the join response. */
export interface Publication {
  readonly communityId: CommunityId
  /** ms; one clock for every link of a publication. RULES.md R3.1. */
  readonly clock: Millis
  /** The community's primary link first. RULES.md R3.2. */
  readonly links: readonly { readonly engine: EngineKind; readonly link: ArchiveLink }[]
}

/** The engines this profile runs. Asked anew each time: engines come and go while the node lives. */
export interface EnginesPort {
  /** Those to publish on, the primary one first; only running ones. RULES.md R5.1. */
  publishing(): readonly DistributionEngine[]
  /** Those to publish on, running or not. */
  wanted(): readonly EngineKind[]
  /** Every running engine. */
  running(): readonly DistributionEngine[]
  preference(): PlanPreference
}

/** What the owner's side asks of the rest of the node. */
export interface OwnerPort {
  /** Seconds; how long a partition lasts. */
  interval(): number
  /** Days for which raw records are kept once they are archived and announced; 0: for good. */
  retentionDays(): number
  /**
   * Resolves when everything that a store node has of this community, up to now, is in the database; at once where no
   * store node is configured. Rejects when it cannot be had now: it is asked again after a while. PROTOCOL.md §5.2.
   */
  catchUp(communityId: CommunityId, signal: AbortSignal): Promise<void>
  /** The community's topics: channels in their order, the universal one last. PROTOCOL.md §4.2. */
  topics(communityId: CommunityId): Promise<readonly Topic4[]>
  /** Signed, sealed and ready for the outbox. `at` makes a repeated announcement another entry. RULES.md R3.2, R3.8. */
  composeAnnouncement(publication: Publication, at: Millis, successor?: DeviceName): Promise<OutboxEntry>
  /**
   * Asks store nodes for the description and every announcement of the last 30 days, in a query of its own; resolves when
   * all of it was handled. PROTOCOL.md §5.2, RULES.md R1.3.
   */
  findAnnouncements(communityId: CommunityId, signal: AbortSignal): Promise<void>
  /** An announcement is in the outbox, put there in a transaction that the outbox knows nothing of. */
  queued(): void
}

/** What the communities room says of a community, for the link policy. */
export interface Standing {
  readonly known: boolean
  readonly historyArchives: boolean
  readonly owner: boolean
  readonly joined: boolean
}

/** What the member's side asks of the rest of the node. */
export interface MemberPort {
  standing(communityId: CommunityId): Promise<Standing>
  /** What `interpret` needs to know; asked once for each archive. */
  interpretContext(communityId: CommunityId): Promise<InterpretContext>
  /** Channels whose history has something new; called after the batch is in it. */
  imported(communityId: CommunityId, chatIds: readonly ChatId[]): void
  /** Messages left the history, or came back to it, in these channels. */
  replaced(communityId: CommunityId, chatIds: readonly ChatId[]): void
  /** A link was ignored or refused. Null: of no community known here. */
  count(communityId: CommunityId | null, reason: string): void
  /** Whether trackers of links, and peers on this machine or in its network, may be used. RULES.md R3.4. */
  linkRules(): LinkPolicy
  /** bytes that archives may take on this disk; null: no limit. */
  diskLimit(): number | null
}

export interface ArchivePorts {
  readonly clock: Clock
  readonly engines: EnginesPort
  readonly owner: OwnerPort
  readonly member: MemberPort
  /** Group keys of encrypted communities; without it, nothing is encrypted or opened. */
  readonly keys?: KeysPort
  /** Folder for staging files; made if it is missing. */
  readonly staging: string
}
