/** A command that cannot be understood, or that names something that is not there: the caller's to mend. */
export class UsageError extends Error {
  readonly code = 'usage'
  constructor(message: string, options?: { cause: unknown }) {
    super(message, options)
    this.name = 'UsageError'
  }
}
