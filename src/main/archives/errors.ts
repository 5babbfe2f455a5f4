/** What can go wrong while archives are made, published or restored, in words for the person in front of it. */
export type ArchiveErrorCode =
  | 'no-engine'
  | 'staging-lost'
  | 'engine-disagrees'
  | 'own-link-unread'
  | 'no-archives'
  | 'unknown-archive'
  | 'not-running'

export class ArchiveError extends Error {
  readonly code: ArchiveErrorCode
  constructor(code: ArchiveErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ArchiveError'
    this.code = code
  }
}
