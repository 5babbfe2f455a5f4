/** Whatever goes wrong below, callers see an `EngineError`: what happened, whether to try again, and the cause. */
import { EngineError, type EngineErrorCode } from '../engine.ts'

const codes: readonly EngineErrorCode[] = [
  'not-found',
  'timeout',
  'aborted',
  'corrupt',
  'too-large',
  'no-space',
  'unsupported',
  'unavailable',
]

/** `doing` completes the sentence "Could not …". */
export function toEngineError(error: unknown, doing: string): EngineError {
  if (error instanceof EngineError) return error
  const name = error instanceof Error ? error.name : ''
  const message = error instanceof Error ? error.message : String(error)
  const code = codeOf(error)
  const fail = (as: EngineErrorCode, why: string, retryable?: boolean) =>
    new EngineError(as, `Could not ${doing}: ${why}`, {
      cause: error,
      ...(retryable === undefined ? {} : { retryable }),
    })

  const own = codes.find((known) => known === code)
  if (name === 'EngineError' && own !== undefined) {
    const retryable = error instanceof Error && 'retryable' in error ? error.retryable === true : undefined
    return new EngineError(own, message, { cause: error, ...(retryable === undefined ? {} : { retryable }) })
  }
  if (name === 'AbortError' || code === 'ABORT_ERR') return fail('aborted', 'it was cancelled.')
  if (name === 'WireError') return fail('corrupt', message)
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return fail('no-space', 'the disk is full. Free some space and try again.', true)
    case 'EFBIG':
      return fail('too-large', 'the file would be larger than this disk allows.', true)
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return fail('unavailable', `the folder cannot be written (${code}). Check its permissions.`, false)
    case 'ENOTDIR':
    case 'EEXIST':
      return fail('unavailable', `a file is in the way of a folder (${message}).`, false)
    case 'ENOENT':
      return fail('not-found', `a file is missing (${message}).`)
    case 'EADDRINUSE':
      return fail('unavailable', 'the port is taken by another program. Close it or choose another port.', true)
    case 'EADDRNOTAVAIL':
      return fail('unavailable', 'this machine does not have the address to listen on.', false)
    case 'gone':
      return fail('unavailable', 'the torrent engine stopped while it worked.', true)
    default:
      return fail('unavailable', message)
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}
