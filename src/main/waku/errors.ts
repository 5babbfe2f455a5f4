/** Why the network did not do something, in a sentence a person can act on. */
export type WakuErrorCode =
  /** No node that could do it is reachable now; worth trying again. */
  | 'unavailable'
  /** A node answered no, with its reason in the message. */
  | 'refused'
  | 'too-large'
  | 'wrong-shard'
  | 'rate-limited'
  | 'timeout'
  | 'aborted'
  /** An answer that does not decode, or an address that is none. */
  | 'invalid'
  /** The service node's own file or identity cannot be used. */
  | 'storage'

const lasting: readonly WakuErrorCode[] = ['too-large', 'wrong-shard', 'invalid', 'storage']

export class WakuError extends Error {
  readonly code: WakuErrorCode
  /** False if the same attempt would fail again for the same reason. */
  readonly retryable: boolean
  constructor(code: WakuErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'WakuError'
    this.code = code
    this.retryable = !lasting.includes(code)
  }
}

/** Any failure as a WakuError; what is none becomes `fallback`, with the failure as its cause. */
export function asWakuError(error: unknown, fallback: WakuErrorCode, message: string): WakuError {
  if (error instanceof WakuError) return error
  const reason = error instanceof Error && error.message !== '' ? `${message} (${error.message})` : message
  return new WakuError(fallback, reason, { cause: error })
}
