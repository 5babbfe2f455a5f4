import { describe, expect, it } from 'vitest'
import { Attempts } from '../../../src/main/http/attempts.ts'
import { guardLogin } from '../../../src/main/http/login-guard.ts'
import type { Reply } from '../../../src/shared/contract.ts'

const limits = { free: 2, first: 1_000, longest: 8_000 }

describe('waits between wrong attempts', () => {
  it('grow by doubling after the free ones, up to the longest', () => {
    const attempts = new Attempts(limits)
    const waits = Array.from({ length: 8 }, () => {
      attempts.failed('a', 0)
      return attempts.wait('a', 0)
    })
    expect(waits).toEqual([0, 0, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
  })

  it('pass with time, but the count stays', () => {
    const attempts = new Attempts(limits)
    for (let failure = 0; failure < 3; failure++) attempts.failed('a', 0)
    expect(attempts.wait('a', 999)).toBe(1)
    expect(attempts.wait('a', 1_000)).toBe(0)
    attempts.failed('a', 1_000)
    expect(attempts.wait('a', 1_000)).toBe(2_000)
  })

  it('are forgotten after a success, and are each name’s own', () => {
    const attempts = new Attempts(limits)
    for (let failure = 0; failure < 5; failure++) attempts.failed('a', 0)
    expect(attempts.wait('b', 0)).toBe(0)
    attempts.succeeded('a')
    expect(attempts.wait('a', 0)).toBe(0)
  })

  it('take bounded memory however many names are invented', () => {
    const attempts = new Attempts(limits)
    for (let failure = 0; failure < 3; failure++) attempts.failed('victim', 0)
    for (let name = 0; name < 2_000; name++) attempts.failed(`n${name}`, 0)
    expect(attempts.wait('victim', 0)).toBe(0)
  })
})

describe('passwords over the socket', () => {
  const wrong: Reply = { ok: false, error: { code: 'wrong-password', message: 'No.', action: '' } }
  const right: Reply = { ok: true, value: {} }
  const setUp = () => {
    let now = 0
    const seen: unknown[] = []
    const handle = guardLogin(
      async (name, input) => {
        seen.push(name)
        const password = typeof input === 'object' && input !== null && 'password' in input ? input.password : ''
        return name === 'profiles.login' && password !== 'right' ? wrong : right
      },
      () => now,
    )
    const login = (password: string, id = 'p1') => handle('profiles.login', { id, password })
    return { handle, login, seen, pass: (ms: number) => (now += ms) }
  }

  it('are refused unseen after five wrong ones, until the wait is over', async () => {
    const { login, seen, pass } = setUp()
    for (let attempt = 0; attempt < 5; attempt++) expect(await login('wrong')).toBe(wrong)
    expect(await login('right')).toEqual({
      ok: false,
      error: {
        code: 'too-many-attempts',
        message: 'Too many wrong passwords for this profile.',
        action: 'Next try in 4 s.',
      },
    })
    expect(seen).toHaveLength(5)
    pass(4_000)
    expect(await login('right')).toBe(right)
    expect(await login('wrong')).toBe(wrong)
  })

  it('count while they are still being checked', async () => {
    const { login, seen } = setUp()
    await Promise.all(Array.from({ length: 50 }, () => login('wrong')))
    expect(seen).toHaveLength(5)
  })

  it('of one profile do not lock another, nor other requests', async () => {
    const { login, handle } = setUp()
    for (let attempt = 0; attempt < 9; attempt++) await login('wrong')
    expect(await login('right', 'p2')).toBe(right)
    expect(await handle('app.info', undefined)).toBe(right)
  })
})
