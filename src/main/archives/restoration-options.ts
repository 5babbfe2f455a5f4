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
