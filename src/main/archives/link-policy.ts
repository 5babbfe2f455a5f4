/**
 * Whether an announced link is acted on. Pure: what is known, what was announced and the time go in, a decision with a
 * named reason comes out. One clock and one last link are kept
 * for each flavour. PROTOCOL.md §6.1 and §16, RULES.md R3.4–R3.6.
 */
import type { ArchiveLink, CommunityId, EngineKind, Millis } from '../../shared/domain.ts'
import { type AnnouncementState, judgeAnnouncement } from '../wire/index.ts'
import { type FollowedDevice, type HeardDevice, judgeDevice, judgeRepeated } from './device-policy.ts'

/** How an announcement reached us. A join response was asked for, so it is never one of a burst. */
export type LinkSource = 'live' | 'store' | 'join-response'

export interface LinkState {
  readonly torrent: AnnouncementState
  readonly codex: AnnouncementState
  /** The archive clock of the community's description, and since when we know it. PROTOCOL.md §5.7. */
  readonly description: { readonly clock: Millis; readonly since: Millis } | null
  /** Of several devices with the community's key, the one whose links are followed; null until one was heard. R3.7. */
  readonly followed: FollowedDevice | null
}

/** What the rest of the node says about the community whose key signed. */
export interface LinkContext {
  readonly now: Millis
  /** False if no community here has that key: a stranger's link, or one for a community we never joined. */
  readonly known: boolean
  /** This profile's own switch for the community. */
  readonly historyArchives: boolean
  readonly owner: boolean
  /** Spectating is not enough. */
  readonly joined: boolean
  readonly running: ReadonlySet<EngineKind>
  /** ms; how long an archive spans. A device that says nothing for two of them is no longer followed. R3.7. */
  readonly interval: number
}

export interface AnnouncedLink {
  readonly communityId: CommunityId
  readonly clock: Millis
  /** Null: the text is neither a usable magnet link nor an index CID; `problem` says why. */
  readonly engine: EngineKind | null
  readonly link: ArchiveLink
  readonly problem: 'empty-link' | 'unknown-link' | 'unsafe-link' | null
  /** Null where nothing tells who said it, as in a join response. */
  readonly from: HeardDevice | null
}

export type IgnoreReason =
  | 'unknown-community'
  | 'archives-off'
  | 'engine-off'
  | 'own-link'
  | 'not-joined'
  | 'empty-link'
  | 'unknown-link'
  | 'unsafe-link'
  | 'outdated'
  | 'same-link'

export type HoldReason = 'clock-ahead' | 'older-than-description' | 'other-device'

export type LinkDecision =
  | { readonly act: 'process'; readonly engine: EngineKind; readonly state: LinkState }
  | { readonly act: 'ignore'; readonly reason: IgnoreReason; readonly state?: LinkState }
  /** Not stored, shown, and looked at again at `until`. */
  | {
      readonly act: 'hold'
      readonly reason: HoldReason
      readonly engine: EngineKind
      readonly until: Millis
    }

const DAY = 24 * 3600 * 1000
const HOUR = 3600 * 1000
/** ms; a clock further ahead of ours than this is held. R3.5. */
export const MAX_AHEAD = DAY
/** ms; how long a description's clock outranks the signed links that can be reached. R3.5. */
export const DESCRIPTION_PATIENCE = HOUR

const none: AnnouncementState = { clock: 0, lastLink: '' }
export const noLinks: LinkState = { torrent: none, codex: none, description: null, followed: null }

const later = (at: Millis, by: number): Millis => (at + by) as Millis

/** Checks in the order of PROTOCOL.md §6.1. Only a decision with a `state` changes what is stored. */
export function decideLink(state: LinkState, context: LinkContext, announced: AnnouncedLink): LinkDecision {
  if (!context.known) return { act: 'ignore', reason: 'unknown-community' }
  if (!context.historyArchives) return { act: 'ignore', reason: 'archives-off' }
  if (announced.problem !== null) return { act: 'ignore', reason: announced.problem }
  if (announced.engine === null) return { act: 'ignore', reason: 'unknown-link' }
  if (!context.running.has(announced.engine)) return { act: 'ignore', reason: 'engine-off' }
  if (context.owner) return { act: 'ignore', reason: 'own-link' }
  if (!context.joined) return { act: 'ignore', reason: 'not-joined' }
  const { engine, clock } = announced
  const { act, storeClock } = judgeAnnouncement(state[engine], announced)
  if (act === 'ignore-old') return { act: 'ignore', reason: 'outdated' }
  if (act === 'ignore-same-link') {
    const followed = announced.from === null ? state.followed : judgeRepeated(state.followed, announced.from)
    return {
      act: 'ignore',
      reason: 'same-link',
      ...(followed === state.followed ? {} : { state: { ...state, followed } }),
    }
  }
  if (clock > context.now + MAX_AHEAD) {
    return { act: 'hold', reason: 'clock-ahead', engine, until: later(clock, -MAX_AHEAD) }
  }
  const heard = announced.from ?? { device: null, successor: null, at: context.now }
  const verdict = judgeDevice(state.followed, heard, context.interval)
  if (verdict.act === 'hold') return { act: 'hold', reason: 'other-device', engine, until: verdict.until }
  const { description } = state
  if (description && clock < description.clock) {
    const until = later(description.since, DESCRIPTION_PATIENCE)
    if (context.now < until) return { act: 'hold', reason: 'older-than-description', engine, until }
  }
  const { followed } = verdict
  return {
    act: 'process',
    engine,
    state: { ...state, followed, [engine]: { clock: storeClock, lastLink: announced.link } },
  }
}

/** The state after a description said its archive clock; unchanged if it is old, or too far ahead to be believed. R3.5. */
export function noteDescriptionClock(state: LinkState, clock: Millis, now: Millis): LinkState {
  if (clock > now + MAX_AHEAD) return state
  if (state.description && clock <= state.description.clock) return state
  return { ...state, description: { clock, since: now } }
}

/** True while the description speaks of something newer than any link we were given: worth telling a person. R3.5. */
export function isBehindDescription(state: LinkState): boolean {
  return state.description !== null && Math.max(state.torrent.clock, state.codex.clock) < state.description.clock
}

/** A burst of announcements: when it began and when its newest came. */
export interface Burst {
  readonly first: Millis
  readonly last: Millis
}

/** ms after the last announcement of a burst, and the longest a burst may keep us waiting. R3.6. */
export const SETTLE = 2000
export const MAX_SETTLE = 20_000

/** The burst with one announcement more. */
export function extendBurst(burst: Burst | null, now: Millis): Burst {
  return { first: burst?.first ?? now, last: now }
}

/** When to act: at once for what was asked for, else when the burst has settled. R3.6. */
export function settlesAt(burst: Burst, source: LinkSource): Millis {
  if (source === 'join-response') return burst.last
  return Math.min(later(burst.last, SETTLE), later(burst.first, MAX_SETTLE)) as Millis
}
