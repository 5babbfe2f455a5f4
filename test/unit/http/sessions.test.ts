import { describe, expect, it } from 'vitest'
import { Sessions } from '../../../src/main/http/sessions.ts'

const signIn = (sessions: Sessions): string => {
  const session = sessions.redeem(sessions.issueLink())
  if (session === null) throw new Error('a fresh link was refused')
  return session
}

describe('sign-in links and sessions', () => {
  it('R7.4 a link works once', () => {
    const sessions = new Sessions()
    const link = sessions.issueLink()
    expect(sessions.redeem(link)).toMatch(/^[\w-]{43}$/)
    expect(sessions.redeem(link)).toBe(null)
  })

  it('an unknown link opens nothing, and leaves the real one alone', () => {
    const sessions = new Sessions()
    const link = sessions.issueLink()
    for (const guess of ['', 'x', link.slice(1), `${link}x`]) expect(sessions.redeem(guess)).toBe(null)
    expect(sessions.redeem(link)).not.toBe(null)
  })

  it('a link is not a session, and a session is not a link', () => {
    const sessions = new Sessions()
    const link = sessions.issueLink()
    expect(sessions.isSignedIn(link)).toBe(false)
    expect(sessions.redeem(signIn(sessions))).toBe(null)
  })

  it('several browsers are signed in at once; the longest unused gives way to a seventeenth', () => {
    const sessions = new Sessions()
    const [first = '', second = '', ...rest] = Array.from({ length: 16 }, () => signIn(sessions))
    expect(sessions.isSignedIn(first)).toBe(true)
    const further = signIn(sessions)
    expect(sessions.isSignedIn(second)).toBe(false)
    for (const session of [first, ...rest, further]) expect(sessions.isSignedIn(session)).toBe(true)
  })

  it('nobody is signed in without a token', () => {
    expect(new Sessions().isSignedIn(null)).toBe(false)
    expect(new Sessions().isSignedIn('')).toBe(false)
  })
})
