/**
 * Which parts of a text were searched for: ranges of the text itself, never markup. Pure. Words are compared as the
 * index compares them, case and accents aside.
 */
import { type SearchTerms, type Term, wordsOf } from './search-query.ts'

/** Places in a string, in UTF-16 units: `text.slice(from, to)` was meant. */
export interface MarkedRange {
  readonly from: number
  readonly to: number
}

/** Words of a text that are looked at, and ranges that are given, at most: a text can be one word a thousand times. */
const MOST_WORDS = 20_000
const MOST_RANGES = 200

interface Word extends MarkedRange {
  readonly folded: string
}

/** In order, not overlapping. */
export function marksIn(text: string, { terms, mayGoOn }: SearchTerms): readonly MarkedRange[] {
  const wanted = terms.map((term, at) => foldedTerm(term, term.isPrefix || (mayGoOn && at === terms.length - 1)))
  if (wanted.length === 0) return []
  const words = foldedWords(text)
  const ranges: MarkedRange[] = []
  for (let at = 0; at < words.length && ranges.length < MOST_RANGES; ) {
    const length = Math.max(0, ...wanted.map((term) => (begins(words, at, term) ? term.words.length : 0)))
    const [first, last] = [words[at], words[at + length - 1]]
    if (length > 0 && first && last) ranges.push({ from: first.from, to: last.to })
    at += Math.max(1, length)
  }
  return ranges
}

export const folded = (word: string): string =>
  word
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()

function foldedTerm({ words }: Term, isPrefix: boolean): Term {
  return { words: words.map(folded), isPrefix }
}

function foldedWords(text: string): Word[] {
  const words: Word[] = []
  let at = 0
  for (const word of wordsOf(text)) {
    const from = text.indexOf(word, at)
    at = from + word.length
    words.push({ from, to: at, folded: folded(word) })
    if (words.length === MOST_WORDS) break
  }
  return words
}

function begins(words: readonly Word[], at: number, { words: wanted, isPrefix }: Term): boolean {
  return wanted.every((word, n) => {
    const there = words[at + n]?.folded
    if (there === undefined) return false
    return isPrefix && n === wanted.length - 1 ? there.startsWith(word) : there === word
  })
}
