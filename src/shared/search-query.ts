/**
 * What a person typed into a search field, as something that can be looked for. Pure, and never an error: whatever
 * makes no sense as a filter is left out and named, everything else is words.
 *
 *   lamp oil            both words            "lamp oil"     these words in this order
 *   -oil                without this word     lamp*          words that begin so
 *   author:ada          whose name or key begins so          channel:general
 *   before:2024-03      earlier than March    after:2024-03-01   from that day on    on:2024-03-01
 *   has:image           also link, file, audio, sticker, reply, thread, edit, pin, reaction
 */
import type { Millis } from './domain.ts'

export const things = [
  'image',
  'link',
  'file',
  'audio',
  'sticker',
  'reply',
  'thread',
  'edit',
  'pin',
  'reaction',
] as const
export type Thing = (typeof things)[number]

/** One word, or several that follow each other. Letters and digits only. */
export interface Term {
  readonly words: readonly string[]
  /** The last word may go on. */
  readonly isPrefix: boolean
}

/** Any of `only` where there are some, and none of `not`. */
export interface Filter<T> {
  readonly only: readonly T[]
  readonly not: readonly T[]
}

export interface SearchTerms {
  /** All of them. */
  readonly terms: readonly Term[]
  /** None of them. */
  readonly without: readonly Term[]
  /** Beginnings of names or keys. */
  readonly authors: Filter<string>
  /** Names of channels. */
  readonly channels: Filter<string>
  /** All of `only`. */
  readonly has: Filter<Thing>
  /** Inclusive. */
  readonly from: Millis | null
  /** Exclusive. */
  readonly to: Millis | null
  /** The last word may still be being typed. */
  readonly mayGoOn: boolean
  /** Filters that say nothing, as they were typed. */
  readonly ignored: readonly string[]
}

export interface SearchOptions {
  /** Minutes by which the person's day begins before that of UTC. */
  readonly utcOffset?: number
}

/** What counts, in words and filters: every further one only costs time. */
const MOST = 24
/** Letters that a word must have before all that begin with it are looked for. */
const SHORTEST_PREFIX = 2
const SHORTEST_UNFINISHED = 3

const item = /(-?)(?:(\p{L}+):)?(?:["“”]([^"“”]*)(["“”]?)|(\S+))/gu

/** Splits as the index does: letters, marks, digits and private signs make words. */
export const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{M}\p{N}\p{Co}]+/gu) ?? []

