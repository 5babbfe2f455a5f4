/** The words of a community's map of weeks. */

/**
 * From worst to best. Missing: known of and not here, for a reason; quiet: nothing was said; live: here, and in no archive
 * that is. The owner's `archived` is as good as a member's `imported`.
 */
export const weekStates = ['missing', 'quiet', 'downloading', 'downloaded', 'live', 'imported', 'archived'] as const
export type WeekState = (typeof weekStates)[number]

/** The one that keeps a person longest comes first. A gap: no store node had it any more when this node came back, and no archive has it. */
export const missingReasons = ['refused', 'waiting-for-key', 'disk-limit', 'not-fetched', 'not-wanted', 'gap'] as const
export type MissingReason = (typeof missingReasons)[number]
