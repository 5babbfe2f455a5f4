/** What can go wrong with a profile, in words for the person in front of it. */
export type ProfileErrorCode =
  | 'bad-phrase'
  | 'bad-name'
  | 'empty-password'
  | 'wrong-password'
  | 'exists'
  | 'not-found'
  | 'in-use'
  | 'damaged-keystore'
  | 'unsupported-keystore'
  | 'logged-out'
  | 'sealed-elsewhere'

export class ProfileError extends Error {
  readonly code: ProfileErrorCode
  constructor(code: ProfileErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ProfileError'
    this.code = code
  }
}
