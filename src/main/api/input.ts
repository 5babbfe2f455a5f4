/** What a request may bring: its schema, and a refusal in words that name the field. */
import { type RequestName, requests } from '../../shared/contract.ts'
import { ApiError } from './failures.ts'

/** @throws ApiError `bad-input` */
export function checkedInput(name: RequestName, input: unknown): unknown {
  const parsed = parse(name, input)
  if (parsed?.success === true) return parsed.data
  const issue = parsed?.error.issues[0]
  const where = issue?.path.join('.') ?? ''
  throw new ApiError('bad-input', `${where === '' ? 'The request' : where}: ${issue?.message ?? 'is not valid'}`)
}

/**
 * Null where the check itself fails: zod freezes what a read-only list is to be before it says that it is none, and bytes
 * cannot be frozen.
 */
function parse(name: RequestName, input: unknown) {
  try {
    return requests[name].input.safeParse(input)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}
