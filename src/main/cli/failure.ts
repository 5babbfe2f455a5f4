/** Exit codes of every command, and how a person or a script is told of one. */
import { CommanderError } from 'commander'
import { RequestError } from '../../shared/client.ts'
import { UsageError } from '../usage-error.ts'

export const exitCodes = {
  ok: 0,
  /** The work was done and its result is bad: histories differ, an archive lies. */
  bad: 1,
  /** The command cannot be understood, or names something that is not there. */
  usage: 2,
  /** Something broke on the way. */
  failed: 3,
} as const

/** What the node answers when the caller named something that is not so. */
const callersOwn = new Set([
  'bad-input',
  'not-found',
  'wrong-password',
  'empty-password',
  'bad-phrase',
  'bad-name',
  'name-differs',
  'invalid',
  'exists',
])

/** Says on stderr what went wrong and what to do. @returns the exit code */
export function explain(error: unknown, json: boolean): number {
  // Commander has said it.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  process.stderr.write(`${describe(error, json)}\n`)
  if (error instanceof Error && process.env.CHRONICLE_DEBUG) process.stderr.write(`${error.stack}\n`)
  if (error instanceof UsageError) return exitCodes.usage
  return error instanceof RequestError && callersOwn.has(error.code) ? exitCodes.usage : exitCodes.failed
}

function describe(error: unknown, json: boolean): string {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed'
  const own = code === 'corrupt' ? ' From here: chronicle profile begin-anew' : ''
  const action = error instanceof RequestError ? `${error.action}${own}` : ''
  if (json) return JSON.stringify({ error: { code, message, action } })
  return action === '' ? message : `${message} ${action}`
}
