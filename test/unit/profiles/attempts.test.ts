import { describe, expect, it } from 'vitest'
import { Attempts } from '../../../src/main/attempts.ts'

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

  it('are no longer than the longest, also when the clock is set back by a day', () => {
    const attempts = new Attempts(limits)
    for (let failure = 0; failure < 3; failure++) attempts.failed('a', 86_400_000)
    expect(attempts.wait('a', 0)).toBe(8_000)
  })

  it('take bounded memory however many names are invented', () => {
    const attempts = new Attempts(limits)
    for (let failure = 0; failure < 3; failure++) attempts.failed('victim', 0)
    for (let name = 0; name < 2_000; name++) attempts.failed(`n${name}`, 0)
    expect(attempts.wait('victim', 0)).toBe(0)
  })
})
