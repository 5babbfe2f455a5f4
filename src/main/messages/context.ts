/**
 * What `interpret` needs to know of a community. Plain data, structured-clonable: the import workers get a copy.
 */
import type { ChatId, CommunityId, ContactId, MessageSource, Seconds } from '../../shared/domain.ts'
import type { AuthorStanding } from '../store/records.ts'
import type { ChannelRule } from './permissions.ts'
import type { GroupKey } from './ratchets.ts'

/** Who is who today. Never decides whether history is kept, only how it is marked (RULES.md R4.5). */
export interface People {
  readonly members: ReadonlySet<ContactId>
  readonly banned: ReadonlySet<ContactId>
  /** Were members in an earlier description that this node saw. */
  readonly former: ReadonlySet<ContactId>
  /** Owner, admins, token masters: may delete and pin what others wrote. */
  readonly privileged: ReadonlySet<ContactId>
  /** Of the channels in which not everybody may write. */
  readonly rules: ReadonlyMap<ChatId, ChannelRule>
}

export interface InterpretContext extends People {
  readonly communityId: CommunityId
  readonly origin: MessageSource
  /** Oldest first. */
  readonly groupKeys: readonly GroupKey[]
  readonly membersMayPin: boolean
  /** Whether this node archives, and so keeps the raw record. PROTOCOL.md §4.1. */
  readonly keepRaw: boolean
}

/** A decrypted transport payload, from the network or from an archive. PROTOCOL.md §1.1. */
export interface TransportRecord {
  /** 32 bytes. */
  readonly hash: Uint8Array
  /** 65 bytes or empty: the transport signer, never an author (RULES.md R4.2). */
  readonly sig: Uint8Array
  readonly timestamp: Seconds
  /** 4 bytes. */
  readonly topic: Uint8Array
  readonly payload: Uint8Array
  readonly padding: Uint8Array
  readonly thirdPartyId: string
}

export const nobody: People = {
  members: new Set(),
  banned: new Set(),
  former: new Set(),
  privileged: new Set(),
  rules: new Map(),
}

/** R4.5: a ban is shown before everything else, and the community itself is always one of its own. */
export function standingOf(author: ContactId, people: People, communityKey: ContactId | null): AuthorStanding {
  if (people.banned.has(author)) return 'banned'
  if (author === communityKey || people.members.has(author)) return 'member'
  return people.former.has(author) ? 'former' : 'unknown'
}
