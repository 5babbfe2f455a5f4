import { describe, expect, it } from 'vitest'
import { shareOf } from '../../../src/main/node/engines.ts'

describe('a limit that engines share', () => {
  it.each([
    [1000, [false, false], 0, 1000],
    [1000, [true, false], 0, 1000],
    [1000, [true, false], 1, 500],
    [1000, [true, true], 0, 500],
    [999, [true, true], 1, 499],
    [null, [true, true], 0, null],
  ] as const)('%s bytes/s with %j busy gives engine %i %s', (limit, busy, at, share) => {
    expect(shareOf(limit, busy, at)).toBe(share)
  })
})
