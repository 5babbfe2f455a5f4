/** What can go wrong while archives are made, published or restored, in words for the person in front of it. */
export type ArchiveErrorCode =
  | 'no-engine'
  | 'staging-lost'
  | 'engine-disagrees'
  | 'own-link-unread'
  | 'no-archives'
  | 'unknown-archive'
  | 'not-running'
  | 'catching-up'
  | 'no-space'
  | 'folder-unwritable'
  | 'disk-limit'
  | 'owner-serves'
  | 'owner-keeps'
  | 'held'
  | 'nothing-held'
  | 'no-rival'

export class ArchiveError extends Error {
  readonly code: ArchiveErrorCode
  constructor(code: ArchiveErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ArchiveError'
    this.code = code
  }
}

const full = 'The disk is full. Free some space: nothing is lost, and archiving goes on by itself.'
const unwritable =
  'The folder for archives cannot be written. Check its permissions, and that no file stands in its place.'

/** A refusal of the disk as an ArchiveError that says what to do; any other error as it is. */
export function diskError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC' || code === 'EDQUOT') return new ArchiveError('no-space', full, error)
  const refused = ['EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'EEXIST', 'EISDIR']
  if (refused.includes(code)) return new ArchiveError('folder-unwritable', `${unwritable} (${code})`, error)
  return error
}
