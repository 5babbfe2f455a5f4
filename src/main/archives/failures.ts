/** What the failures of a restoration mean for what comes next. Pure. */
import { WireError } from '../wire/index.ts'

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed'

export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const waitsForKey = (error: unknown): boolean => codeOf(error) === 'ENCRYPTED'

/** As it is kept in rows: a code, for programs, and a sentence. */
export const reasonOf = (error: unknown): string => `${codeOf(error)}: ${sentenceOf(error)}`

/** What another try cannot mend. Everything else (no peers, no space, an engine that is down) may pass. */
export const isFinal = (error: unknown): boolean =>
  error instanceof WireError || ['corrupt', 'too-large', 'unsupported'].includes(codeOf(error))
