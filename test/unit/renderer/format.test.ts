import { describe, expect, it } from 'vitest'
import {
  bytes,
  count,
  countdown,
  counted,
  date,
  duration,
  initials,
  iso,
  moment,
  nameOf,
  range,
  rate,
  shortId,
  time,
  timeLeft,
  weekday,
} from '../../../src/renderer/lib/format.ts'
import type { ContactId, Millis, Seconds } from '../../../src/shared/domain.ts'

const seconds = (iso: string) => (Date.parse(iso) / 1000) as Seconds

describe('numbers', () => {
  it('are grouped and agree with their noun', () => {
    expect(count(1_234_567)).toBe('1,234,567')
    expect(counted(1, 'message')).toBe('1 message')
    expect(counted(0, 'message')).toBe('0 messages')
    expect(counted(2, 'person', 'people')).toBe('2 people')
  })

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [6_200, '6.2 kB'],
    [9_949, '9.9 kB'],
    [9_960, '10 kB'],
    [845_000, '845 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [2_140_000_000, '2.1 GB'],
    [5e15, '5000 TB'],
  ])('%i bytes are %s', (value, text) => expect(bytes(value)).toBe(text))

  it('say none rather than nothing per second', () => {
    expect(rate(0)).toBe('none')
    expect(rate(6_200)).toBe('6.2 kB/s')
  })
})

describe('times', () => {
  it.each([
    ['2026-07-14T00:00:00Z', '2026-07-21T00:00:00Z', '14 – 20 Jul 2026'],
    ['2026-06-30T00:00:00Z', '2026-07-07T00:00:00Z', '30 Jun – 6 Jul 2026'],
    ['2025-12-28T00:00:00Z', '2026-01-04T00:00:00Z', '28 Dec 2025 – 3 Jan 2026'],
    ['2026-07-14T10:00:00Z', '2026-07-14T10:00:10Z', '14 Jul 2026'],
    ['2026-07-14T10:00:00Z', '2026-07-14T10:00:00Z', '14 Jul 2026'],
    ['2026-09-01T00:00:00Z', '2026-09-08T00:00:00Z', '1 – 7 Sep 2026'],
  ])('from %s to %s is %s', (from, to, text) => expect(range(seconds(from), seconds(to))).toBe(text))

  it.each([
    [467_862_000, '5 d 09:57:42'],
    [3_661_000, '01:01:01'],
    [348_000, '05:48'],
    [6_000, '00:06'],
    [1, '00:01'],
    [0, '00:00'],
    [-5_000, '00:00'],
  ])('%i ms from now is %s', (ms, text) => expect(countdown(ms)).toBe(text))

  it.each([
    [604_800_000, '7 days'],
    [86_400_000, '1 day'],
    [3_600_000, '1 hour'],
    [600_000, '10 minutes'],
    [10_000, '10 seconds'],
    [90_000, '90 seconds'],
  ])('%i ms is %s', (ms, text) => expect(duration(ms)).toBe(text))

  it.each([
    [1_000, 200, 'a few seconds left'],
    [10_000, 400, 'about 30 s left'],
    [1_000_000, 6_200, 'about 3 min left'],
    [1_000_000_000, 100_000, 'about 3 h left'],
  ])('%i bytes at %i a second: %s', (rest, perSecond, text) => expect(timeLeft(rest, perSecond)).toBe(text))

  it('are not promised while nothing moves, and never zero', () => {
    expect(timeLeft(1_000, 0)).toBe(null)
    expect(timeLeft(0, 1_000)).toBe(null)
  })

  it('are short for today, and named for yesterday', () => {
    const now = new Date(2026, 6, 22, 15, 0).getTime() as Millis
    const at = (day: number, hour: number) => new Date(2026, 6, day, hour, 2).getTime() as Millis
    expect(moment(at(22, 14), now)).toBe('14:02')
    expect(moment(at(21, 14), now)).toBe('Yesterday, 14:02')
    expect(moment(at(20, 14), now)).toBe('20 Jul 2026, 14:02')
  })
})

describe('impossible times', () => {
  it('are shown as the last there is, and never an error: anybody can write any time into a message', () => {
    const now = Date.UTC(2026, 0) as Millis
    for (const at of [Number.MAX_SAFE_INTEGER, 8.64e15 + 1] as Millis[]) {
      for (const show of [date, weekday, time, iso]) expect(show(at)).not.toBe('')
      expect(moment(at, now)).not.toBe('')
    }
  })
})

describe('names', () => {
  const key = `0x04${'ab12'.repeat(32)}` as ContactId
  it('fall back on the ends of the key', () => {
    expect(nameOf('Ines', key)).toBe('Ines')
    expect(nameOf('  ', key)).toBe('04ab…ab12')
    expect(shortId('0xabc')).toBe('abc')
  })

  it.each([
    ['Ines Ferro', 'IF'],
    ['ines', 'IN'],
    ['Ana María de la Cruz', 'AC'],
    ['member-001', 'M0'],
    ['👩‍🚀 Stella', '👩S'],
    ['', '?'],
  ])('of %s are shortened to %s', (name, letters) => expect(initials(name)).toBe(letters))
})
