/** What this room asks of the others; node/ hands it over. */
import type { ArchiveLink, CommunityId, ContactId, Millis } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { CatchUp, KeyOf, Listening, Random } from '../messages/index.ts'
import type { Identity } from '../profiles/index.ts'
import type { Store } from '../store/index.ts'
import type { OutboxEntry } from '../waku/network.ts'

export interface CurrentLink {
  readonly link: ArchiveLink
  /** The publication's one clock. RULES.md R3.1. */
  readonly clock: Millis
}

export interface CommunitiesParts {
  readonly store: Store['communities']
  readonly groupKeys: Store['groupKeys']
  readonly identity: Identity
  /** What owners are told with a request to join. */
  readonly displayName: () => string
  readonly installationId: string
  readonly keyOf: KeyOf
  /** Adds or replaces what is listened to for a community (`Intake.listen`, `Intake.forget`, `Intake.catchUp`). */
  readonly listen: (listening: Listening) => Promise<void>
  readonly forget: (communityId: CommunityId) => Promise<void>
  readonly catchUp: (query: CatchUp) => Promise<number>
  /** Durable when it resolves. */
  readonly send: (entries: readonly OutboxEntry[]) => Promise<void>
  /** The newest names known of people, from what they wrote; those without one are left out. */
  readonly names: (communityId: CommunityId, people: readonly ContactId[]) => Promise<ReadonlyMap<ContactId, string>>
  /** The newest archive link that this node, as owner, announced and serves; null if there is none. */
  readonly currentLink: (communityId: CommunityId) => Promise<CurrentLink | null>
  readonly clock: Clock
  readonly random: Random
  readonly cluster?: number
}

export interface CommunitiesEvents {
  /** Its description, its members or this node's part in it. */
  changed: { readonly communityId: CommunityId }
  /** This person is a member now, and was not before. */
  joined: { readonly communityId: CommunityId }
  /** This person was put out of it, or not let in. */
  removed: { readonly communityId: CommunityId }
  /** This person reads it from now on, without being a member. */
  reading: { readonly communityId: CommunityId }
  /** Owner: somebody asks to be let in, or no longer does. */
  requests: { readonly communityId: CommunityId }
  /** A join response brought the newest link; nothing has to settle (RULES.md R3.6). */
  link: { readonly communityId: CommunityId } & CurrentLink
  /** Group keys that were not here before, the oldest of them from `since`: what waited for one can be tried again. */
  keys: { readonly communityId: CommunityId; readonly since: Millis }
  /** A description from more than 24 h ahead is not believed (RULES.md R3.5). */
  held: { readonly communityId: CommunityId; readonly clock: Millis }
  /** Something that is tried again by itself. */
  failed: { readonly communityId: CommunityId; readonly error: unknown }
}

export type Emit = <K extends keyof CommunitiesEvents>(event: K, value: CommunitiesEvents[K]) => void
