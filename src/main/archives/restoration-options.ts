/** How patient and how busy a restoration is. */
export interface RestorationOptions {
  /** Archives fetched at once. */
  readonly parallel: number
  /** ms; for an index. */
  readonly indexTimeout: number
  /** ms; for an archive, on top of what its size takes. */
  readonly archiveTimeout: number
  /** ms; after the first failure. It doubles with each further one. */
  readonly firstRetry: number
}

export const restorationDefaults: RestorationOptions = {
  parallel: 3,
  indexTimeout: 60_000,
  archiveTimeout: 60_000,
  firstRetry: 5000,
}

/** bytes/ms that a fetch must reach to be in time. */
export const SLOWEST = 20
export const MAX_RETRY = 10 * 60_000
/** Failures after which a partition is asked of the other engine. RULES.md R5.2. */
export const PATIENCE = 2
/** ms between two looks at a full disk; a changed limit is noticed at once. */
export const FULL_AGAIN = 60_000
/** ms that the preferred engine is waited for before the other one brings what it can. RULES.md R5.1. */
export const GRACE = 3000
