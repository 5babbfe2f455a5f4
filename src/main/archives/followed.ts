/** What the restorer keeps in memory of each community that is followed; everything else is in the rows. */
import type { EngineKind, Millis } from '../../shared/domain.ts'
import type { ReadLink } from './announced-links.ts'
import type { Burst, HoldReason, IgnoreReason, LinkSource } from './link-policy.ts'
import type { Restoration } from './restoration.ts'

/** A link that is looked at again later. RULES.md R3.5, R3.7. */
export interface HeldLink {
  readonly engine: EngineKind
  readonly clock: Millis
  readonly reason: HoldReason
  readonly until: Millis
}

export interface Followed {
  lane: Promise<unknown>
  restoration: Restoration | null
  /** Restorations asked for that have not begun. */
  starting: number
  burst: Burst | null
  cancelSettle: () => void
  /** Said before this community could be followed: looked at again when it can. One for each engine. */
  readonly early: Map<EngineKind, { readonly link: ReadLink; readonly source: LinkSource }>
  /** One for each engine: the newest. */
  readonly held: Map<EngineKind, HeldLink & { readonly cancel: () => void; readonly again: () => void }>
}

/** Reasons that may pass without another announcement. */
export const passing: ReadonlySet<IgnoreReason> = new Set([
  'not-joined',
  'archives-off',
  'engine-off',
] satisfies IgnoreReason[])

export const newlyFollowed = (): Followed => ({
  lane: Promise.resolve(),
  restoration: null,
  starting: 0,
  burst: null,
  cancelSettle: () => {},
  early: new Map(),
  held: new Map(),
})
