/** What can go wrong with a profile, in words for the person in front of it. */
export type ProfileErrorCode =
  | 'bad-phrase'
  | 'bad-name'
  | 'empty-password'
  | 'wrong-password'
  | 'too-many-attempts'
  | 'name-differs'
  | 'logged-in'
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

/** A password that was not looked at: too many before it were wrong. */
export class TooManyAttempts extends ProfileError {
  readonly action: string
  /** @param wait ms */
  constructor(wait: number) {
    super('too-many-attempts', 'Too many wrong passwords for this profile.')
    this.action = `Next try in ${Math.ceil(wait / 1000)} s.`
  }
}
