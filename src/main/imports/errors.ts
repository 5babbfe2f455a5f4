/** What keeps an import from being started, or ends it, in words for the person in front of it. */
export type ImportErrorCode =
  | 'not-found'
  | 'not-owner'
  | 'bad-file'
  | 'bad-map'
  | 'busy'
  | 'cancelled'
  | 'not-resumable'

export class ImportError extends Error {
  readonly code: ImportErrorCode
  readonly action: string
  constructor(code: ImportErrorCode, message: string, action: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ImportError'
    this.code = code
    this.action = action
  }
}
