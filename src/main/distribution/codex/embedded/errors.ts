/** Whatever goes wrong in the Codex engine, callers see an `EngineError`. */
import { EngineError } from '../../engine.ts'
import { toEngineError as asEngineError } from '../../torrent/errors.ts'

/** `doing` completes the sentence "Could not …". */
export function toEngineError(error: unknown, doing: string): EngineError {
  if (error instanceof EngineError) return error
  const [name, code] = error instanceof Error ? [error.name, 'code' in error ? String(error.code) : ''] : ['', '']
  const message = error instanceof Error ? error.message : String(error)
  const because = (as: EngineError['code'], why: string, retryable?: boolean) =>
    new EngineError(as, `Could not ${doing}: ${why}`, {
      cause: error,
      ...(retryable === undefined ? {} : { retryable }),
    })
  if (code === 'gone') return because('unavailable', 'the Codex engine stopped while it worked.', true)
  if (code === 'ERASURE_CODED') return because('unsupported', message)
  if (name === 'WireError' && code === 'BAD_CID') return because('unsupported', message)
  if (name === 'WireError' && code === 'TOO_LARGE') return because('too-large', message)
  if (name === 'SqliteError' && code === 'SQLITE_FULL') return because('no-space', 'the disk is full.', true)
  if (name === 'SqliteError') return because('unavailable', `its database failed (${message}).`, false)
  return asEngineError(error, doing)
}
