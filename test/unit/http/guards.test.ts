import { describe, expect, it } from 'vitest'
import { isForeign, isLoopbackHost, isOurHost, isOurOrigin, sessionCookie } from '../../../src/main/http/guards.ts'

const host = `${'ab'.repeat(16)}.localhost:4321`

describe('who may speak to the server', () => {
  it.each([
    [host, true],
    ['127.0.0.1:4321', false],
    ['localhost:4321', false],
    [`${'ab'.repeat(16)}.localhost`, false],
    [`${'ab'.repeat(16)}.localhost:4322`, false],
    [`evil.example:4321`, false],
    [`x.${host}`, false],
    [host.toUpperCase(), false],
    ['', false],
    [undefined, false],
  ])('R7.4 host %s: %s', (value, allowed) => {
    expect(isOurHost(value === undefined ? {} : { host: value }, host)).toBe(allowed)
  })

  it('only a probe may use the address itself', () => {
    expect(isLoopbackHost({ host: '127.0.0.1:4321' }, 4321)).toBe(true)
    expect(isLoopbackHost({ host: 'localhost:4321' }, 4321)).toBe(true)
    expect(isLoopbackHost({ host: '127.0.0.1:80' }, 4321)).toBe(false)
    expect(isLoopbackHost({ host: 'evil.example:4321' }, 4321)).toBe(false)
  })

  it.each([
    [`http://${host}`, true],
    [`https://${host}`, false],
    ['http://127.0.0.1:4321', false],
    ['null', false],
    [undefined, false],
  ])('R7.4 a socket from origin %s: %s', (origin, allowed) => {
    expect(isOurOrigin(origin === undefined ? {} : { origin }, host)).toBe(allowed)
  })

  it.each([
    ['typed into the address bar', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, false],
    ['our own page', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, false],
    ['no browser', {}, false],
    [
      'a link on another page',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      false,
    ],
    ['another page fetching', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, true],
    [
      'another page framing',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
      true,
    ],
    ['another port of this machine', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }, true],
    ['another origin', { origin: 'http://evil.example' }, true],
  ])('a request by %s is foreign: %s', (_, headers, foreign) => {
    expect(isForeign(headers, host)).toBe(foreign)
  })

  it('finds our cookie among others, and no look-alike', () => {
    expect(sessionCookie({ cookie: 'a=1; chronicle_session=abc; b=2' })).toBe('abc')
    expect(sessionCookie({ cookie: 'xchronicle_session=abc' })).toBe(null)
    expect(sessionCookie({ cookie: 'chronicle_session=' })).toBe(null)
    expect(sessionCookie({})).toBe(null)
  })
})