export function parseSearch(typed: string, { utcOffset = 0 }: SearchOptions = {}): SearchTerms {
  const found = new Found(utcOffset)
  for (const match of typed.matchAll(item)) {
    const [whole, minus = '', key = '', quoted, , bare = ''] = match
    const isExcluded = minus !== ''
    // A filter that nothing follows yet is one all the same.
    const isKnown = /^\p{L}+:$/u.test(bare)
      ? found.filter(bare.slice(0, -1).toLowerCase(), '', isExcluded, whole)
      : found.filter(key.toLowerCase(), quoted ?? bare, isExcluded, whole)
    if (!isKnown)
      found.words(key === '' ? (quoted ?? bare) : whole.slice(minus.length), isExcluded, quoted === undefined)
  }
  return found.terms(!/[\s"“”]$/u.test(typed))
}

class Found {
  readonly #utcOffset: number
  readonly #terms: Term[] = []
  readonly #without: Term[] = []
  readonly #authors = { only: [] as string[], not: [] as string[] }
  readonly #channels = { only: [] as string[], not: [] as string[] }
  readonly #has = { only: [] as Thing[], not: [] as Thing[] }
  readonly #ignored: string[] = []
  #from: number | null = null
  #to: number | null = null
  #count = 0
  #isLastWord = false

  constructor(utcOffset: number) {
    this.#utcOffset = utcOffset
  }

  /** False if this is no filter that is known here. */
  filter(key: string, value: string, isExcluded: boolean, whole: string): boolean {
    const side = isExcluded ? 'not' : 'only'
    switch (key) {
      case 'author':
      case 'from':
        return this.#take(value.trim() !== '', whole, () => this.#authors[side].push(value.trim()))
      case 'channel':
      case 'in':
        return this.#take(value.trim() !== '', whole, () => this.#channels[side].push(value.trim().replace(/^#/, '')))
      case 'has': {
        const thing = things.find((name) => name === value.toLowerCase() || `${name}s` === value.toLowerCase())
        return this.#take(thing !== undefined, whole, () => thing && this.#has[side].push(thing))
      }
      case 'before':
      case 'after':
      case 'on': {
        const span = spanOf(value, this.#utcOffset)
        return this.#take(span !== null && !isExcluded, whole, () => span && this.#narrow(key, span))
      }
      default:
        return false
    }
  }

  words(text: string, isExcluded: boolean, isBare: boolean): void {
    const words = wordsOf(text).slice(0, MOST - this.#count)
    const last = words.at(-1)
    if (last === undefined) return
    this.#count += words.length
    const isPrefix = isBare && text.endsWith('*') && [...last].length >= SHORTEST_PREFIX
    const term = { words, isPrefix }
    if (isExcluded) this.#without.push(term)
    else this.#terms.push(term)
    this.#isLastWord = !isExcluded && !isPrefix && isBare && [...last].length >= SHORTEST_UNFINISHED
  }

  terms(endsInside: boolean): SearchTerms {
    return {
      terms: this.#terms,
      without: this.#without,
      authors: this.#authors,
      channels: this.#channels,
      has: this.#has,
      from: this.#from as Millis | null,
      to: this.#to as Millis | null,
      mayGoOn: endsInside && this.#isLastWord,
      ignored: this.#ignored,
    }
  }

  #take(makesSense: boolean, whole: string, take: () => unknown): true {
    this.#isLastWord = false
    if (makesSense && this.#count < MOST) take()
    else this.#ignored.push(whole)
    this.#count += 1
    return true
  }

  #narrow(key: 'before' | 'after' | 'on', { from, to }: Span): void {
    if (key !== 'before') this.#from = Math.max(this.#from ?? 0, from)
    if (key === 'after') return
    const end = key === 'before' ? from : to
    this.#to = Math.min(this.#to ?? end, end)
  }
}

interface Span {
  readonly from: number
  readonly to: number
}

const date =
  /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/i
const MINUTE = 60_000

/** A year, a month, a day, a minute or a second as its beginning and end, ms; null for anything else. */
export function spanOf(text: string, utcOffset: number): Span | null {
  const match = date.exec(text.trim())
  if (match === null) return null
  const [, year, month, day, hour, minute, second, zone] = match
  const parts = [Number(year), Number(month ?? 1), Number(day ?? 1), Number(hour ?? 0), Number(minute ?? 0)] as const
  const begin = utc(...parts, Number(second ?? 0))
  const [y, mo, d, h, mi] = parts
  const at = new Date(begin)
  // 31 February becomes a day in March: no such day.
  if (y < 1970 || mo < 1 || mo > 12 || at.getUTCDate() !== d || h > 23 || mi > 59 || Number(second ?? 0) > 59)
    return null
  const end =
    month === undefined
      ? utc(y + 1, 1, 1, 0, 0, 0)
      : day === undefined
        ? utc(y, mo + 1, 1, 0, 0, 0)
        : begin + (hour === undefined ? 1440 : 1) * (second === undefined ? MINUTE : 1000)
  const shift = (zone === undefined ? utcOffset : offsetOf(zone)) * MINUTE
  return { from: Math.max(0, begin - shift), to: Math.max(0, end - shift) }
}

const utc = (year: number, month: number, day: number, hour: number, minute: number, second: number): number =>
  Date.UTC(year, month - 1, day, hour, minute, second)

function offsetOf(zone: string): number {
  if (/z/i.test(zone)) return 0
  const digits = zone.replace(/\D/g, '')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))
  return zone.startsWith('-') ? -minutes : minutes
}
