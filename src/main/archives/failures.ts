/** What the failures of a restoration mean for what comes next. Pure. */
import { EngineError } from '../distribution/engine.ts'
import { WireError } from '../wire/index.ts'

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed'

export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const waitsForKey = (error: unknown): boolean => codeOf(error) === 'ENCRYPTED'

/** As it is kept in rows: a code, for programs, and a sentence. */
export const reasonOf = (error: unknown): string => `${codeOf(error)}: ${sentenceOf(error)}`

const PROOFS = new Set(['corrupt', 'too-large', 'unsupported'])

/**
 * Proof that what was fetched is bad: no other try can mend it. Everything else may pass, first of all what goes wrong
 * here (a disk, a database, a thread), whatever its code is called.
 */
export const isFinal = (error: unknown): boolean =>
  error instanceof WireError || (error instanceof EngineError && PROOFS.has(error.code) && !error.retryable)
