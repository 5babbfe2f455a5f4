/** What can go wrong with a community, in words for the person in front of it. */
export type CommunityErrorCode =
  | 'unknown-community'
  | 'not-owner'
  | 'owner-stays'
  | 'bad-name'
  | 'bad-text'
  | 'bad-channel'
  | 'unknown-channel'
  | 'last-channel'
  | 'too-many-posters'
  | 'not-member'
  | 'no-request'
  | 'too-many-channels'
  | 'no-description'
  | 'members-only'
  | 'bad-link'
  | 'bad-key'
  | 'already-owner'
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
