/** From an error anywhere in the node to what a person is told. Unknown errors say what broke, never what was in it. */
import type { Failure } from '../../shared/contract.ts'

/** What can be done about it, by the code that the rooms' errors carry. */
const actions: Readonly<Record<string, string>> = {
  'not-logged-in': 'Log in first.',
  'wrong-password': 'Check the password and try again.',
  'bad-phrase': 'Check every word, its spelling and the order.',
  exists: 'Choose it in the list and log in; or restore it with a new password.',
  'name-differs': 'Type the name exactly as it is shown.',
  'in-use': 'Log out there, or use the program that is open.',
  'not-found': 'Reload the page: it may have been removed.',
  'no-space': 'Free some space on the disk, then try again.',
  invalid: 'Correct the address and try again.',
  'bad-key': 'Copy the private key anew: it is 64 characters of 0-9 and a-f.',
  'already-owner': 'Nothing needs to be done.',
  'wrong-name': 'Correct the name and try again.',
  held: 'Open the history of this community: it says what is waited for.',
  'bad-input': 'Correct the marked value and try again.',
  'other-version': 'Close it, then try again.',
  'bad-link': 'Copy the whole link or id once more.',
  'bad-name': 'Choose another name.',
  'bad-text': 'Shorten it, or take out what cannot be shown.',
  'bad-channel': 'Choose another name or emoji for the channel.',
  'members-only': 'Ask to join it.',
  'no-request': 'Look at the list again.',
  'not-owner': 'Ask the owner.',
  'owner-stays': 'Choose somebody else.',
  'last-channel': 'Add another channel first.',
  busy: 'Try again in a moment.',
  corrupt:
    'Begin with an empty database: history comes back from those who have it. The damaged one is kept beside it.',
  newer: 'Update Chronicle: a newer version wrote this profile.',
  unavailable: 'Check the network settings, then try again.',
  timeout: 'Try again; the other side did not answer in time.',
}

/** A request that this layer itself refuses. */
export class ApiError extends Error {
  readonly code: string
  /** What can be done, where the code alone does not say it. */
  readonly action: string | undefined
  constructor(code: string, message: string, action?: string) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.action = action
  }
}

export function failureOf(error: unknown): Failure {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const action = 'action' in error && typeof error.action === 'string' ? error.action : actions[error.code]
    return { code: error.code, message: error.message, action: action ?? 'Try again; if it stays, look at the log.' }
  }
  return { code: 'failed', message: 'Something went wrong in Chronicle.', action: 'Look at the log for the cause.' }
}
