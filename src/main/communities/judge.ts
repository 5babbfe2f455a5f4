/**
 * Whether a description that came in replaces the one we have. Pure. Only the community's own key may describe it
 * (PROTOCOL.md §2), an older one never beats a newer one (R4.6), and one from the future waits (R3.5).
 */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import {
  ApplicationType,
  type CommunityDescription,
  decodeCommunityDescription,
  equalBytes,
  isSignedByCommunity,
  openApplicationMessage,
  WireError,
} from '../wire/index.ts'

/** R3.5: ms that a clock may be ahead of ours. */
export const CLOCK_TOLERANCE = 24 * 3600 * 1000

export type DescriptionVerdict =
  | {
      readonly verdict: 'accepted'
      readonly description: CommunityDescription
      /** Its archive clock, 0 where that is itself from the future. */
      readonly archiveClock: Millis
    }
  /** Until `clock` is no longer in the future. */
  | { readonly verdict: 'held'; readonly clock: Millis }
  | { readonly verdict: 'known' }
  | { readonly verdict: 'refused'; readonly reason: DescriptionRefusal }
export type DescriptionRefusal =
  | 'undecodable'
  | 'wrong-signer'
  | 'wrong-type'
  | 'wrong-community'
  | 'bad-clock'
  | 'older'

export interface KnownDescription {
  /** The application message, as signed; null if there is none yet. */
  readonly message: Uint8Array | null
  readonly clock: Millis
}

/** Judges an application message that says it is a description. */
export function judgeDescription(
  communityId: CommunityId,
  message: Uint8Array,
  known: KnownDescription,
  now: Millis,
): DescriptionVerdict {
  const read = readDescription(communityId, message)
  if (typeof read === 'string') return { verdict: 'refused', reason: read }
  if (read.clock > now + CLOCK_TOLERANCE) return { verdict: 'held', clock: read.clock as Millis }
  if (known.message !== null && equalBytes(known.message, message)) return { verdict: 'known' }
  if (read.clock < known.clock) return { verdict: 'refused', reason: 'older' }
  const archiveClock = read.archiveLinkClock > now + CLOCK_TOLERANCE ? 0 : read.archiveLinkClock
  return { verdict: 'accepted', description: read, archiveClock: archiveClock as Millis }
}

/** The description inside an application message, or why it is none of this community's. */
export function readDescription(
  communityId: CommunityId,
  message: Uint8Array,
): CommunityDescription | Exclude<DescriptionRefusal, 'older'> {
  try {
    const opened = openApplicationMessage(message)
    if (opened.type !== ApplicationType.COMMUNITY_DESCRIPTION) return 'wrong-type'
    if (!isSignedByCommunity(opened, communityId)) return 'wrong-signer'
    const description = decodeCommunityDescription(opened.payload)
    if (description.id !== communityId) return 'wrong-community'
    if (description.clock === 0) return 'bad-clock'
    return description
  } catch (error) {
    if (error instanceof WireError) return 'undecodable'
    throw error
  }
}
