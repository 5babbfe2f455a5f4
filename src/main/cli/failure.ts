/** Exit codes of every command, and errors that are the caller's to mend. */
export const exitCodes = {
  ok: 0,
  /** The work was done and its result is bad: histories differ, an archive lies. */
  bad: 1,
  /** The command cannot be understood, or names something that is not there. */
  usage: 2,
  /** Something broke on the way. */
  failed: 3,
} as const

export class UsageError extends Error {
  readonly code = 'usage'
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}
