/** Password guessing over the socket: the same contract, with a wait between wrong passwords of one profile. */
import type { Reply } from '../../shared/contract.ts'
import { Attempts } from './attempts.ts'

type Handle = (name: string, input: unknown) => Promise<Reply>

/** @param now ms, monotonic or not; only differences count. */
export function guardLogin(handle: Handle, now: () => number): Handle {
  const attempts = new Attempts({ free: 4, first: 4_000, longest: 300_000 })
  return async (name, input) => {
    if (name !== 'profiles.login') return handle(name, input)
    const id = idOf(input)
    const wait = attempts.wait(id, now())
    if (wait > 0) return tooMany(wait)
    // Counted before the answer is known: many attempts sent at once are as many failures.
    attempts.failed(id, now())
    const reply = await handle(name, input)
    if (reply.ok) attempts.succeeded(id)
    return reply
  }
}

function tooMany(wait: number): Reply {
  const seconds = Math.ceil(wait / 1000)
  return {
    ok: false,
    error: {
      code: 'too-many-attempts',
      message: 'Too many wrong passwords for this profile.',
      action: `Next try in ${seconds} s.`,
    },
  }
}

function idOf(input: unknown): string {
  const id = typeof input === 'object' && input !== null && 'id' in input ? input.id : ''
  return typeof id === 'string' ? id.slice(0, 64) : ''
}
