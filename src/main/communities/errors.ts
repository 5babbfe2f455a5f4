/** What can go wrong with a community, in words for the person in front of it. */
export type CommunityErrorCode =
  | 'unknown-community'
  | 'not-owner'
  | 'owner-stays'
  | 'bad-name'
  | 'bad-channel'
  | 'too-many-channels'
  | 'no-description'
  | 'conflict'
  | 'no-key'

export class CommunityError extends Error {
  readonly code: CommunityErrorCode
  constructor(code: CommunityErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'CommunityError'
    this.code = code
  }
}
