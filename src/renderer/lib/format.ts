/** Numbers, sizes, times and names as people read them. Pure; "now" is passed in. */
import type { ContactId, Millis, Seconds } from '../../shared/domain.ts'

const locale = 'en-GB'
const numbers = new Intl.NumberFormat('en-US')

export const count = (value: number): string => numbers.format(value)

/** "1 message", "1,234 messages". */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** Powers of 1000: "612 B", "6.2 kB", "845 kB", "1.0 MB". */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let size = value
  let unit = 0
  // 999.5 would be written as 1000.
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000
    unit++
  }
  return `${unit > 0 && size < 9.95 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`
}

/** "6.2 kB/s"; "none" rather than a zero. */
export const rate = (perSecond: number): string => (perSecond > 0 ? `${bytes(perSecond)}/s` : 'none')

const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' })
const dayUtc = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const longDay = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'short', year: 'numeric' })
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium' })
const clockTime = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' })

/** Intl writes "Sept" and puts commas; we write neither. */
const plain = (text: string): string => text.replace('Sept', 'Sep').replace(',', '')

/** Strangers' times reach farther than the calendar, which throws at them. */
const dated = (at: Millis): number => Math.min(at, 8.64e15)

/** "22 Jul 2026" */
export const date = (at: Millis): string => plain(day.format(dated(at)))
/** "Tuesday 4 Nov 2025" */
export const weekday = (at: Millis): string => plain(longDay.format(dated(at)))
/** "14:02" */
export const time = (at: Millis): string => clockTime.format(dated(at))
/** "04/11/2025, 14:02:31", for who hears it. */
export const stamp = (at: Millis): string => full.format(dated(at))
/** For a `time` element. */
export const iso = (at: Millis): string => new Date(dated(at)).toISOString()

/** Today "14:02", yesterday "Yesterday, 14:02", else "22 Jul 2026, 14:02". */
export function moment(at: Millis, now: Millis): string {
  if (isSameDay(at, now)) return time(at)
  return isSameDay(at, (now - 86_400_000) as Millis) ? `Yesterday, ${time(at)}` : `${date(at)}, ${time(at)}`
}

export const isSameDay = (a: Millis, b: Millis): boolean => new Date(a).toDateString() === new Date(b).toDateString()

/** A range of days, its end excluded: "14 – 20 Jul 2026", "28 Dec 2025 – 3 Jan 2026". In UTC, as archives are cut. */
export function range(from: Seconds, to: Seconds): string {
  const [first, last] = [from * 1000, Math.max(from, to - 1) * 1000]
  const start = plain(dayUtc.format(first)).split(' ')
  const end = plain(dayUtc.format(last)).split(' ')
  const [endDay, endMonth, endYear] = end
  if (start.join() === end.join()) return end.join(' ')
  if (start[2] !== endYear) return `${start.join(' ')} – ${end.join(' ')}`
  if (start[1] !== endMonth) return `${start[0]} ${start[1]} – ${end.join(' ')}`
  return `${start[0]} – ${endDay} ${endMonth} ${endYear}`
}

/** Time until something is due: "5 d 09:57:42", "05:48", "00:06". Never below zero. */
export function countdown(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const [days, hours, minutes, seconds] = [
    Math.floor(total / 86_400),
    Math.floor(total / 3_600) % 24,
    Math.floor(total / 60) % 60,
    total % 60,
  ]
  const clock = `${two(minutes)}:${two(seconds)}`
  if (days > 0) return `${days} d ${two(hours)}:${clock}`
  return hours > 0 ? `${two(hours)}:${clock}` : clock
}

/** A length that was chosen: "7 days", "1 hour", "10 seconds". */
export function duration(ms: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1_000, 'second'],
  ] as const
  const [size, name] = units.find(([unit]) => ms >= unit && ms % unit === 0) ?? ([1_000, 'second'] as const)
  return counted(Math.round(ms / size), name)
}

/** How long the rest takes, in steps that do not flicker: "about 2 min left". Null while nothing moves. */
export function timeLeft(bytesToGo: number, perSecond: number): string | null {
  if (perSecond <= 0 || bytesToGo <= 0) return null
  const seconds = bytesToGo / perSecond
  if (seconds < 10) return 'a few seconds left'
  if (seconds < 55) return `about ${Math.ceil(seconds / 10) * 10} s left`
  if (seconds < 3_300) return `about ${Math.ceil(seconds / 60)} min left`
  return `about ${Math.ceil(seconds / 3_600)} h left`
}

/** An id short enough to read, long enough to compare: first 4 … last 4 digits. */
export const shortId = (id: string): string => {
  const digits = id.replace(/^0x/, '')
  return digits.length <= 9 ? digits : `${digits.slice(0, 4)}…${digits.slice(-4)}`
}

/** What to call someone who has not said a name. */
export const nameOf = (name: string, author: ContactId): string => name.trim() || shortId(author)

/** One or two letters for an avatar. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s_-]+/u)
    .filter(Boolean)
  const letters =
    words.length > 1 ? [words[0], words[words.length - 1]].map((word) => firstOf(word)) : [firstOf(words[0], 2)]
  return letters.join('').toUpperCase() || '?'
}

const firstOf = (word = '', length = 1): string => [...word].slice(0, length).join('')
